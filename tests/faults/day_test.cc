// A day goes by in seconds: the operator's clock is moved ahead hour by hour, while the databases are real and other
// databases of the server write. What belongs to a day happens in it, nothing is held back for ever, and when nothing
// is due nothing is done.
#include <gmock/gmock.h>

#include "await.h"
#include "named_bus.h"
#include "operator_world.h"

namespace freehold::test {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using testing::IsEmpty;

constexpr int kHours = 24;
constexpr std::int64_t kNoise = 2'000'000;  ///< bytes of WAL that others write in an hour

/// What was done, for people.
class Journal final : public runtime::GateObserver {
 public:
  void Before(const runtime::Effect&) override {}
  void After(const runtime::Effect& effect, std::chrono::steady_clock::duration,
             const base::Failure* failure) override {
    lines_.push_back(effect.verb + " " + effect.target + (failure ? ": " + failure->message : ""));
  }
  std::vector<std::string> Take() { return std::exchange(lines_, {}); }

 private:
  std::vector<std::string> lines_;
};

class Day : public testing::Test {
 protected:
  /// Orders travel by replication and into a warehouse, prices by polling, both to payments.
  void SetUp() override {
    polling.Put(R"({"type": "Polling"})");
    const std::string lives = R"("credentials": {"rotateEvery": "8h", "overlap": "2h"}, "outbox": {"retention": "6h"})";
    world.Apply("orders", R"({"publishes": [{"event": "OrderConfirmed"}], )" + lives + "}");
    world.Apply("prices",
                R"({"publishes": [{"event": "PriceChanged"}], "bus": ")" + world.ns + "-polling\", " + lives + "}");
    world.Apply("payments",
                R"({"inbox": {"retention": "6h"}, "credentials": {"rotateEvery": "8h", "overlap": "2h"}, "consumes": [
        {"event": "OrderConfirmed", "from": ")" +
                    world.ns + R"(-orders"}, {"event": "PriceChanged", "from": ")" + world.ns + R"(-prices"}]})");
    life->Settle();
    Query(world.LoginOf("orders.freehold"), "CREATE TABLE orders (id int PRIMARY KEY)");
    world.ApplyWarehouse();
    world.Apply("orders", R"({"publishes": [{"event": "OrderConfirmed"}], "reporting": {"warehouse": ")" +
                              world.server + R"(", "tables": [{"name": "orders"}]}, )" + lives + "}");
    ASSERT_TRUE(Await(seconds(60), [&] {
      life->Settle();
      return StatusOf(world.Get("payments"), "EventsReady") == "True" &&
             StatusOf(world.Get("orders"), "ReportingReady") == "True";
    }));
    world.Sql("CREATE DATABASE " + world.ns + "_noise");
    // Partitions end with an hour, and rotations are due at the minute of the first: not while the test looks whether
    // all rests.
    const auto into_hour = world.clock.Wall().time_since_epoch() % hours(1);
    const seconds looked_at =
        into_hour < std::chrono::minutes(30) ? std::chrono::minutes(45) : std::chrono::minutes(15);
    world.clock.Advance(std::chrono::duration_cast<seconds>(hours(1) - into_hour) + looked_at);
    life->Settle();
  }

  void Publish(const std::string& publisher, const std::string& event, int hour) {
    const auto number = std::to_string(hour);
    Query(world.LoginOf(publisher + ".freehold"),
          "INSERT INTO outbox (aggregatetype, aggregateid, type, created_at) VALUES ('Order', '" + number + "', '" +
              event + "', now() + interval '" + number + " hours')");
  }
  /// What a slot holds back at most.
  std::int64_t HeldBack() {
    return std::stoll(
        world
            .Sql("SELECT coalesce(max(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)), 0)::bigint FROM "
                 "pg_replication_slots WHERE database LIKE '" +
                 world.ns + "%'")
            .front());
  }
  bool Confirmed(const std::string& position) {
    return world
               .Sql("SELECT count(*) FROM pg_replication_slots WHERE database LIKE '" + world.ns +
                    "%' AND confirmed_flush_lsn < '" + position + "'")
               .front() == "0";
  }
  /// Names of the partitions of a table.
  std::vector<std::string> Partitions(const std::string& service, const std::string& table) {
    return world.Sql(
        "SELECT c.relname FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid WHERE inhparent::regclass::text "
        "LIKE '%" +
            table + "' ORDER BY 1",
        world.ns + "_" + service + "_db");
  }
  std::string Count(const std::string& service, const std::string& rows) {
    return Query(world.LoginOf(service + ".freehold"), "SELECT count(*) FROM " + rows).front();
  }

  OperatorWorld world;
  NamedBus polling{world.ns + "-polling"};
  Journal journal;
  std::unique_ptr<Operator> life = world.Start(&journal);
};

TEST_F(Day, HoldsNothingBackRollsAndRotatesInTimeAndRestsInBetween) {
  std::set<std::string> passwords;
  auto noise = world.SessionIn(world.ns + "_noise");
  const auto first = Partitions("orders", ".outbox");
  std::int64_t most = 0;
  int busy_hours = 0;
  for (int hour = 1; hour <= kHours; ++hour) {
    world.clock.Advance(hours(1) - seconds(60));
    noise.Query("SELECT pg_logical_emit_message(false, 'noise', repeat('x', " + std::to_string(kNoise) + "))");
    const auto written = noise.Query("SELECT pg_current_wal_lsn()").front();
    // What the background writer does every 15 seconds, and the checkpointer every few minutes.
    noise.Query("CHECKPOINT");
    life->Settle();
    busy_hours += journal.Take().empty() ? 0 : 1;
    ASSERT_TRUE(Await(seconds(30), [&] { return Confirmed(written); })) << "idle slots follow, hour " << hour;
    most = std::max(most, HeldBack());
    for (const auto* service : {"orders", "prices", "payments"}) {
      ASSERT_TRUE(Opens(world.LoginOf(std::string(service) + ".freehold"))) << service << ", hour " << hour;
    }
    passwords.insert(world.Secret("payments.freehold")["password"]);
    if (hour % 6 == 0) {
      Publish("orders", "OrderConfirmed", hour);
      Publish("prices", "PriceChanged", hour);
      life->Settle();
    }
    journal.Take();
    world.clock.Advance(seconds(60));
    life->Settle();
    EXPECT_THAT(journal.Take(), IsEmpty()) << "nothing is due a minute later, hour " << hour;
  }
  std::cout << "    held back at most " << most << " bytes, " << busy_hours << " hours with something to do\n";
  EXPECT_LT(most, 4 * kNoise);
  EXPECT_EQ(passwords.size(), 4u) << "every eight hours";
  EXPECT_TRUE(Await(seconds(30), [&] { return Count("payments", "inbox") == "8"; })) << Count("payments", "inbox");
  for (const auto& partition : Partitions("orders", ".outbox")) {
    EXPECT_TRUE(partition.ends_with("default") || std::ranges::count(first, partition) == 0) << partition;
  }
  const auto in_outbox = [&](const std::string& condition) {
    return world.Sql("SELECT count(*) FROM " + world.ns + "_orders.outbox WHERE " + condition, world.ns + "_orders_db");
  };
  EXPECT_EQ(in_outbox("created_at < now() + interval '17 hours'").front(), "0") << "older than the retention";
  Query(world.LoginOf("payments.freehold"), "UPDATE inbox SET processed_at = now()");
  world.clock.Advance(hours(8));
  life->Settle();
  EXPECT_EQ(Count("payments", "inbox"), "0") << "what was processed goes with its partition";
}

}  // namespace
}  // namespace freehold::test

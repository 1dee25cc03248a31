// Events and rows on their way between two servers while processes die at random and the network is cut: afterwards
// everything is there, once, and in order.
#include <gmock/gmock.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <iostream>
#include <list>
#include <random>
#include <thread>

#include "door.h"
#include "operator_world.h"
#include "program.h"

namespace freehold::test {
namespace {

using std::chrono::seconds;

constexpr int kWriters = 2, kAggregates = 4, kFaults = 30, kEventsBetween = 12;

/// Writes orders and their events in one transaction each, through whatever happens.
class Writer {
 public:
  Writer(std::string where, int number) : where_(std::move(where)), number_(number) {
    thread_ = std::jthread([this](const std::stop_token& stop) {
      while (!stop.stop_requested()) Write();
    });
  }

  int written() const { return written_; }
  /// Ends after the event at hand.
  void Join() {
    thread_.request_stop();
    thread_.join();
  }

 private:
  void Write() {
    const auto number = std::to_string(written_ + 1);
    const auto order = std::to_string(number_ * kAggregates + written_ % kAggregates);
    const auto id = "md5('" + std::to_string(number_) + " " + number + "')::uuid";
    const bool gone = written_ % 11 == 10;
    const auto row = gone ? "DELETE FROM orders WHERE id = " + order
                          : "INSERT INTO orders VALUES (" + order + ", " + number +
                                ") ON CONFLICT (id) DO UPDATE SET total = excluded.total";
    const auto event = "INSERT INTO outbox (id, aggregatetype, aggregateid, type, payload) VALUES (" + id +
                       ", 'Order', '" + order + "', 'OrderConfirmed', '{\"id\": " + order + ", \"total\": " + number +
                       "}')";
    // When the answer to a commit was lost, the service's own note tells whether it was done.
    const auto done = Await(seconds(120), [&] {
      try {
        if (!session_) session_.emplace(where_);
        if (session_->Query("SELECT count(*) FROM noted WHERE id = " + id).front() == "1") return true;
        session_->Query("BEGIN; INSERT INTO noted VALUES (" + id + "); " + row + "; " + event + "; COMMIT");
        return true;
      } catch (const std::exception&) {
        session_.reset();
        return false;
      }
    });
    if (done) ++written_;
  }

  const std::string where_;
  const int number_;
  std::atomic<int> written_{0};
  std::optional<Session> session_;
  std::jthread thread_;
};

class RandomKills : public testing::Test {
 protected:
  RandomKills()
      : door({PostgresOf(15).port}),
        shop(15, R"({"port": )" + std::to_string(door.port()) + "}"),
        bank(18),
        seed(std::random_device{}()),
        random(seed) {}

  void SetUp() override { Keep("SET synchronous_commit = on"); }
  void TearDown() override { Keep("RESET synchronous_commit"); }

  /// Servers of tests may forget what they have confirmed; those of production don't.
  void Keep(const std::string& confirmed) {
    for (auto* world : {&shop, &bank}) world->Sql("ALTER ROLE ALL " + confirmed);
  }

  void Make() {
    const auto consumes = R"({"consumes": [{"event": "OrderConfirmed", "from": ")" + shop.ns + "/" + shop.ns +
                          R"(-orders", "startFrom": "Earliest", "into": {"table": "orders_seen", "key": "id", "columns":
        [{"name": "id", "path": "$.id", "type": "integer"}, {"name": "total", "path": "$.total", "type": "integer"}]}}]})";
    bank.ApplyWarehouse();
    shop.Apply("orders", R"({"publishes": [{"event": "OrderConfirmed", "to": [")" + shop.ns + R"(-stock", ")" +
                             bank.ns + "/" + bank.ns + R"(-payments"]}], "reporting": {"warehouse": ")" + bank.server +
                             R"(", "tables": [{"name": "orders"}]}})");
    shop.Apply("stock", consumes);
    bank.Apply("payments", consumes);
  }

  static bool Holds(OperatorWorld& world, const std::string& name, const std::string& condition) {
    return StatusOf(world.Get(name), condition) == "True";
  }
  bool AllHolds() {
    return Holds(shop, "stock", "EventsReady") && Holds(bank, "payments", "EventsReady") &&
           Holds(shop, "orders", "ReportingReady");
  }

  /// For people: what is told of the three, and what the controller did.
  std::string Told() {
    std::string told;
    for (const auto& service : {shop.Get("orders"), shop.Get("stock"), bank.Get("payments")}) {
      for (const auto& condition : service.status.conditions) {
        told += service.meta.name + " " + condition.type + " " + condition.reason + ": " + condition.message + "\n";
      }
    }
    return told + controller->log();
  }

  int Below(int bound) { return std::uniform_int_distribution(0, bound - 1)(random); }

  /// Of any kind: where one dies so, PostgreSQL ends all sessions and recovers from its log.
  void KillOneOf(OperatorWorld& world) {
    try {
      const auto processes =
          world.Sql("SELECT pid::text FROM pg_stat_activity WHERE pid <> pg_backend_pid() ORDER BY pid");
      kill(std::stoi(processes.at(static_cast<std::size_t>(Below(static_cast<int>(processes.size()))))), SIGKILL);
    } catch (const std::exception&) {
      // It is recovering from the one before.
    }
  }

  std::string Disturb() {
    switch (Below(5)) {
      case 0:
        KillOneOf(shop);
        return "a process of the publishers' server dies";
      case 1:
        KillOneOf(bank);
        return "a process of the consumer's server dies";
      case 2:
        controller->Signal(SIGKILL);
        controller = std::make_unique<ControllerProgram>();
        return "the controller dies";
      case 3:
        door.Shut(!is_shut);
        is_shut = !is_shut;
        return is_shut ? "the network is cut" : "the network is back";
      default:
        KillOneOf(shop);
        KillOneOf(bank);
        return "both servers crash";
    }
  }

  /// What the source has, by the same question.
  static std::string HashOf(Session session, const std::string& rows) {
    return session.Query("SELECT coalesce(md5(string_agg(r::text, ',' ORDER BY r.id)), '') FROM (" + rows + ") r")
        .front();
  }

  Door door;
  OperatorWorld shop, bank;
  std::unique_ptr<ControllerProgram> controller;
  bool is_shut = false;
  const unsigned seed;
  std::mt19937 random;
};

TEST_F(RandomKills, LoseNothingDoubleNothingAndMixUpNothing) {
  std::cout << "seed " << seed << std::endl;
  controller = std::make_unique<ControllerProgram>();
  ASSERT_TRUE(controller->AwaitReady(seconds(60))) << controller->log();
  Make();
  ASSERT_TRUE(Await(seconds(60), [&] { return Holds(shop, "orders", "Ready"); })) << Told();
  Query(shop.LoginOf("orders.freehold"),
        "CREATE TABLE orders (id int PRIMARY KEY, total int); CREATE TABLE noted (id uuid PRIMARY KEY)");
  ASSERT_TRUE(Await(seconds(120), [&] { return AllHolds(); })) << Told();

  std::list<Writer> writers;
  for (int number = 0; number < kWriters; ++number) writers.emplace_back(shop.LoginOf("orders.freehold"), number);
  const auto written = [&] {
    int sum = 0;
    for (const auto& writer : writers) sum += writer.written();
    return sum;
  };
  for (int fault = 0; fault < kFaults; ++fault) {
    const int before = written();
    std::cout << before << " events: " << Disturb() << std::endl;
    if (is_shut) continue;
    ASSERT_TRUE(Await(seconds(90), [&] { return written() >= before + kEventsBetween; })) << Told();
  }
  door.Shut(false);
  const int before_end = written();
  EXPECT_TRUE(Await(seconds(90), [&] { return written() >= before_end + kEventsBetween; }));
  for (auto& writer : writers) writer.Join();
  const auto sent = std::to_string(written());
  std::cout << sent << " events were sent" << std::endl;

  for (auto* world : {&shop, &bank}) {
    const auto login = world->LoginOf(world == &shop ? "stock.freehold" : "payments.freehold");
    SCOPED_TRACE(world == &shop ? "another database" : "another server");
    std::string arrived;
    EXPECT_TRUE(Await(seconds(120),
                      [&] {
                        try {
                          arrived = Query(login, "SELECT count(*) || ' ' || count(DISTINCT id) FROM inbox").front();
                        } catch (const std::exception& error) {
                          arrived = error.what();
                        }
                        return arrived == sent + " " + sent;
                      }))
        << arrived << " of " << sent << "\n"
        << Told();
    EXPECT_EQ(Query(login,
                    "SELECT count(*) FROM (SELECT (payload->>'total')::int < lag((payload->>'total')::int) OVER "
                    "(PARTITION BY aggregateid ORDER BY position) AS late FROM inbox) i WHERE late")
                  .front(),
              "0")
        << "in order per aggregate";
    EXPECT_EQ(HashOf(Session(login), "SELECT id, total FROM orders_seen"),
              HashOf(shop.SessionIn(shop.ns + "_orders_db"),
                     "SELECT DISTINCT ON (1) (payload->>'id')::int AS id, (payload->>'total')::int AS total FROM " +
                         shop.ns + "_orders.outbox ORDER BY 1, 2 DESC"))
        << "the copy is what the last events say";
  }
  const auto source = HashOf(Session(shop.LoginOf("orders.freehold")), "SELECT id, total FROM orders");
  EXPECT_TRUE(Await(seconds(120),
                    [&] {
                      return HashOf(bank.SessionIn(bank.ns + "_warehouse"),
                                    "SELECT id, total FROM " + shop.ns + "_orders.orders") == source;
                    }))
      << "the warehouse is what the store is\n"
      << Told();
  EXPECT_TRUE(Await(seconds(120), [&] { return AllHolds(); })) << Told();
  for (const char* name : {"orders", "stock"}) EXPECT_TRUE(Holds(shop, name, "Isolated")) << name;
  EXPECT_TRUE(Holds(bank, "payments", "Isolated"));
}

}  // namespace
}  // namespace freehold::test

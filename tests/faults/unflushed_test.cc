// A server that crashes forgets what it had not written to its log yet. What had come there by replication comes again,
// although the worker that brought it had begun anew in between.
#include <gmock/gmock.h>
#include <signal.h>

#include "await.h"
#include "operator_world.h"
#include "own_postgres.h"
#include "program.h"

namespace freehold::test {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;

constexpr int kOrders = 5;

/// Orders in a shop, and payments and a warehouse at a bank, whose server writes nothing by itself once its writers are
/// stopped.
class Unflushed : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(controller->AwaitReady(seconds(60))) << controller->log();
    bank.ApplyWarehouse();
    shop.Apply("orders", R"({"publishes": [{"event": "OrderConfirmed", "to": [")" + bank.ns + "/" + bank.ns +
                             R"(-payments"]}], "reporting": {"warehouse": ")" + bank.server +
                             R"(", "tables": [{"name": "orders"}]}})");
    bank.Apply("payments",
               R"({"consumes": [{"event": "OrderConfirmed", "from": ")" + shop.ns + "/" + shop.ns + R"(-orders"}]})");
    ASSERT_TRUE(Await(seconds(60), [&] { return Holds(shop, "orders", "Ready"); })) << controller->log();
    Query(shop.LoginOf("orders.freehold"), "CREATE TABLE orders (id int PRIMARY KEY)");
    ASSERT_TRUE(Await(seconds(60), [&] {
      return Holds(bank, "payments", "EventsReady") && Holds(shop, "orders", "ReportingReady");
    })) << controller->log();
    controller.reset();
  }

  static bool Holds(OperatorWorld& world, const std::string& name, const std::string& condition) {
    return StatusOf(world.Get(name), condition) == "True";
  }
  /// Whatever came there.
  std::vector<std::string> Arrived() {
    return {bank.Sql("SELECT count(*)::text FROM freehold." + bank.ns + "_payments_db_inbox", bank.ns + "_payments_db")
                .front(),
            bank.Sql("SELECT count(*)::text FROM " + shop.ns + "_orders.orders", bank.ns + "_warehouse").front()};
  }
  bool AllCame() { return Arrived() == std::vector(2, std::to_string(kOrders)); }
  /// Who sends to the bank was told that all of it up to there is kept.
  bool Confirmed(const std::string& position) {
    return shop.Sql("SELECT bool_and(confirmed_flush_lsn >= '" + position +
                    "')::text FROM pg_replication_slots WHERE database = '" + shop.ns + "_orders_db'")
               .front() == "true";
  }
  /// As PostgreSQL makes subscriptions when it is asked for nothing else.
  void LetConfirmEarly() {
    for (const auto& database : {bank.ns + "_payments_db", bank.ns + "_warehouse"}) {
      bank.Sql(
          "DO $$ DECLARE name name; BEGIN FOR name IN SELECT subname FROM pg_subscription JOIN pg_database d ON d.oid "
          "= "
          "subdbid WHERE datname = current_database() LOOP EXECUTE format('ALTER SUBSCRIPTION %I SET "
          "(synchronous_commit = off)', name); END LOOP; END $$",
          database);
    }
  }
  bool ConfirmsEarly() {
    return bank.Sql("SELECT count(*)::text FROM pg_subscription WHERE subsynccommit <> 'on'").front() != "0";
  }
  void Signal(const std::string& process, int signal) {
    kill(std::stoi(bank.Sql("SELECT pid::text FROM pg_stat_activity WHERE backend_type = '" + process + "'").front()),
         signal);
  }
  bool Answers() {
    try {
      return bank.Sql("SELECT 1").front() == "1";
    } catch (const std::exception&) {
      return false;
    }
  }

  OwnPostgres own{14, {"autovacuum=off", "bgwriter_lru_maxpages=0"}};
  OperatorWorld shop{15}, bank{14};
  std::unique_ptr<ControllerProgram> controller = std::make_unique<ControllerProgram>();
};

TEST_F(Unflushed, EventsAndRowsComeAgain) {
  LetConfirmEarly();
  controller = std::make_unique<ControllerProgram>();
  ASSERT_TRUE(Await(seconds(60), [&] { return !ConfirmsEarly(); })) << controller->log();
  controller.reset();
  bank.Sql("SET synchronous_commit = on; CREATE TABLE unflushed (id int)", bank.ns + "_payments_db");
  Signal("walwriter", SIGSTOP);
  Query(
      shop.LoginOf("orders.freehold"),
      "DO $$ BEGIN FOR n IN 1.." + std::to_string(kOrders) +
          " LOOP INSERT INTO orders VALUES (n); INSERT INTO outbox (aggregatetype, aggregateid, type) VALUES ('Order', "
          "n::text, 'OrderConfirmed'); COMMIT; END LOOP; END $$");
  ASSERT_TRUE(Await(seconds(30), [&] { return AllCame(); }));
  const auto sent = shop.Sql("SELECT pg_current_wal_lsn()").front();
  bank.Sql("SELECT pg_terminate_backend(pid, 5000)::text FROM pg_stat_subscription WHERE pid IS NOT NULL");
  ASSERT_TRUE(Await(seconds(30), [&] { return Confirmed(sent); }));
  bank.Sql("SET synchronous_commit = off; INSERT INTO unflushed VALUES (1)", bank.ns + "_payments_db");
  Signal("walwriter", SIGKILL);
  ASSERT_TRUE(Await(seconds(60), [&] { return Answers(); }));
  EXPECT_TRUE(Await(seconds(30), [&] { return AllCame(); })) << testing::PrintToString(Arrived());
  EXPECT_THAT(bank.Sql("SELECT count(*)::text FROM unflushed", bank.ns + "_payments_db"), ElementsAre("0"))
      << "it forgets what is not in its log";
}

}  // namespace
}  // namespace freehold::test

// A warehouse that is filled over a real Kafka, Kafka Connect, Debezium and JDBC sink, kept by the controller as a
// process.
#include <gmock/gmock.h>

#include "await.h"
#include "named_bus.h"
#include "operator_world.h"
#include "program.h"
#include "workers.h"

namespace freehold::test {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class WarehouseOverKafka : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(controller.AwaitReady(seconds(30))) << controller.log();
    bus.Put(R"({"type": "KafkaConnect", "kafkaConnect": {"url": ")" + workers.url() + R"(", "topicPrefix": ")" +
            world.ns + R"(", "partitions": 2, "secretsPath": ")" + (workers.dir / "secrets").string() + "\"}}");
  }
  void TearDown() override {
    bus.Delete();
    EXPECT_TRUE(Eventually([&] { return bus.Status().conditions.empty(); })) << "the bus waits for its connectors";
  }

  template <class Condition>
  bool Eventually(Condition holds) {
    return Await(seconds(120), [&] {
      workers.Mount(Cluster::kNamespace);
      return holds();
    });
  }
  void Report(const std::string& tables) {
    world.Apply("orders", R"({"reporting": {"warehouse": ")" + world.server + R"(", "tables": )" + tables + "}}");
  }
  std::string Reason() { return ReasonOf(world.Get("orders"), "ReportingReady"); }
  bool Become(const std::string& reason) {
    return Eventually([&] { return Reason() == reason; });
  }
  /// For a failure: what the store and the controller say.
  std::string Tale() {
    std::string tale;
    for (const auto& condition : world.Get("orders").status.conditions) {
      tale += condition.type + " " + condition.reason + ": " + condition.message + "\n";
    }
    return tale + controller.log();
  }
  std::vector<std::string> InStore(const std::string& sql) {
    if (!store_) store_.emplace(world.LoginOf("orders.freehold"));
    return store_->Query(sql);
  }
  std::vector<std::string> InWarehouse(const std::string& sql) {
    if (!warehouse_) warehouse_.emplace(world.SessionIn(world.ns + "_warehouse"));
    return warehouse_->Query(sql);
  }
  std::string Landed(const std::string& table) const { return world.ns + "_orders." + table; }

  /// Of all rows and columns but what is never sent, or told of a deletion: equal where they are the same in both.
  static std::string HashOf(const std::string& table) {
    return "SELECT md5(coalesce(string_agg((to_jsonb(t) - 'card_last4' - 'freehold_deleted_at')::text, '|' ORDER BY "
           "id), '')) || ' of ' || "
           "count(*) FROM " +
           table + " t";
  }
  bool AreEqual(const std::string& table) {
    return Eventually([&] { return InStore(HashOf(table)) == InWarehouse(HashOf(Landed(table))); });
  }
  std::string Slot() {
    const auto slots =
        world.Sql("SELECT slot_name FROM pg_replication_slots WHERE database = '" + world.ns + "_orders_db'");
    return slots.size() == 1 ? slots.front() : "";
  }
  std::vector<std::string> Roles() {
    return world.Sql("SELECT rolname FROM pg_roles WHERE rolname LIKE '" + world.ns + "%\\_cdc' OR rolname LIKE '" +
                     world.ns + "%\\_sink'");
  }

  OperatorWorld world;
  Workers workers;
  NamedBus bus{world.ns};
  ControllerProgram controller;

 private:
  std::optional<Session> store_, warehouse_;
};

constexpr const char* kTables = R"([{"name": "orders", "exclude": ["card_last4"]}, {"name": "kept", "deletes": "Keep"},
  {"name": "marked", "deletes": "Mark"}])";

TEST_F(WarehouseOverKafka, HasWhatTheStoreHasWhateverDiesAndNothingIsLeft) {
  world.Apply("orders", "{}");
  ASSERT_TRUE(Eventually([&] { return StatusOf(world.Get("orders"), "Ready") == "True"; })) << Tale();
  InStore(
      "CREATE TYPE state AS ENUM ('open', 'paid'); CREATE TABLE orders (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), "
      "n int, total numeric, price numeric(10, 2), state state DEFAULT 'open', note text, lines jsonb, tags text[], "
      "at timestamptz DEFAULT clock_timestamp(), day date DEFAULT current_date, took interval, raw bytea, \"Case\" "
      "text, "
      "twice int GENERATED ALWAYS AS (n * 2) STORED, card_last4 text); "
      "CREATE TABLE kept (id int PRIMARY KEY, v text); CREATE TABLE marked (id int PRIMARY KEY, v text); "
      "INSERT INTO orders (n, total, price, note, lines, tags, took, raw, \"Case\", card_last4) SELECT n, "
      "12345678901234567890.10 + n, n, (SELECT string_agg(md5(n::text || g), '') FROM generate_series(1, 100) g), "
      "'{\"a\": [1, 2]}', '{a,\"b c\"}', '1 day 2 hours', '\\xdeadbeef', 'é', '4242' FROM generate_series(1, 500) n; "
      "INSERT INTO kept SELECT n, 'v' FROM generate_series(1, 5) n; INSERT INTO marked SELECT n, 'v' FROM "
      "generate_series(1, 5) n");
  world.ApplyWarehouse(R"({"bus": ")" + world.ns + R"(", "readers": [{"name": "looker"}]})");
  Report(kTables);
  ASSERT_TRUE(Become("ReportingFlows")) << Tale();
  const auto generated = "ALTER TABLE orders DROP COLUMN twice";
  InStore(generated);
  EXPECT_TRUE(AreEqual("orders")) << Tale();
  EXPECT_TRUE(AreEqual("kept") && AreEqual("marked")) << Tale();
  EXPECT_THAT(InWarehouse("SELECT attname FROM pg_attribute WHERE attname IN ('card_last4', 'twice')"), IsEmpty());
  EXPECT_EQ(StatusOf(world.Get("orders"), "Isolated"), "True") << Tale();

  // What an update doesn't touch stays, also where PostgreSQL does not send it again.
  InStore(
      "INSERT INTO orders (n, total) VALUES (501, 'NaN'); UPDATE orders SET total = 1.50 WHERE n = 1; "
      "UPDATE orders SET id = gen_random_uuid() WHERE n = 2; DELETE FROM orders WHERE n = 3; "
      "DELETE FROM kept WHERE id = 1; DELETE FROM marked WHERE id = 1; UPDATE marked SET v = 'w' WHERE id = 2");
  EXPECT_TRUE(AreEqual("orders")) << Tale();
  EXPECT_TRUE(Eventually([&] {
    return InWarehouse("SELECT count(*) || ' ' || min(id) FROM " + Landed("marked") +
                       " WHERE freehold_deleted_at IS "
                       "NOT NULL") == std::vector<std::string>{"1 1"};
  })) << Tale();
  EXPECT_THAT(InWarehouse("SELECT v FROM " + Landed("marked") + " WHERE id = 2"), ElementsAre("w"));
  EXPECT_THAT(InWarehouse("SELECT count(*) FROM " + Landed("kept")), ElementsAre("5"));

  // A new column comes by itself.
  InStore("ALTER TABLE orders ADD COLUMN channel text");
  EXPECT_TRUE(Eventually([&] {
    return !InWarehouse("SELECT attname FROM pg_attribute WHERE attname = 'channel'").empty() &&
           !world.Sql("SELECT 1 FROM pg_publication_tables WHERE 'channel' = ANY (attnames)", world.ns + "_orders_db")
                .empty() &&
           Become("ReportingFlows");
  })) << Tale();
  InStore("UPDATE orders SET channel = 'web' WHERE n < 10");
  EXPECT_TRUE(AreEqual("orders")) << Tale();

  for (int n = 600; n < 700; ++n) {
    InStore("INSERT INTO orders (n) VALUES (" + std::to_string(n) +
            "); DELETE FROM orders WHERE n = " + std::to_string(n - 5));
    if (n == 630) workers.Kill();
  }
  workers.Start();
  EXPECT_TRUE(AreEqual("orders")) << Tale();

  // A sink does not survive its connection.
  world.Sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename LIKE '%\\_sink'");
  InStore("UPDATE orders SET n = n + 1000");
  EXPECT_TRUE(AreEqual("orders")) << Tale();
  EXPECT_THAT(controller.log(), HasSubstr("connector started again"));

  // Nobody knows what was missed with a slot that is lost: all comes anew.
  const auto lost = Slot();
  world.Sql("SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots WHERE slot_name = '" + lost + "'");
  world.Sql("SELECT pg_drop_replication_slot('" + lost + "')");
  InStore("DELETE FROM orders WHERE n < 1100; INSERT INTO orders (n) VALUES (1)");
  EXPECT_TRUE(AreEqual("orders")) << Tale();
  EXPECT_TRUE(Become("ReportingFlows")) << Tale();

  world.Apply("orders", "{}");
  EXPECT_TRUE(Eventually([&] { return Slot().empty() && Roles().empty() && workers.List().empty(); }))
      << Slot() << testing::PrintToString(Roles()) << Tale();
  EXPECT_THAT(world.Sql("SELECT pubname FROM pg_publication", world.ns + "_orders_db"), IsEmpty());
  EXPECT_THAT(InWarehouse("SELECT count(*) > 100 FROM " + Landed("orders")), ElementsAre("t")) << "data stay";
  world.DeleteWarehouse();
  EXPECT_TRUE(Eventually([&] { return !world.GetWarehouse(); })) << Tale();
}

}  // namespace
}  // namespace freehold::test

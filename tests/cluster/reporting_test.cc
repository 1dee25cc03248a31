// What users see of a warehouse, on a real API server with the chart's RBAC and real PostgreSQLs.
#include <gmock/gmock.h>

#include "await.h"
#include "operator_world.h"

namespace freehold::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Reporting : public testing::TestWithParam<int> {
 protected:
  Reporting() : world(GetParam()) {}

  std::string Database() const { return world.ns + "_warehouse"; }
  std::string Schema(const std::string& name) const { return world.ns + "_" + name; }

  /// A store that reports these tables, JSON.
  void Apply(const std::string& name, const std::string& tables) {
    world.Apply(name, tables.empty()
                          ? "{}"
                          : R"({"reporting": {"warehouse": ")" + world.server + R"(", "tables": )" + tables + "}}");
  }
  /// A store with the tables that `made` makes, SQL, which reports those of `tables`, JSON, to a warehouse.
  std::unique_ptr<Operator> Report(const std::string& made, const std::string& tables) {
    Apply("orders", "");
    auto life = world.Start();
    life->Settle();
    InStore("orders", made);
    world.ApplyWarehouse();
    Apply("orders", tables);
    return life;
  }
  std::vector<std::string> InStore(const std::string& name, const std::string& sql) {
    return Query(world.LoginOf(name + ".freehold"), sql);
  }
  std::vector<std::string> InWarehouse(const std::string& sql) { return world.Sql(sql, Database()); }
  std::map<std::string, std::string> ReaderSecret() {
    return world.Secret(world.server + "-looker.freehold", Cluster::kNamespace);
  }
  std::vector<std::string> AsReader(const std::string& sql) { return Query(world.LoginIn(ReaderSecret()), sql); }

  /// Passes over all until the store's ReportingReady has that reason.
  bool Become(Operator& life, const std::string& name, const std::string& reason) {
    return Await(std::chrono::seconds(60), [&] {
      life.Settle();
      return ReasonOf(world.Get(name), "ReportingReady") == reason;
    });
  }
  /// Is it said of the spec as it is now, before the warehouse had its turn?
  bool IsSaidToFlow(Operator& life) {
    life.Pass("orders");
    const auto store = world.Get("orders");
    return store.status.observed_generation == store.meta.generation &&
           ReasonOf(store, "ReportingReady") == "ReportingFlows";
  }
  bool Comes(const std::string& sql, const std::vector<std::string>& rows) {
    return Await(std::chrono::seconds(30), [&] { return InWarehouse(sql) == rows; });
  }
  std::string Message(const std::string& name) {
    for (const auto& condition : world.Get(name).status.conditions) {
      if (condition.type == "ReportingReady") return condition.message;
    }
    return "";
  }
  std::vector<std::string> Replicating() {
    return world.Sql("SELECT 'slot ' || slot_name FROM pg_replication_slots WHERE database LIKE '" + world.ns +
                     "%' UNION ALL SELECT 'role ' || rolname FROM pg_roles WHERE rolname LIKE '" + world.ns +
                     "%\\_cdc%' UNION ALL SELECT 'subscription ' || subname FROM pg_subscription s JOIN pg_database d "
                     "ON d.oid = s.subdbid WHERE d.datname = '" +
                     Database() + "'");
  }

  OperatorWorld world;
};

INSTANTIATE_TEST_SUITE_P(, Reporting, testing::Values(15, 18),
                         [](const auto& info) { return "PG" + std::to_string(info.param); });

constexpr const char* kOrders = R"([{"name": "orders", "exclude": ["card_last4"]}])";
constexpr const char* kMakeOrders =
    "CREATE TABLE orders (id int PRIMARY KEY, total numeric(10, 2), card_last4 text); "
    "INSERT INTO orders VALUES (1, 12.50, '4242')";

TEST_P(Reporting, CopiesWhatIsListedAndNeverWhatIsExcluded) {
  Apply("orders", "");
  Apply("payments", "");
  const auto life = world.Start();
  life->Settle();
  InStore("orders", kMakeOrders);
  InStore("payments",
          "CREATE TABLE payments (id int PRIMARY KEY, order_id int, paid numeric); INSERT INTO payments VALUES (7, 1, "
          "12.5)");
  Apply("orders", kOrders);
  life->Settle();
  EXPECT_EQ(ReasonOf(world.Get("orders"), "ReportingReady"), "WarehouseNotFound");
  EXPECT_EQ(StatusOf(world.Get("orders"), "Ready"), "True");

  world.ApplyWarehouse(R"({"readers": [{"name": "looker", "statementTimeout": "30s"}]})");
  Apply("payments", R"([{"name": "payments"}])");
  ASSERT_TRUE(Become(*life, "orders", "ReportingFlows")) << world.Get("orders").status.conditions.back().message;
  ASSERT_TRUE(Become(*life, "payments", "ReportingFlows"));
  const auto orders = Schema("orders") + ".orders";
  EXPECT_THAT(InWarehouse("SELECT o::text FROM " + orders + " o"), ElementsAre("(1,12.50)"));
  InStore("orders", "INSERT INTO orders VALUES (2, 3, '1111'); UPDATE orders SET total = 13 WHERE id = 1");
  EXPECT_TRUE(Comes("SELECT o::text FROM " + orders + " o ORDER BY id", {"(1,13.00)", "(2,3.00)"}));
  InStore("orders", "DELETE FROM orders WHERE id = 2");
  EXPECT_TRUE(Comes("SELECT o::text FROM " + orders + " o ORDER BY id", {"(1,13.00)"}));
  EXPECT_THAT(InWarehouse("SELECT attname FROM pg_attribute WHERE attname = 'card_last4'"), IsEmpty());

  // Readers join across services and write nothing.
  EXPECT_EQ(ReaderSecret()["type"], "postgresql");
  EXPECT_THAT(AsReader("SELECT o.total || ' ' || p.paid FROM " + orders + " o JOIN " + Schema("payments") +
                       ".payments p ON p.order_id = o.id"),
              ElementsAre("13.00 12.5"));
  EXPECT_THAT(AsReader("SHOW statement_timeout"), ElementsAre("30s"));
  EXPECT_THROW(AsReader("SET default_transaction_read_only = off; DELETE FROM " + orders), std::exception);
  EXPECT_FALSE(Opens(world.LoginIn(ReaderSecret(), world.ns + "_orders_db")));
  EXPECT_FALSE(Opens(world.LoginOf("orders.freehold", Database()))) << "services never read the warehouse";

  for (const char* name : {"orders", "payments"}) {
    EXPECT_EQ(StatusOf(world.Get(name), "Isolated"), "True") << name;
    EXPECT_EQ(StatusOf(world.Get(name), "ReportingReady"), "True") << name;
  }
  const auto warehouse = world.GetWarehouse();
  ASSERT_TRUE(warehouse);
  EXPECT_EQ(warehouse->status.streaming, 2);
  ASSERT_EQ(warehouse->status.feeds.size(), 2u);
  EXPECT_EQ(warehouse->status.feeds[0].copied, 1);
  auto at_rest = world.Start();
  at_rest->Settle();
  EXPECT_EQ(at_rest->effects(), 0);

  // A reader who goes takes its Secret along.
  const auto reader = ReaderSecret();
  world.ApplyWarehouse();
  life->Settle();
  EXPECT_FALSE(Opens(world.LoginIn(reader)));
  EXPECT_THAT(ReaderSecret(), IsEmpty());

  // What a store doesn't report any more leaves nothing behind at the store; what was copied stays.
  Apply("orders", "");
  Apply("payments", "");
  life->Settle();
  EXPECT_THAT(Replicating(), IsEmpty());
  EXPECT_EQ(StatusOf(world.Get("orders"), "ReportingReady"), "");
  EXPECT_EQ(StatusOf(world.Get("orders"), "Isolated"), "True");
  EXPECT_THAT(world.Sql("SELECT pubname FROM pg_publication", world.ns + "_orders_db"), IsEmpty());
  EXPECT_THAT(InWarehouse("SELECT count(*) FROM " + orders), ElementsAre("1"));

  // What was seen of another spec says nothing about the one that there is now.
  Apply("orders", kOrders);
  EXPECT_FALSE(IsSaidToFlow(*life));
  ASSERT_TRUE(Become(*life, "orders", "ReportingFlows")) << Message("orders");
  Apply("orders", R"([{"name": "orders"}])");
  EXPECT_FALSE(IsSaidToFlow(*life));
}

TEST_P(Reporting, GivesAToolOutsideWhatItReadsByAndTakesItAwayAgain) {
  Apply("orders", "");
  const auto life = world.Start();
  life->Settle();
  InStore("orders", kMakeOrders);
  world.ApplyWarehouse(R"({"loader": {"type": "Airbyte"}, "credentials": {"rotateEvery": "48h", "overlap": "24h"}})");
  Apply("orders", kOrders);
  ASSERT_TRUE(Become(*life, "orders", "ReportingFlows")) << Message("orders");
  const auto name = world.server + "." + world.ns + ".orders.freehold";
  const auto secret = [&] { return world.Secret(name, Cluster::kNamespace); };
  const auto first = secret();
  const auto slot =
      world.Sql("SELECT slot_name FROM pg_replication_slots WHERE database = '" + world.ns + "_orders_db'");
  ASSERT_EQ(slot.size(), 1u);
  EXPECT_THAT(Query(world.LoginIn(first), "SELECT total FROM " + Schema("orders") + ".orders"), ElementsAre("12.50"));
  EXPECT_THROW(Query(world.LoginIn(first), "SELECT card_last4 FROM " + Schema("orders") + ".orders"), std::exception);
  InStore("orders", "INSERT INTO orders VALUES (2, 3, '1111')");
  const auto sent = [&] {
    return Query(world.LoginIn(first),
                 "SELECT coalesce(string_agg(encode(data, 'escape'), ''), '') FROM "
                 "pg_logical_slot_peek_binary_changes('" +
                     slot[0] + "', NULL, NULL, 'proto_version', '1', 'publication_names', '" + slot[0] + "')")
        .front();
  };
  ASSERT_TRUE(Await(std::chrono::seconds(30), [&] { return sent().contains("3.00"); }));
  EXPECT_THAT(sent(), testing::Not(HasSubstr("1111")));
  EXPECT_EQ(StatusOf(world.Get("orders"), "Isolated"), "True");
  EXPECT_EQ(world.GetWarehouse()->status.feeds.at(0).secret, name);
  auto at_rest = world.Start();
  at_rest->Settle();
  EXPECT_EQ(at_rest->effects(), 0);

  world.clock.Advance(std::chrono::hours(49));
  ASSERT_TRUE(Await(std::chrono::seconds(60), [&] {
    life->Settle();
    return secret()["username"] != first.at("username");
  }));
  EXPECT_TRUE(Opens(world.LoginIn(secret())));
  EXPECT_TRUE(Opens(world.LoginIn(first))) << "for the overlap";
  world.clock.Advance(std::chrono::hours(25));
  EXPECT_TRUE(Await(std::chrono::seconds(60), [&] {
    life->Settle();
    return !Opens(world.LoginIn(first));
  }));
  EXPECT_TRUE(Opens(world.LoginIn(secret())));
  ASSERT_TRUE(Become(*life, "orders", "ReportingFlows")) << Message("orders");

  Apply("orders", "");
  life->Settle();
  EXPECT_THAT(Replicating(), IsEmpty());
  EXPECT_THAT(world.Sql("SELECT pubname FROM pg_publication", world.ns + "_orders_db"), IsEmpty());
  EXPECT_TRUE(Await(std::chrono::seconds(60), [&] {
    life->Settle();
    return secret().empty();
  }));
  Apply("orders", kOrders);
  ASSERT_TRUE(Become(*life, "orders", "ReportingFlows")) << Message("orders");
  world.DeleteWarehouse();
  life->Settle();
  EXPECT_THAT(Replicating(), IsEmpty());
}

TEST_P(Reporting, FollowsWhatTheServiceMakesOfItsTables) {
  const auto life =
      Report(kMakeOrders, R"([{"name": "orders", "exclude": ["card_last4"], "deletes": "Mark"}, {"name": "lines"}])");
  ASSERT_TRUE(Become(*life, "orders", "ReportingIncomplete"));
  EXPECT_THAT(Message("orders"), HasSubstr("lines: there is no such table"));
  const auto orders = Schema("orders") + ".orders";

  // A table that comes later, a new column, a dropped one, and one of another type.
  InStore("orders",
          "CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TABLE lines (id int PRIMARY KEY, mood mood, n int); "
          "INSERT INTO lines VALUES (1, 'ok', 5); ALTER TABLE orders ADD COLUMN note text");
  ASSERT_TRUE(Become(*life, "orders", "ReportingFlows")) << Message("orders");
  InStore("orders", "UPDATE orders SET note = 'n'");
  EXPECT_TRUE(Comes("SELECT id || note FROM " + orders, {"1n"}));
  InStore("orders", "ALTER TABLE lines ALTER COLUMN n TYPE text; INSERT INTO lines VALUES (2, 'sad', 'many')");
  ASSERT_TRUE(Await(std::chrono::seconds(30), [&] {
    life->Settle();
    return InWarehouse("SELECT mood || n FROM " + Schema("orders") + ".lines ORDER BY id") ==
           std::vector<std::string>{"ok5", "sadmany"};
  })) << Message("orders");
  InStore("orders", "ALTER TABLE orders DROP COLUMN note");
  InStore("orders", "UPDATE orders SET total = 14");
  EXPECT_TRUE(Comes("SELECT total || note FROM " + orders, {"14.00n"})) << "what was dropped stays as it was";

  // Deleted rows are marked, and made again.
  InStore("orders", "DELETE FROM orders");
  EXPECT_TRUE(Comes("SELECT (freehold_deleted_at IS NOT NULL)::text FROM " + orders, {"true"}));
  InStore("orders", "INSERT INTO orders VALUES (1, 15, '')");
  EXPECT_TRUE(Comes("SELECT total || coalesce(freehold_deleted_at::text, '') FROM " + orders, {"15.00"}));
  ASSERT_TRUE(Become(*life, "orders", "ReportingFlows")) << Message("orders");
  EXPECT_EQ(StatusOf(world.Get("orders"), "Isolated"), "True");
  auto at_rest = world.Start();
  at_rest->Settle();
  EXPECT_EQ(at_rest->effects(), 0);
}

TEST_P(Reporting, KeepsAStoreFromBeingDroppedAndEndsWithTheWarehouse) {
  world.Apply("orders", R"({"deletionPolicy": "Delete", "reporting": {"warehouse": ")" + world.server +
                            R"(", "tables": [{"name": "orders"}]}})");
  const auto life = world.Start();
  life->Settle();
  InStore("orders", kMakeOrders);
  world.ApplyWarehouse(R"({"readers": [{"name": "looker"}]})");
  ASSERT_TRUE(Become(*life, "orders", "ReportingFlows"));
  world.Delete("orders");
  life->Settle();
  ASSERT_TRUE(world.Exists("orders"));
  EXPECT_EQ(ReasonOf(world.Get("orders"), "Ready"), "ConsumersRemain");
  const auto reader = ReaderSecret();
  ASSERT_TRUE(Opens(world.LoginIn(reader)));
  world.DeleteWarehouse();
  life->Settle();
  EXPECT_FALSE(world.GetWarehouse());
  EXPECT_FALSE(Opens(world.LoginIn(reader)));
  EXPECT_THAT(Replicating(), IsEmpty());
  EXPECT_FALSE(world.Exists("orders"));
  EXPECT_THAT(InWarehouse("SELECT count(*) FROM " + Schema("orders") + ".orders"), ElementsAre("1")) << "data stay";
}

TEST_P(Reporting, KeepsWhatTheServiceDeletesOrEmpties) {
  const auto life =
      Report(std::string(kMakeOrders) +
                 "; CREATE TABLE lines (id int PRIMARY KEY, n int); INSERT INTO lines VALUES (1, 1), (2, 2)",
             R"([{"name": "orders", "exclude": ["card_last4"], "deletes": "Keep"}, {"name": "lines"}])");
  ASSERT_TRUE(Become(*life, "orders", "ReportingFlows")) << Message("orders");
  const auto orders = "SELECT o::text FROM " + Schema("orders") + ".orders o ORDER BY id";
  const auto lines = "SELECT id::text FROM " + Schema("orders") + ".lines ORDER BY id";

  InStore("orders", "DELETE FROM orders; INSERT INTO orders VALUES (2, 3, ''); DELETE FROM lines WHERE id = 1");
  EXPECT_TRUE(Comes(orders, {"(1,12.50)", "(2,3.00)"}));
  EXPECT_TRUE(Comes(lines, {"2"}));
  InStore("orders", "INSERT INTO orders VALUES (1, 7, '')");
  EXPECT_TRUE(Comes(orders, {"(1,7.00)", "(2,3.00)"})) << "one row for each key";
  InStore("orders", "TRUNCATE orders, lines; INSERT INTO orders VALUES (3, 1, '')");
  EXPECT_TRUE(Comes(orders, {"(1,7.00)", "(2,3.00)", "(3,1.00)"}));
  EXPECT_TRUE(Comes(lines, {}));
  ASSERT_TRUE(Become(*life, "orders", "ReportingFlows")) << Message("orders");
}

TEST_P(Reporting, FollowsAnotherKeyAndAColumnThatIsExcludedLater) {
  const auto life = Report(kMakeOrders, R"([{"name": "orders"}])");
  ASSERT_TRUE(Become(*life, "orders", "ReportingFlows")) << Message("orders");
  const auto orders = Schema("orders") + ".orders";
  EXPECT_THAT(InWarehouse("SELECT o::text FROM " + orders + " o"), ElementsAre("(1,12.50,4242)"));

  Apply("orders", kOrders);
  ASSERT_TRUE(Await(std::chrono::seconds(30), [&] {
    life->Settle();
    return InWarehouse("SELECT attname FROM pg_attribute WHERE attname = 'card_last4'").empty();
  })) << Message("orders");
  ASSERT_TRUE(Become(*life, "orders", "ReportingFlows")) << Message("orders");
  InStore("orders", "UPDATE orders SET card_last4 = '1111', total = 13");
  EXPECT_TRUE(Comes("SELECT o::text FROM " + orders + " o", {"(1,13.00)"}));

  InStore("orders",
          "ALTER TABLE orders ADD COLUMN number int; UPDATE orders SET number = 70; "
          "ALTER TABLE orders DROP CONSTRAINT orders_pkey, ADD PRIMARY KEY (number)");
  ASSERT_TRUE(Await(std::chrono::seconds(30), [&] {
    life->Settle();
    return InWarehouse(
               "SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = "
               "ANY (i.indkey) WHERE i.indisprimary AND i.indrelid = '" +
               orders + "'::regclass") == std::vector<std::string>{"number"};
  })) << Message("orders");
  InStore("orders", "UPDATE orders SET id = 5; INSERT INTO orders (id, total, number) VALUES (5, 1, 71)");
  EXPECT_TRUE(Comes("SELECT number || ' ' || id FROM " + orders + " ORDER BY 1", {"70 5", "71 5"}));
  ASSERT_TRUE(Become(*life, "orders", "ReportingFlows")) << Message("orders");
  EXPECT_EQ(StatusOf(world.Get("orders"), "Isolated"), "True");
}

TEST_P(Reporting, CopiesATableAnewWhoseRowsGotAValueInANewColumn) {
  const auto life =
      Report(std::string(kMakeOrders) + "; CREATE TABLE lines (id int PRIMARY KEY); INSERT INTO lines VALUES (1), (2)",
             R"([{"name": "orders", "exclude": ["card_last4"]}, {"name": "lines"}])");
  ASSERT_TRUE(Become(*life, "orders", "ReportingFlows")) << Message("orders");
  const auto made = InWarehouse("SELECT xmin::text FROM " + Schema("orders") + ".orders");

  InStore("orders", "ALTER TABLE lines ADD COLUMN n int NOT NULL DEFAULT 7; DELETE FROM lines WHERE id = 1");
  ASSERT_TRUE(Await(std::chrono::seconds(60), [&] {
    life->Settle();
    return InWarehouse("SELECT l::text FROM " + Schema("orders") + ".lines l") == std::vector<std::string>{"(2,7)"};
  })) << Message("orders");
  ASSERT_TRUE(Become(*life, "orders", "ReportingFlows")) << Message("orders");
  EXPECT_EQ(InWarehouse("SELECT xmin::text FROM " + Schema("orders") + ".orders"), made) << "the others stay";
  InStore("orders", "INSERT INTO lines VALUES (3, 8)");
  EXPECT_TRUE(Comes("SELECT l::text FROM " + Schema("orders") + ".lines l ORDER BY id", {"(2,7)", "(3,8)"}));

  // A column that was excluded has values of before, too.
  Apply("orders", R"([{"name": "orders"}, {"name": "lines"}])");
  EXPECT_TRUE(Await(std::chrono::seconds(60), [&] {
    life->Settle();
    return InWarehouse("SELECT card_last4 FROM " + Schema("orders") + ".orders") == std::vector<std::string>{"4242"};
  })) << Message("orders");
  ASSERT_TRUE(Become(*life, "orders", "ReportingFlows")) << Message("orders");
  auto at_rest = world.Start();
  at_rest->Settle();
  EXPECT_EQ(at_rest->effects(), 0);
}

TEST_P(Reporting, CopiesAnewWhatALostSlotWouldHaveBrought) {
  const auto life = Report(kMakeOrders, kOrders);
  ASSERT_TRUE(Become(*life, "orders", "ReportingFlows")) << Message("orders");
  const auto slots = " FROM pg_replication_slots WHERE database = '" + world.ns + "_orders_db'";
  ASSERT_TRUE(Await(std::chrono::seconds(30), [&] {
    world.Sql("SELECT pg_terminate_backend(active_pid)" + slots + " AND active");
    try {
      return world.Sql("SELECT pg_drop_replication_slot(slot_name)::text" + slots).size() == 1;
    } catch (const std::exception&) {
      return false;  // the subscription was quicker
    }
  }));
  InStore("orders", "DELETE FROM orders; INSERT INTO orders VALUES (2, 3, '')");
  ASSERT_TRUE(Await(std::chrono::seconds(60), [&] {
    life->Settle();
    return InWarehouse("SELECT o::text FROM " + Schema("orders") + ".orders o") == std::vector<std::string>{"(2,3.00)"};
  })) << Message("orders");
  ASSERT_TRUE(Become(*life, "orders", "ReportingFlows")) << Message("orders");
}

TEST_P(Reporting, LeadsAReaderToAReplica) {
  OperatorWorld replicated(
      GetParam(), R"({"readReplicas": [{"host": "127.0.0.1", "port": )" + std::to_string(world.postgres.port) + "}]}");
  replicated.ApplyWarehouse(R"({"readers": [{"name": "looker", "readReplica": "127.0.0.1", "statementTimeout": "5s"},
                                            {"name": "odd", "readReplica": "10.0.0.9"}]})");
  const auto life = replicated.Start();
  life->Settle();
  const auto secret = replicated.Secret(replicated.server + "-looker.freehold", Cluster::kNamespace);
  ASSERT_EQ(secret.at("host"), "127.0.0.1");
  EXPECT_THAT(Query(replicated.LoginIn(secret), "SHOW statement_timeout"), ElementsAre("5s"));
  EXPECT_THROW(Query(replicated.LoginIn(secret), "CREATE TABLE t ()"), std::exception);
  const auto warehouse = replicated.GetWarehouse();
  ASSERT_FALSE(warehouse->status.conditions.empty());
  EXPECT_EQ(warehouse->status.conditions.front().reason, "ServerNotFound");
  EXPECT_THAT(warehouse->status.readers, testing::SizeIs(1)) << "one reader's trouble is not another's";
}

}  // namespace
}  // namespace freehold::test

// Events and reports of servers as clouds give them: their admins are no superusers, and may replicate all the same.
#include <gmock/gmock.h>

#include "await.h"
#include "operator_world.h"

namespace freehold::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class ManagedServers : public testing::Test {
 protected:
  std::string Told(const std::string& name, const std::string& type) {
    for (const auto& condition : world.Get(name).status.conditions) {
      if (condition.type == type) return condition.reason + ": " + condition.message;
    }
    return "";
  }
  bool Becomes(Operator& life, const std::string& name, const std::string& type, const std::string& reason) {
    return Await(std::chrono::seconds(60), [&] {
      life.Settle();
      return ReasonOf(world.Get(name), type) == reason;
    });
  }
  std::string Transport() { return world.Get("payments").status.consumes.at(0).transport; }
  std::vector<std::string> InOrders(const std::string& sql) { return Query(world.LoginOf("orders.freehold"), sql); }
  void Confirm(const std::string& order) {
    InOrders("INSERT INTO outbox (aggregatetype, aggregateid, type, payload) VALUES ('Order', '" + order +
             "', 'OrderConfirmed', '{}')");
  }
  bool Arrive(const std::vector<std::string>& orders) {
    return Await(std::chrono::seconds(30), [&] {
      return Query(world.LoginOf("payments.freehold"), "SELECT aggregateid FROM inbox ORDER BY position") == orders;
    });
  }
  bool Comes(const std::string& sql, const std::vector<std::string>& rows) {
    return Await(std::chrono::seconds(30), [&] { return world.Sql(sql, world.ns + "_warehouse") == rows; });
  }
  std::vector<std::string> AtSource(const std::string& sql) { return world.Sql(sql, world.ns + "_orders_db"); }

  OperatorWorld world{18, "{}", OperatorWorld::Admin::kReplicating};
};

TEST_F(ManagedServers, ReplicateEventsOnceTheConsumersServerCanCheckTheCertificate) {
  world.Apply("orders", R"({"publishes": [{"event": "OrderConfirmed"}]})");
  world.Apply("payments", R"({"consumes": [{"event": "OrderConfirmed", "from": ")" + world.ns + R"(-orders"}]})");
  const auto life = world.Start();
  ASSERT_TRUE(Becomes(*life, "payments", "EventsReady", "EventsFlow"));
  EXPECT_EQ(Transport(), "Polling") << "rather than by TLS that is weaker than tls.mode says";
  EXPECT_THAT(Told("payments", "EventsReady"), HasSubstr("say by tls.peerRootCert of DatabaseServer " + world.server));
  Confirm("1");
  life->Settle();
  EXPECT_TRUE(Arrive({"1"}));

  world.TellWhereItsAuthorityIs();
  ASSERT_TRUE(Await(std::chrono::seconds(60), [&] {
    life->Settle();
    return Transport() == "Replication";
  })) << Told("payments", "EventsReady");
  Confirm("2");
  EXPECT_TRUE(Arrive({"1", "2"})) << "without the operator";
  EXPECT_THAT(Told("payments", "EventsReady"), Not(HasSubstr("polled")));
  for (const char* name : {"orders", "payments"}) EXPECT_EQ(StatusOf(world.Get(name), "Isolated"), "True") << name;
  EXPECT_THAT(world.Sql("SELECT subconninfo ~ 'sslmode=.?verify-full' FROM pg_subscription s JOIN pg_database d ON "
                        "d.oid = s.subdbid WHERE datname = '" +
                        world.ns + "_payments_db'"),
              ElementsAre("t"));
  auto at_rest = world.Start();
  at_rest->Settle();
  EXPECT_EQ(at_rest->effects(), 0);

  world.Sql("ALTER ROLE " + world.ns + "_orders_db_cdc PASSWORD 'of somebody else'");
  world.Sql("ALTER SUBSCRIPTION " + world.Sql("SELECT subname FROM pg_subscription", world.ns + "_payments_db").at(0) +
                " CONNECTION 'host=nowhere'",
            world.ns + "_payments_db");
  world.clock.Advance(std::chrono::minutes(11));
  life->Settle();
  Confirm("3");
  EXPECT_FALSE(Opens(world.postgres.With(world.ns + "_orders_db", world.ns + "_orders_db_cdc", "of somebody else")));
  world.Delete("payments");
  life->Settle();
  EXPECT_THAT(AtSource("SELECT slot_name FROM pg_replication_slots WHERE database = current_database()"), IsEmpty());
}

TEST_F(ManagedServers, FillAWarehouseAndLeaveTheServiceItsTables) {
  world.TellWhereItsAuthorityIs();
  world.Apply("orders", "{}");
  const auto life = world.Start();
  life->Settle();
  InOrders(
      "CREATE TABLE orders (id int PRIMARY KEY, total numeric, card_last4 text, note text); "
      "INSERT INTO orders VALUES (1, 12.5, '4242', 'n'); "
      "CREATE TABLE lines (id int PRIMARY KEY, n int); INSERT INTO lines VALUES (1, 5)");
  world.ApplyWarehouse(R"({"readers": [{"name": "looker"}]})");
  world.Apply("orders", R"({"reporting": {"warehouse": ")" + world.server +
                            R"(", "tables": [{"name": "orders", "exclude": ["card_last4"]}, {"name": "lines"}]}})");
  ASSERT_TRUE(Becomes(*life, "orders", "ReportingReady", "ReportingFlows")) << Told("orders", "ReportingReady");
  EXPECT_THAT(Told("orders", "ReportingReady"), HasSubstr("DROP COLUMN on orders takes CASCADE"));
  const auto schema = world.ns + "_orders";
  const auto orders = "SELECT o::text FROM " + schema + ".orders o ORDER BY id";
  EXPECT_TRUE(Comes(orders, {"(1,12.5,n)"}));
  InOrders("INSERT INTO orders VALUES (2, 3, '1111', 'm')");
  EXPECT_TRUE(Comes(orders, {"(1,12.5,n)", "(2,3,m)"}));
  EXPECT_EQ(StatusOf(world.Get("orders"), "Isolated"), "True");
  const auto reader = world.Secret(world.server + "-looker.freehold", Cluster::kNamespace);
  EXPECT_THAT(Query(world.LoginIn(reader), "SELECT count(*) FROM " + schema + ".lines"), ElementsAre("1"));
  auto at_rest = world.Start();
  at_rest->Settle();
  EXPECT_EQ(at_rest->effects(), 0);

  // Only a superuser makes an event trigger, so a list of columns is there for what is left out, and nowhere else.
  InOrders("ALTER TABLE lines DROP COLUMN n; ALTER TABLE lines ADD COLUMN m text; INSERT INTO lines VALUES (2, 'x')");
  InOrders("ALTER TABLE orders DROP COLUMN note CASCADE; UPDATE orders SET total = 4 WHERE id = 2");
  ASSERT_TRUE(Await(std::chrono::seconds(60), [&] {
    life->Settle();
    return world.Sql("SELECT id || coalesce(m, '') FROM " + schema + ".lines ORDER BY id", world.ns + "_warehouse") ==
           std::vector<std::string>{"1", "2x"};
  })) << Told("orders", "ReportingReady");
  ASSERT_TRUE(Becomes(*life, "orders", "ReportingReady", "ReportingFlows")) << Told("orders", "ReportingReady");
  InOrders("UPDATE orders SET total = 5 WHERE id = 2");
  EXPECT_TRUE(Comes("SELECT total::text FROM " + schema + ".orders WHERE id = 2", {"5"}));

  world.DeleteWarehouse();
  life->Settle();
  EXPECT_FALSE(world.GetWarehouse());
  EXPECT_FALSE(Opens(world.LoginIn(reader)));
  EXPECT_THAT(AtSource("SELECT pubname::text FROM pg_publication UNION ALL SELECT slot_name FROM pg_replication_slots "
                       "WHERE database = current_database()"),
              IsEmpty());
}

}  // namespace
}  // namespace freehold::test

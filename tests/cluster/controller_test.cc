// The controller as a process: it starts, leads, works, answers probes, and goes.
#include <gmock/gmock.h>
#include <signal.h>

#include "named_bus.h"
#include "operator_world.h"
#include "program.h"

namespace freehold::test {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

bool IsReady(OperatorWorld& world, const std::string& name) { return StatusOf(world.Get(name), "Ready") == "True"; }

std::string Holder() {
  const kube::ResourceType leases{"coordination.k8s.io", "v1", "leases", "Lease", true};
  const auto lease = Cluster::Instance().admin().Get(leases, {Cluster::kNamespace, "freehold"});
  return lease ? (*lease)["spec"].value("holderIdentity", "") : "";
}

TEST(ControllerProcess, MakesStoresMendsDriftAndRotates) {
  OperatorWorld world;
  ControllerProgram controller;
  ASSERT_TRUE(controller.AwaitReady(seconds(30))) << controller.log();
  world.Apply("orders", R"({"publishes": [{"event": "OrderConfirmed"}]})");
  ASSERT_TRUE(Await(seconds(60), [&] { return IsReady(world, "orders"); })) << controller.log();
  EXPECT_TRUE(Opens(world.LoginOf("orders.freehold")));

  world.Sql("GRANT CONNECT ON DATABASE " + world.ns + "_orders_db TO PUBLIC");
  EXPECT_TRUE(Await(seconds(30), [&] {
    return world.Sql("SELECT has_database_privilege('public', '" + world.ns + "_orders_db', 'CONNECT')").front() == "f";
  })) << controller.log();

  const std::string before = world.LoginOf("orders.freehold");
  const auto rotated =
      RunFreehold({"rotate", world.ns + "/orders", "--kubeconfig", std::getenv("FREEHOLD_TEST_KUBECONFIG")});
  EXPECT_EQ(rotated.code, 0) << rotated.err;
  EXPECT_NE(world.LoginOf("orders.freehold"), before);
  EXPECT_TRUE(Opens(world.LoginOf("orders.freehold")));
  EXPECT_TRUE(Opens(before));
  const std::string password = world.Secret("orders.freehold")["password"];
  EXPECT_THAT(controller.log(), Not(HasSubstr(password)));
}

TEST(ControllerProcess, LinksAConsumerAsSoonAsItsPublisherIsThere) {
  OperatorWorld world;
  ControllerProgram controller;
  ASSERT_TRUE(controller.AwaitReady(seconds(30))) << controller.log();
  world.Apply("payments", R"({"consumes": [{"event": "OrderConfirmed", "from": ")" + world.ns + R"(-orders"}]})");
  ASSERT_TRUE(Await(seconds(60), [&] { return IsReady(world, "payments"); })) << controller.log();
  world.Apply("orders", R"({"isolation": "Schema", "publishes": [{"event": "OrderConfirmed"}]})");
  ASSERT_TRUE(Await(seconds(60), [&] { return StatusOf(world.Get("payments"), "EventsReady") == "True"; }))
      << controller.log();
  Query(world.LoginOf("orders.freehold"),
        "INSERT INTO outbox (aggregatetype, aggregateid, type) VALUES ('Order', '4711', 'OrderConfirmed')");
  const auto arrived = [&] { return Query(world.LoginOf("payments.freehold"), "SELECT aggregateid FROM inbox"); };
  EXPECT_TRUE(Await(seconds(30), [&] { return arrived() == std::vector<std::string>{"4711"}; })) << controller.log();

  const char* admin = std::getenv("FREEHOLD_TEST_KUBECONFIG");
  const auto behind = RunFreehold({"events", "--lag", "-o", "json", "--kubeconfig", admin});
  EXPECT_EQ(behind.code, 0) << behind.out << behind.err;
  EXPECT_THAT(behind.out, testing::AllOf(HasSubstr("\"bytes\""), HasSubstr("\"seconds\"")));
  const auto resync = RunFreehold({"events", "resync", world.ns + "/payments", "--kubeconfig", admin});
  EXPECT_EQ(resync.code, 0) << resync.err << controller.log();
  EXPECT_EQ(arrived().size(), 1u);

  NamedBus bus(world.ns);
  world.Apply("orders",
              R"({"isolation": "Schema", "publishes": [{"event": "OrderConfirmed"}], "bus": ")" + world.ns + R"("})");
  const auto bus_is = [&] { return ReasonOf(world.Get("orders"), "EventsReady"); };
  EXPECT_TRUE(Await(seconds(30), [&] { return bus_is() == "BusNotFound"; })) << controller.log();
  bus.Put("{}");
  EXPECT_TRUE(Await(seconds(30), [&] { return bus_is().empty() && bus.Status().publishers == 1; })) << controller.log();
}

TEST(ControllerProcess, AnswersProbesAndMetrics) {
  ControllerProgram controller;
  ASSERT_TRUE(controller.AwaitReady(seconds(30))) << controller.log();
  EXPECT_TRUE(controller.Probe("/healthz"));
  std::optional<std::string> metrics;
  // Requests are counted from the first reply on.
  ASSERT_TRUE(Await(seconds(30), [&] {
    metrics = controller.Metrics();
    return metrics && metrics->find("rest_client_requests_total") != std::string::npos;
  }));
  for (const char* name : {"controller_runtime_reconcile_total", "controller_runtime_reconcile_errors_total",
                           "controller_runtime_active_workers", "workqueue_depth", "workqueue_adds_total",
                           "leader_election_master_status", "rest_client_requests_total",
                           "process_resident_memory_bytes", "freehold_build_info", "freehold_sql_round_trips_total",
                           "freehold_connectors_troubled", "freehold_stores{condition=\"Isolated\",status=\"False\"}",
                           "freehold_policy_exception_next_expiry_timestamp_seconds"}) {
    EXPECT_THAT(*metrics, HasSubstr(name));
  }
}

TEST(ControllerProcess, EndsWithinThirtySecondsAndLeavesTheLeaseFree) {
  ControllerProgram controller;
  ASSERT_TRUE(Await(seconds(60), [&] { return controller.log().find("leading") != std::string::npos; }))
      << controller.log();
  controller.Signal(SIGTERM);
  EXPECT_EQ(controller.AwaitExit(seconds(30)), 0) << controller.log();
  EXPECT_EQ(Holder(), "");
}

TEST(ControllerProcess, ASecondReplicaTakesOverWhenTheFirstGoes) {
  OperatorWorld world;
  ControllerProgram first;
  ASSERT_TRUE(Await(seconds(60), [&] { return first.log().find("leading") != std::string::npos; })) << first.log();
  ControllerProgram second;
  ASSERT_TRUE(second.AwaitReady(seconds(30))) << second.log();
  EXPECT_EQ(second.log().find("leading"), std::string::npos);
  first.Signal(SIGTERM);
  EXPECT_EQ(first.AwaitExit(seconds(30)), 0) << first.log();
  world.Apply("orders", "{}");
  EXPECT_TRUE(Await(seconds(60), [&] { return IsReady(world, "orders"); })) << second.log();
}

/// Holds statements that define something in a database until it ends.
class Latch {
 public:
  explicit Latch(Session database) : session_(std::move(database)) {
    session_.Query(
        "CREATE SCHEMA latch; CREATE FUNCTION latch.wait() RETURNS event_trigger LANGUAGE plpgsql SET lock_timeout = 0 "
        "AS $$ BEGIN PERFORM pg_advisory_xact_lock(4711); END $$");
    session_.Query("CREATE EVENT TRIGGER latch ON ddl_command_start EXECUTE FUNCTION latch.wait()");
    session_.Query("SELECT pg_advisory_lock(4711)");
  }
  void Open() { session_.Query("SELECT pg_advisory_unlock(4711)"); }
  /// Server processes that it holds.
  std::vector<std::string> Held() {
    return session_.Query("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711 AND NOT granted");
  }

 private:
  Session session_;
};

TEST(ControllerProcess, WhatAFrozenLeaderIsAtEndsBeforeTheNextOneBegins) {
  OperatorWorld world;
  ControllerProgram first;
  ASSERT_TRUE(Await(seconds(60), [&] { return first.log().find("leading") != std::string::npos; })) << first.log();
  world.Apply("orders", "{}");
  ASSERT_TRUE(Await(seconds(60), [&] { return IsReady(world, "orders"); })) << first.log();
  ControllerProgram second;
  ASSERT_TRUE(second.AwaitReady(seconds(30))) << second.log();

  Latch latch(world.SessionIn(world.ns + "_orders_db"));
  world.Apply("orders", R"({"publishes": [{"event": "OrderConfirmed"}]})");
  std::vector<std::string> held;
  ASSERT_TRUE(Await(seconds(30), [&] { return !(held = latch.Held()).empty(); })) << first.log();
  first.Signal(SIGSTOP);
  ASSERT_TRUE(Await(seconds(60), [&] {
    const auto now = latch.Held();
    return now.size() == 1 && now != held;
  })) << second.log();
  EXPECT_THAT(world.Sql("SELECT pid FROM pg_stat_activity WHERE pid = " + held.front()), testing::IsEmpty());
  latch.Open();
  ASSERT_TRUE(Await(seconds(60), [&] { return world.Get("orders").status.observed_generation == 2; })) << second.log();

  const auto version = world.Get("orders").meta.resource_version;
  const auto catalog = [&] {
    return world.Sql("SELECT md5(string_agg(oid::text || xmin::text, ',' ORDER BY oid)) FROM pg_class",
                     world.ns + "_orders_db");
  };
  const auto before = catalog();
  first.Signal(SIGCONT);
  EXPECT_EQ(first.AwaitExit(seconds(30)), 1) << first.log();
  EXPECT_THAT(first.log(), HasSubstr("the lease is lost"));
  EXPECT_EQ(catalog(), before);
  EXPECT_EQ(world.Get("orders").meta.resource_version, version);
}

TEST(ControllerProcess, ATenantThatHoldsWhatIsItsKeepsNobodyElseFromTheirs) {
  OperatorWorld world(18);
  ControllerProgram controller;
  world.Apply("orders", R"({"isolation": "Schema", "publishes": [{"event": "OrderConfirmed"}]})");
  ASSERT_TRUE(Await(seconds(60), [&] { return IsReady(world, "orders"); })) << controller.log();
  Session tenant(world.LoginOf("orders.freehold"));
  tenant.Query("CREATE TABLE lines (id int); SELECT pg_advisory_lock(hashtextextended('freehold schema', 0))");
  tenant.Query("BEGIN");
  tenant.Query("DROP TABLE outbox; LOCK TABLE lines; COMMENT ON SCHEMA " + world.ns + "_orders IS 'mine'");

  world.Apply("payments", R"({"isolation": "Schema", "publishes": [{"event": "PaymentMade"}], "consumes": [
      {"event": "OrderConfirmed", "from": ")" +
                              world.ns + R"(-orders"}]})");
  world.Apply("stock", R"({"isolation": "Schema", "publishes": [{"event": "StockMoved"}]})");
  for (const auto* name : {"stock", "payments"}) {
    EXPECT_TRUE(Await(seconds(60), [&] { return !world.Secret(std::string(name) + ".freehold").empty(); }))
        << controller.log();
    EXPECT_TRUE(Opens(world.LoginOf(std::string(name) + ".freehold")));
  }
  EXPECT_TRUE(Await(seconds(30), [&] { return IsReady(world, "stock"); })) << controller.log();
  tenant.Query("ROLLBACK");
  EXPECT_TRUE(Await(seconds(60), [&] { return StatusOf(world.Get("payments"), "EventsReady") == "True"; }))
      << controller.log();
}

TEST(ControllerProcess, AnUnreachableServerHealsByItselfAndOthersDontNotice) {
  OperatorWorld broken(15, R"({"port": 1})");
  OperatorWorld sound;
  ControllerProgram controller;
  broken.Apply("orders", "{}");
  sound.Apply("orders", "{}");
  EXPECT_TRUE(Await(seconds(60), [&] { return IsReady(sound, "orders"); })) << controller.log();
  EXPECT_EQ(ReasonOf(broken.Get("orders"), "Ready"), "ServerUnreachable");
  const auto patched = Cluster::Instance().admin().JsonPatch(
      api::DatabaseServerType(), {"", broken.server},
      base::Json::array({{{"op", "replace"}, {"path", "/spec/port"}, {"value", broken.postgres.port}}}), "");
  ASSERT_TRUE(patched) << patched.error().message;
  EXPECT_TRUE(Await(seconds(60), [&] { return IsReady(broken, "orders"); })) << controller.log();
}

}  // namespace
}  // namespace freehold::test

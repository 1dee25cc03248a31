// What a user of ServiceDatabase sees, on a real API server with the chart's RBAC and a real PostgreSQL.
#include <gmock/gmock.h>

#include "operator_world.h"

namespace freehold::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;

constexpr const char* kSecret = "orders.freehold";

TEST(Store, IsReadyWithASecretThatOpensItAndNothingElse) {
  OperatorWorld world;
  world.Apply("orders", R"({"publishes": [{"event": "OrderConfirmed"}]})");
  world.Apply("payments", "{}");
  world.Start()->Settle();
  const auto orders = world.Get("orders");
  EXPECT_EQ(StatusOf(orders, "Ready"), "True");
  EXPECT_EQ(StatusOf(orders, "Isolated"), "True");
  EXPECT_EQ(StatusOf(orders, "Reconciling"), "");
  EXPECT_EQ(orders.status.observed_generation, orders.meta.generation);
  EXPECT_EQ(orders.status.binding, kSecret);
  EXPECT_TRUE(Opens(world.LoginOf(kSecret)));
  EXPECT_FALSE(Opens(world.LoginOf(kSecret, world.ns + "_payments_db")));
  EXPECT_FALSE(Opens(world.LoginOf(kSecret, "postgres")));
  EXPECT_FALSE(Opens(world.LoginOf(kSecret, "template1")));
}

TEST(Store, TakesThreeApiWritesAndAnUnchangedWorldNone) {
  OperatorWorld world;
  world.Start()->Settle();
  world.Apply("orders", "{}");
  auto first = world.Start();
  first->Settle();
  auto second = world.Start();
  second->Settle();
  EXPECT_EQ(second->effects(), 0);
  EXPECT_THAT(first->told(), IsEmpty());
}

TEST(Store, InASchemaKeepsOthersOfTheSameDatabaseOut) {
  OperatorWorld world;
  world.Apply("orders", R"({"isolation": "Schema"})");
  world.Apply("payments", R"({"isolation": "Schema"})");
  world.Start()->Settle();
  ASSERT_EQ(StatusOf(world.Get("orders"), "Ready"), "True");
  Query(world.LoginOf("payments.freehold"), "CREATE TABLE refund (id int)");
  EXPECT_THROW(Query(world.LoginOf(kSecret), "SELECT * FROM " + world.ns + "_payments.refund"), std::exception);
}

TEST(Store, OfAnOlderObjectIsNotTakenByALaterOne) {
  OperatorWorld world;
  world.Apply("orders", R"({"name": ")" + world.ns + R"(_one"})");
  world.Start()->Settle();
  world.Apply("thief", R"({"name": ")" + world.ns + R"(_one"})");
  world.Start()->Settle();
  const auto thief = world.Get("thief");
  EXPECT_EQ(StatusOf(thief, "Stalled"), "True");
  EXPECT_EQ(ReasonOf(thief, "Ready"), "StoreOwnedByAnother");
  EXPECT_THAT(world.Secret("thief.freehold"), IsEmpty());
  EXPECT_TRUE(thief.meta.finalizers.empty());
  world.Delete("thief");
  world.Start()->Settle();
  EXPECT_TRUE(Opens(world.LoginOf(kSecret)));
}

TEST(Store, ThatExistsIsTakenOverOnlyWhenAsked) {
  OperatorWorld world;
  world.Sql("CREATE DATABASE " + world.ns + "_orders_db");
  world.Sql("CREATE TABLE public.legacy (id int)", world.ns + "_orders_db");
  world.Apply("orders", "{}");
  world.Start()->Settle();
  EXPECT_EQ(ReasonOf(world.Get("orders"), "Stalled"), "StoreExists");
  world.Apply("orders", R"({"adopt": true})");
  world.Start()->Settle();
  EXPECT_EQ(StatusOf(world.Get("orders"), "Ready"), "True");
  Query(world.LoginOf(kSecret), "INSERT INTO legacy VALUES (1)");
}

/// Does something once, right before the first effect of that verb.
class Meddler final : public runtime::GateObserver {
 public:
  Meddler(std::string verb, std::function<void()> act) : verb_(std::move(verb)), act_(std::move(act)) {}
  void Before(const runtime::Effect& effect) override {
    if (effect.verb == verb_ && act_) std::exchange(act_, nullptr)();
  }
  void After(const runtime::Effect&, std::chrono::steady_clock::duration, const base::Failure*) override {}

 private:
  const std::string verb_;
  std::function<void()> act_;
};

TEST(Store, IsNotTakenFromWhoCameBetweenTheLookAndTheStep) {
  OperatorWorld world;
  world.Start()->Settle();
  world.Apply("orders", "{}");
  world.Apply("billing", R"({"isolation": "Schema"})");
  const std::string role = world.ns + "_orders_db_owner", schema = world.ns + "_billing";
  Meddler with_role("prepare-roles", [&] { world.Sql("CREATE ROLE " + role + " VALID UNTIL '2001-01-01'"); });
  Meddler with_schema("make-schema", [&] { world.Sql("CREATE SCHEMA " + schema, world.ns + "_apps"); });
  world.Start(&with_role)->Pass("orders");
  world.Start(&with_schema)->Pass("billing");
  EXPECT_EQ(ReasonOf(world.Get("orders"), "Stalled"), "StoreExists");
  EXPECT_EQ(ReasonOf(world.Get("billing"), "Stalled"), "StoreExists");
  EXPECT_THAT(world.Sql("SELECT extract(year FROM rolvaliduntil)::text FROM pg_roles WHERE rolname = '" + role + "'"),
              ElementsAre("2001"));
  EXPECT_THAT(world.Sql("SELECT count(*)::text FROM pg_database WHERE datname = '" + world.ns + "_orders_db'"),
              ElementsAre("0"));
  world.Sql("DROP ROLE " + role);
}

TEST(Store, OfAnotherClusterIsNotTakenEvenWhenAsked) {
  OperatorWorld world;
  world.Apply("orders", "{}");
  world.Start()->Settle();
  // The same server seen by a cluster that was restored: the object there has another UID.
  auto removed = world.Get("orders");
  Cluster::Instance().admin().JsonPatch(api::ServiceDatabaseType(), {world.ns, "orders"},
                                        base::Json::array({{{"op", "remove"}, {"path", "/metadata/finalizers"}}}), "");
  world.Delete("orders");
  world.DeleteSecret(kSecret);
  world.Apply("orders", R"({"adopt": true})");
  world.Start()->Settle();
  EXPECT_EQ(ReasonOf(world.Get("orders"), "Stalled"), "StoreOwnedByAnother");

  // What docs/operations.md tells an administrator to do whose cluster is lost.
  world.Sql("COMMENT ON DATABASE " + world.ns + "_orders_db IS NULL");
  for (const auto* role : {"owner", "a", "b"})
    world.Sql("COMMENT ON ROLE " + world.ns + "_orders_db_" + role + " IS NULL");
  world.clock.Advance(std::chrono::minutes(10));
  world.Start()->Settle();
  EXPECT_EQ(StatusOf(world.Get("orders"), "Ready"), "True") << ReasonOf(world.Get("orders"), "Ready");
  EXPECT_TRUE(Opens(world.LoginOf(kSecret)));
}

TEST(Secret, OfTheSameNameThatIsNotOursIsNeverTouched) {
  OperatorWorld world;
  Cluster::Instance().admin().Create(credentials::SecretType(), world.ns,
                                     {{"metadata", {{"name", kSecret}}}, {"stringData", {{"mine", "yes"}}}});
  world.Apply("orders", "{}");
  world.Start()->Settle();
  EXPECT_EQ(ReasonOf(world.Get("orders"), "Ready"), "SecretNotOurs");
  EXPECT_EQ(world.Secret(kSecret)["mine"], "yes");
}

TEST(Secret, ThatIsLostIsRemadeAndTheOldCredentialGoesOnWorking) {
  OperatorWorld world;
  world.Apply("orders", "{}");
  world.Start()->Settle();
  const std::string before = world.LoginOf(kSecret);
  world.DeleteSecret(kSecret);
  world.Start()->Settle();
  EXPECT_TRUE(Opens(world.LoginOf(kSecret)));
  EXPECT_NE(world.LoginOf(kSecret), before);
  EXPECT_TRUE(Opens(before));
}

TEST(Rotation, GivesANewLoginAndClosesTheOldOneAfterTheOverlap) {
  OperatorWorld world;
  world.Apply("orders", R"({"credentials": {"rotateEvery": "720h", "overlap": "24h"}})");
  world.Start()->Settle();
  const std::string first = world.LoginOf(kSecret);
  world.clock.Advance(std::chrono::hours(721));
  world.Start()->Settle();
  const std::string second = world.LoginOf(kSecret);
  EXPECT_NE(first, second);
  EXPECT_TRUE(Opens(first));
  EXPECT_TRUE(Opens(second));
  EXPECT_TRUE(world.Get("orders").status.credentials->phase == api::CredentialPhase::kDraining);
  world.clock.Advance(std::chrono::hours(25));
  world.Start()->Settle();
  EXPECT_FALSE(Opens(first));
  EXPECT_TRUE(Opens(second));
  EXPECT_TRUE(world.Get("orders").status.credentials->phase == api::CredentialPhase::kStable);
}

TEST(Rotation, KeepsWhatTheServiceMade) {
  OperatorWorld world;
  world.Apply("orders", "{}");
  world.Start()->Settle();
  Query(world.LoginOf(kSecret), "CREATE TABLE t (id int); INSERT INTO t VALUES (7)");
  world.Annotate("orders", api::kRotateAnnotation, "please");
  world.Start()->Settle();
  EXPECT_THAT(Query(world.LoginOf(kSecret), "INSERT INTO t VALUES (8); SELECT id FROM t ORDER BY id"),
              ElementsAre("7", "8"));
}

TEST(Drift, AGrantToAStrangerIsRevokedAndTold) {
  OperatorWorld world;
  world.Apply("orders", "{}");
  world.Apply("payments", "{}");
  world.Start()->Settle();
  world.Sql("GRANT CONNECT ON DATABASE " + world.ns + "_orders_db TO " + world.ns + "_payments_db_a");
  auto repairer = world.Start();
  repairer->Settle();
  EXPECT_THAT(repairer->told(), Contains(HasSubstr("DriftRepaired")));
  EXPECT_FALSE(Opens(world.LoginOf("payments.freehold", world.ns + "_orders_db")));
  EXPECT_EQ(StatusOf(world.Get("orders"), "Isolated"), "True");
}

TEST(Drift, ADroppedOutboxIsRemade) {
  OperatorWorld world;
  world.Apply("orders", R"({"publishes": [{"event": "OrderConfirmed"}]})");
  world.Start()->Settle();
  world.Sql("DROP TABLE " + world.ns + "_orders.outbox", world.ns + "_orders_db");
  world.Start()->Settle();
  EXPECT_NO_THROW(Query(
      world.LoginOf(kSecret),
      "INSERT INTO outbox (aggregatetype, aggregateid, type, payload) VALUES ('Order', '1', 'OrderConfirmed', '{}')"));
}

TEST(Drift, AnAlteredPasswordIsPutRightFromTheSecret) {
  OperatorWorld world;
  world.Apply("orders", "{}");
  world.Start()->Settle();
  world.Sql("ALTER ROLE " + world.ns + "_orders_db_a PASSWORD 'hunter2hunter2'");
  EXPECT_FALSE(Opens(world.LoginOf(kSecret)));
  world.Start()->Settle();
  EXPECT_TRUE(Opens(world.LoginOf(kSecret)));
}

TEST(Deletion, RetainsTheDataAndEndsEveryLogin) {
  OperatorWorld world;
  world.Apply("orders", "{}");
  world.Start()->Settle();
  const std::string login = world.LoginOf(kSecret);
  Query(login, "CREATE TABLE kept (id int)");
  world.Start()->Settle();
  world.Delete("orders");
  world.Start()->Settle();
  EXPECT_FALSE(world.Exists("orders"));
  EXPECT_FALSE(Opens(login));
  EXPECT_THAT(world.Sql("SELECT 1 FROM pg_class WHERE relname = 'kept'", world.ns + "_orders_db"), ElementsAre("1"));
  world.DeleteSecret(kSecret);  // The work of Kubernetes' garbage collector, which takes its time in a new cluster.
  world.Apply("orders", "{}");
  world.Start()->Settle();
  EXPECT_EQ(ReasonOf(world.Get("orders"), "Stalled"), "StoreExists");
  world.Apply("orders", R"({"adopt": true})");
  world.Start()->Settle();
  EXPECT_NO_THROW(Query(world.LoginOf(kSecret), "SELECT * FROM kept"));
}

TEST(Deletion, WithDataIsRefusedWhileSomebodyConsumes) {
  OperatorWorld world;
  world.Apply("orders", R"({"service": "orders", "name": ")" + world.ns +
                            R"(_o", "deletionPolicy": "Delete", "publishes": [{"event": "OrderConfirmed"}]})");
  world.Apply("payments", R"({"consumes": [{"event": "OrderConfirmed", "from": "orders"}]})");
  world.Start()->Settle();
  world.Delete("orders");
  world.Start()->Settle();
  ASSERT_TRUE(world.Exists("orders"));
  EXPECT_EQ(ReasonOf(world.Get("orders"), "Reconciling"), "ConsumersRemain");
  world.Annotate("orders", api::kConfirmDeleteAnnotation, "orders");
  world.Start()->Settle();
  EXPECT_FALSE(world.Exists("orders"));
  EXPECT_THAT(world.Sql("SELECT 1 FROM pg_database WHERE datname = '" + world.ns + "_o'"), IsEmpty());
}

TEST(Paused, NothingIsTouchedAndItIsShown) {
  OperatorWorld world;
  world.Apply("orders", "{}");
  world.Annotate("orders", api::kPausedAnnotation, "true");
  world.Start()->Settle();
  EXPECT_EQ(StatusOf(world.Get("orders"), "Paused"), "True");
  EXPECT_THAT(world.Secret(kSecret), IsEmpty());
  world.Annotate("orders", api::kPausedAnnotation, "false");
  world.Start()->Settle();
  EXPECT_EQ(StatusOf(world.Get("orders"), "Ready"), "True");
}

TEST(Outbox, GetsItsPartitionsAsTimePasses) {
  OperatorWorld world;
  world.Apply("orders", R"({"publishes": [{"event": "OrderConfirmed"}]})");
  world.Start()->Settle();
  const std::string last =
      "SELECT max(inhrelid::regclass::text) FROM pg_inherits WHERE inhrelid::regclass::text NOT LIKE '%default' "
      "AND inhparent = '" +
      world.ns + "_orders.outbox'::regclass";
  const auto before = world.Sql(last, world.ns + "_orders_db");
  world.clock.Advance(std::chrono::hours(24 * 9));
  world.Start()->Settle();
  EXPECT_NE(world.Sql(last, world.ns + "_orders_db"), before);
  EXPECT_NO_THROW(Query(
      world.LoginOf(kSecret),
      "INSERT INTO outbox (aggregatetype, aggregateid, type, payload) VALUES ('Order', '1', 'OrderConfirmed', '{}')"));
}

TEST(Outbox, TakesNoEventThatIsNotDeclaredAndShowsNothing) {
  OperatorWorld world;
  world.Apply("orders", R"({"publishes": [{"event": "OrderConfirmed"}]})");
  world.Start()->Settle();
  EXPECT_THROW(Query(world.LoginOf(kSecret),
                     "INSERT INTO outbox (aggregatetype, aggregateid, type) VALUES ('Order', '1', 'Made up')"),
               std::exception);
  EXPECT_THROW(Query(world.LoginOf(kSecret), "SELECT * FROM outbox"), std::exception);
  EXPECT_THROW(Query(world.LoginOf(kSecret), "DELETE FROM outbox"), std::exception);
}

TEST(TablesMode, IsRefusedByThePolicyUnlessItIsAnExceptionThatHasNotEnded) {
  OperatorWorld world(15, R"({"isolation": ["Tables", "Database"]})");
  const kube::Name policy{"", world.ns};
  const auto exception = [&](const std::string& until) {
    const auto applied = Cluster::Instance().admin().Apply(
        api::DataPolicyType(), policy,
        {{"apiVersion", "freehold.dev/v1alpha1"},
         {"kind", "DataPolicy"},
         {"metadata", {{"name", world.ns}}},
         {"spec",
          {{"namespaces", {{"matchLabels", {{"kubernetes.io/metadata.name", world.ns}}}}},
           {"minimumIsolation", "Schema"},
           {"exceptions", base::Json::array({{{"service", world.ns + "/monolith"},
                                              {"isolation", "Tables"},
                                              {"until", until},
                                              {"reason", "taken apart"}}})}}}},
        "test", "");
    ASSERT_TRUE(applied) << applied.error().message;
  };
  exception("2020-01-01");
  world.Apply("monolith", R"({"isolation": "Tables", "owns": [{"aggregate": "Session", "tables": ["sessions"]}]})");
  world.Start()->Settle();
  EXPECT_EQ(ReasonOf(world.Get("monolith"), "Stalled"), "PolicyExceptionExpired");
  exception("2099-01-01");
  world.Start()->Settle();
  EXPECT_EQ(StatusOf(world.Get("monolith"), "Ready"), "True");
  EXPECT_NO_THROW(
      Query(world.LoginOf("monolith.freehold"), "CREATE TABLE sessions (id int); INSERT INTO sessions VALUES (1)"));
  ASSERT_TRUE(Cluster::Instance().admin().Delete(api::DataPolicyType(), policy, ""));
}

TEST(Drift, IsOnlyReportedWhereThePolicySaysSo) {
  OperatorWorld world;
  const auto applied = Cluster::Instance().admin().Apply(
      api::DataPolicyType(), {"", world.ns},
      {{"apiVersion", "freehold.dev/v1alpha1"},
       {"kind", "DataPolicy"},
       {"metadata", {{"name", world.ns}}},
       {"spec", {{"namespaces", {{"matchLabels", {{"kubernetes.io/metadata.name", world.ns}}}}}, {"drift", "Report"}}}},
      "test", "");
  ASSERT_TRUE(applied) << applied.error().message;
  world.Apply("orders", "{}");
  world.Start()->Settle();
  world.Sql("GRANT CONNECT ON DATABASE " + world.ns + "_orders_db TO PUBLIC");
  auto reporter = world.Start();
  reporter->Settle();
  EXPECT_THAT(reporter->told(), IsSupersetOf({HasSubstr("Drifted"), HasSubstr("ForeignAccess")}));
  auto later = world.Start();
  later->Settle();
  EXPECT_THAT(later->told(), IsEmpty()) << "nothing new";
  EXPECT_EQ(StatusOf(world.Get("orders"), "Drifted"), "True");
  EXPECT_EQ(StatusOf(world.Get("orders"), "Isolated"), "False");
  EXPECT_EQ(StatusOf(world.Get("orders"), "Ready"), "True");
  EXPECT_EQ(world.Sql("SELECT has_database_privilege('public', '" + world.ns + "_orders_db', 'CONNECT')").front(), "t");
  world.Sql("DROP DATABASE " + world.ns + "_orders_db WITH (FORCE)");
  world.Start()->Settle();
  EXPECT_EQ(StatusOf(world.Get("orders"), "Ready"), "False");
  EXPECT_EQ(StatusOf(world.Get("orders"), "Isolated"), "Unknown");
  ASSERT_TRUE(Cluster::Instance().admin().Delete(api::DataPolicyType(), {"", world.ns}, ""));
  world.Start()->Settle();
  EXPECT_EQ(StatusOf(world.Get("orders"), "Ready"), "True");
  EXPECT_EQ(StatusOf(world.Get("orders"), "Drifted"), "");
  EXPECT_EQ(StatusOf(world.Get("orders"), "Isolated"), "True");
}

TEST(Server, ThatComesBackMakesItsStoresReadyAgain) {
  OperatorWorld world;
  world.Apply("orders", "{}");
  world.Start()->Settle();
  const auto port = [&](int number) {
    const auto patched = Cluster::Instance().admin().JsonPatch(
        api::DatabaseServerType(), {"", world.server},
        base::Json::array({{{"op", "replace"}, {"path", "/spec/port"}, {"value", number}}}), "");
    ASSERT_TRUE(patched) << patched.error().message;
  };
  port(1);
  world.Start()->Settle();
  EXPECT_EQ(StatusOf(world.Get("orders"), "Ready"), "Unknown");
  EXPECT_EQ(StatusOf(world.Get("orders"), "Isolated"), "Unknown");
  port(world.postgres.port);
  world.Start()->Settle();
  EXPECT_EQ(StatusOf(world.Get("orders"), "Ready"), "True");
  EXPECT_EQ(StatusOf(world.Get("orders"), "Isolated"), "True");
  EXPECT_EQ(StatusOf(world.Get("orders"), "Reconciling"), "");
}

TEST(Server, ThatCannotBeReachedIsACondition) {
  OperatorWorld world(15, R"({"port": 1})");
  world.Apply("orders", "{}");
  world.Start()->Settle();
  const auto orders = world.Get("orders");
  EXPECT_EQ(ReasonOf(orders, "Ready"), "ServerUnreachable");
  EXPECT_EQ(StatusOf(orders, "Reconciling"), "True");
  EXPECT_EQ(StatusOf(orders, "Stalled"), "");
  EXPECT_EQ(StatusOf(orders, "Isolated"), "Unknown");
}

}  // namespace
}  // namespace freehold::test

// What a user of ServiceDatabase sees, on a real API server with the chart's RBAC and a real PostgreSQL.
#include <gmock/gmock.h>

#include "await.h"
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
  ASSERT_TRUE(Cluster::Instance().admin().Delete(api::DataPolicyType(), {"", world.ns}, ""));
  world.Start()->Settle();
  EXPECT_EQ(StatusOf(world.Get("orders"), "Drifted"), "");
  EXPECT_EQ(StatusOf(world.Get("orders"), "Isolated"), "True");
}

TEST(Events, ThatNobodyPublishesAreShownAndTheStoreIsReadyAllTheSame) {
  OperatorWorld world;
  world.Apply("payments", R"({"consumes": [{"event": "OrderConfirmed", "from": "orders"}]})");
  world.Start()->Settle();
  EXPECT_EQ(StatusOf(world.Get("payments"), "Ready"), "True");
  EXPECT_EQ(ReasonOf(world.Get("payments"), "EventsReady"), "EventNotPublished");
  world.Apply("orders",
              R"({"service": "orders", "name": ")" + world.ns + R"(_o", "publishes": [{"event": "OrderConfirmed"}]})");
  world.Start()->Settle();
  const auto payments = world.Get("payments");
  EXPECT_EQ(StatusOf(payments, "Ready"), "True");
  EXPECT_EQ(ReasonOf(payments, "EventsReady"), "EventsFlow");
}

class SharedEvents : public testing::Test {
 protected:
  explicit SharedEvents(std::string isolation = "Schema", OperatorWorld::Admin admin = OperatorWorld::Admin::kSuperuser)
      : isolation_(std::move(isolation)), world(15, "{}", admin) {}

  /// `to` are names of ServiceDatabases.
  void Publish(const std::string& to) {
    world.Apply("orders", R"({"isolation": ")" + isolation_ +
                              R"(", "publishes": [{"event": "OrderConfirmed", "to": [")" + world.ns + "-" + to +
                              R"("]}]})");
  }
  void Consume(const std::string& name) {
    world.Apply(name, R"({"isolation": ")" + isolation_ + R"(", "consumes": [{"event": "OrderConfirmed", "from": ")" +
                          world.ns + R"(-orders"}]})");
  }
  void Insert(const std::string& order) {
    Query(world.LoginOf(kSecret), "INSERT INTO outbox (aggregatetype, aggregateid, type, payload) VALUES ('Order', '" +
                                      order + "', 'OrderConfirmed', '{}')");
  }
  std::vector<std::string> Arrived(const std::string& name) {
    return Query(world.LoginOf(name + ".freehold"), "SELECT aggregateid FROM inbox ORDER BY position");
  }

  const std::string isolation_;
  OperatorWorld world;
};

TEST_F(SharedEvents, ArriveInTheInboxOfWhoIsOfferedThemAndOfNobodyElse) {
  Consume("payments");
  Consume("nosy");
  world.Start()->Settle();
  EXPECT_EQ(ReasonOf(world.Get("payments"), "EventsReady"), "EventNotPublished");
  Publish("payments");
  world.Start()->Settle();
  const auto payments = world.Get("payments");
  EXPECT_EQ(StatusOf(payments, "EventsReady"), "True");
  EXPECT_EQ(StatusOf(payments, "Isolated"), "True");
  EXPECT_EQ(StatusOf(world.Get("orders"), "Isolated"), "True");
  ASSERT_EQ(payments.status.consumes.size(), 1u);
  EXPECT_EQ(payments.status.consumes[0].state, "Streaming");
  EXPECT_EQ(payments.status.consumes[0].transport, "Trigger");
  EXPECT_EQ(ReasonOf(world.Get("nosy"), "EventsReady"), "EventNotOffered");
  Insert("4711");
  EXPECT_THAT(Arrived("payments"), ElementsAre("4711"));
  EXPECT_THAT(Arrived("nosy"), IsEmpty());
  auto at_rest = world.Start();
  at_rest->Settle();
  EXPECT_EQ(at_rest->effects(), 0);
}

TEST_F(SharedEvents, AreKeptInACopyThatIsTheServicesToRead) {
  const auto consume = [&](const std::string& columns, const std::string& more = "") {
    world.Apply("payments",
                R"({"isolation": "Schema", "consumes": [{"event": "OrderConfirmed", "from": ")" + world.ns +
                    R"(-orders", "pattern": "ReadModel", "startFrom": "Earliest", "into": {"table": "open_orders",
       "key": "id", "columns": [{"name": "id", "path": "aggregateid"}, )" +
                    columns + "]" + more + "}}]}");
  };
  const auto insert = [&](const std::string& order, const std::string& payload) {
    Query(world.LoginOf(kSecret), "INSERT INTO outbox (aggregatetype, aggregateid, type, payload) VALUES ('Order', '" +
                                      order + "', 'OrderConfirmed', '" + payload + "')");
  };
  const auto copied = [&](const std::string& column) {
    return Query(world.LoginOf("payments.freehold"), "SELECT " + column + "::text FROM open_orders ORDER BY id");
  };
  const auto settle = [&] {
    auto passes = world.Start();
    passes->Settle();
    auto at_rest = world.Start();
    at_rest->Settle();
    EXPECT_EQ(at_rest->effects(), 0);
    return world.Get("payments");
  };
  Publish("payments");
  consume(R"({"name": "total", "path": "$.total", "type": "numeric"})");
  auto payments = settle();
  EXPECT_EQ(StatusOf(payments, "Ready"), "True");
  EXPECT_EQ(StatusOf(payments, "EventsReady"), "True");
  EXPECT_EQ(StatusOf(payments, "Isolated"), "True");
  ASSERT_EQ(payments.status.consumes.size(), 1u);
  EXPECT_EQ(payments.status.consumes[0].into, (api::ProjectionStatus{"open_orders", "Current"}));
  insert("1", R"({"total": 12.50, "lines": 2})");
  insert("2", R"({"total": "n/a", "lines": 3})");
  EXPECT_THAT(copied("total"), ElementsAre("12.50"));
  EXPECT_THROW(Query(world.LoginOf("payments.freehold"), "UPDATE open_orders SET total = 0"), std::exception);
  EXPECT_THROW(Query(world.LoginOf(kSecret), "SELECT * FROM " + world.ns + "_payments.open_orders"), std::exception);

  consume(
      R"({"name": "total", "path": "$.total", "type": "numeric"}, {"name": "lines", "path": "$.lines", "type": "integer"})");
  payments = settle();
  EXPECT_EQ(StatusOf(payments, "Ready"), "True");
  EXPECT_EQ(ReasonOf(payments, "EventsReady"), "EventsNotApplied");
  ASSERT_TRUE(payments.status.consumes[0].into);
  EXPECT_EQ(payments.status.consumes[0].into->failed_events, 1);
  EXPECT_EQ(payments.status.consumes[0].into->last_error, "the value for total does not fit its type (SQLSTATE 22P02)");
  EXPECT_TRUE(payments.status.consumes[0].into->behind_since);
  EXPECT_THAT(copied("lines"), ElementsAre("2"));

  consume(R"({"name": "total", "path": "$.total"}, {"name": "lines", "path": "$.lines", "type": "integer"})");
  payments = settle();
  EXPECT_EQ(StatusOf(payments, "EventsReady"), "True");
  EXPECT_EQ(payments.status.consumes[0].into, (api::ProjectionStatus{"open_orders", "Current"}));
  EXPECT_THAT(copied("total"), ElementsAre("12.50", "n/a"));

  Consume("payments");
  payments = settle();
  EXPECT_FALSE(payments.status.consumes[0].into);
  EXPECT_THROW(copied("total"), std::exception);
}

TEST_F(SharedEvents, AreNotKeptUnderANameThatTheServiceHas) {
  Publish("payments");
  Consume("payments");
  world.Start()->Settle();
  Query(world.LoginOf("payments.freehold"), "CREATE TABLE open_orders (mine int)");
  world.Apply("payments", R"({"isolation": "Schema", "consumes": [{"event": "OrderConfirmed", "from": ")" + world.ns +
                              R"(-orders", "into": {"table": "open_orders", "key": "id", "columns": [{"name": "id",
       "path": "aggregateid"}]}}]})");
  world.Start()->Settle();
  EXPECT_EQ(StatusOf(world.Get("payments"), "Ready"), "True");
  EXPECT_EQ(ReasonOf(world.Get("payments"), "EventsReady"), "ProjectionNameTaken");
  EXPECT_THAT(Query(world.LoginOf("payments.freehold"), "SELECT mine FROM open_orders"), IsEmpty());
}

TEST_F(SharedEvents, StopWhenTheOfferIsTakenBackAndWhenTheConsumerGoes) {
  Publish("payments");
  Consume("payments");
  world.Start()->Settle();
  Insert("1");
  Publish("others");
  world.Start()->Settle();
  Insert("2");
  EXPECT_THAT(Arrived("payments"), ElementsAre("1"));
  EXPECT_EQ(ReasonOf(world.Get("payments"), "EventsReady"), "EventNotOffered");
  Publish("payments");
  world.Start()->Settle();
  Insert("3");
  EXPECT_THAT(Arrived("payments"), ElementsAre("1", "3"));
  world.Delete("payments");
  world.Start()->Settle();
  ASSERT_FALSE(world.Exists("payments"));
  Insert("4");
  EXPECT_THAT(world.Sql("SELECT aggregateid FROM freehold." + world.ns + "_payments_inbox ORDER BY position",
                        world.ns + "_apps"),
              ElementsAre("1", "3"));
}

TEST_F(SharedEvents, WayThatSomebodyCutIsMadeAgainAndNothingIsLost) {
  Publish("payments");
  Consume("payments");
  const auto life = world.Start();
  life->Settle();
  world.Sql("ALTER TABLE " + world.ns + "_orders.outbox DISABLE TRIGGER USER", world.ns + "_apps");
  Insert("1");
  world.clock.Advance(std::chrono::minutes(11));
  life->Settle();
  EXPECT_THAT(Arrived("payments"), ElementsAre("1"));
}

class DistantEvents : public SharedEvents {
 protected:
  explicit DistantEvents(OperatorWorld::Admin admin = OperatorWorld::Admin::kManaged)
      : SharedEvents("Database", admin) {}

  std::string Channel() {
    const auto tables = world.Sql("SELECT relname FROM pg_class WHERE relname LIKE '%\\_to\\_%' AND relkind = 'r'",
                                  world.ns + "_orders_db");
    return tables.empty() ? "" : tables.front();
  }
};

TEST_F(DistantEvents, AreBroughtIntoAnotherDatabase) {
  Publish("payments");
  Consume("payments");
  Consume("nosy");
  world.Start()->Settle();
  const auto payments = world.Get("payments");
  EXPECT_EQ(ReasonOf(payments, "EventsReady"), "EventsFlow");
  ASSERT_EQ(payments.status.consumes.size(), 1u);
  EXPECT_EQ(payments.status.consumes[0].state, "Streaming");
  EXPECT_EQ(payments.status.consumes[0].transport, "Polling");
  EXPECT_EQ(ReasonOf(world.Get("nosy"), "EventsReady"), "EventNotOffered");
  Insert("4711");
  world.Start()->Settle();
  EXPECT_THAT(Arrived("payments"), ElementsAre("4711"));
  EXPECT_THAT(Arrived("nosy"), IsEmpty());
  EXPECT_EQ(StatusOf(world.Get("payments"), "Isolated"), "True");
  EXPECT_EQ(StatusOf(world.Get("orders"), "Isolated"), "True");
  auto at_rest = world.Start();
  at_rest->Settle();
  EXPECT_EQ(at_rest->effects(), 0);
}

TEST_F(DistantEvents, StopWhenTheOfferIsTakenBackAndWhenTheConsumerGoes) {
  Publish("payments");
  Consume("payments");
  world.Start()->Settle();
  Publish("others");
  world.Start()->Settle();
  Insert("1");
  world.Start()->Settle();
  EXPECT_THAT(Arrived("payments"), IsEmpty());
  EXPECT_EQ(Channel(), "");
  Publish("payments");
  world.Start()->Settle();
  Insert("2");
  world.Start()->Settle();
  EXPECT_THAT(Arrived("payments"), ElementsAre("2"));
  world.Delete("payments");
  world.Start()->Settle();
  ASSERT_FALSE(world.Exists("payments"));
  EXPECT_EQ(Channel(), "");
}

TEST_F(DistantEvents, ThatCantBeTakenAreShownAndTheOthersGoOn) {
  Publish("payments");
  Consume("payments");
  const auto life = world.Start();
  life->Settle();
  const auto inbox = "freehold." + world.ns + "_payments_db_inbox";
  world.Sql("ALTER TABLE " + inbox + " ADD CONSTRAINT picky CHECK (aggregateid <> 'poison')",
            world.ns + "_payments_db");
  Insert("poison");
  Insert("good");
  life->Settle();
  EXPECT_THAT(Arrived("payments"), ElementsAre("good"));
  EXPECT_EQ(ReasonOf(world.Get("payments"), "EventsReady"), "EventsParked");
  EXPECT_EQ(StatusOf(world.Get("payments"), "Ready"), "True");
  world.Sql("ALTER TABLE " + inbox + " DROP CONSTRAINT picky", world.ns + "_payments_db");
  world.Sql("UPDATE freehold." + Channel() + " SET parked_at = NULL, attempts = 0, last_error = NULL",
            world.ns + "_orders_db");
  life->Settle();
  EXPECT_THAT(Arrived("payments"), ElementsAre("good", "poison"));
  life->Settle();
  EXPECT_EQ(ReasonOf(world.Get("payments"), "EventsReady"), "EventsFlow");
}

class ReplicatedEvents : public DistantEvents {
 protected:
  ReplicatedEvents() : DistantEvents(OperatorWorld::Admin::kSuperuser) {}

  /// Passes over all until the consumer's EventsReady is that.
  bool Become(Operator& life, const std::string& status) {
    return Await(std::chrono::seconds(30), [&] {
      life.Settle();
      return StatusOf(world.Get("payments"), "EventsReady") == status;
    });
  }
  bool ArriveAtLast(const std::vector<std::string>& orders) {
    return Await(std::chrono::seconds(30), [&] { return Arrived("payments") == orders; });
  }
};

TEST_F(ReplicatedEvents, ComeWithoutTheOperatorWhereTheServersCan) {
  Publish("payments");
  Consume("payments");
  const auto life = world.Start();
  ASSERT_TRUE(Become(*life, "True"));
  EXPECT_EQ(world.Get("payments").status.consumes[0].transport, "Replication");
  Insert("4711");
  EXPECT_TRUE(ArriveAtLast({"4711"}));
  EXPECT_EQ(StatusOf(world.Get("payments"), "Isolated"), "True");
  EXPECT_EQ(StatusOf(world.Get("orders"), "Isolated"), "True");
  auto at_rest = world.Start();
  at_rest->Settle();
  EXPECT_EQ(at_rest->effects(), 0);
  world.Delete("payments");
  world.Start()->Settle();
  EXPECT_EQ(Channel(), "");
  EXPECT_THAT(world.Sql("SELECT slot_name FROM pg_replication_slots WHERE database = '" + world.ns + "_orders_db'"),
              IsEmpty());
}

TEST_F(ReplicatedEvents, ThatDontComeAreToldAndCostTheConsumerNothingElse) {
  Publish("payments");
  Consume("payments");
  const auto life = world.Start();
  ASSERT_TRUE(Become(*life, "True"));
  world.Sql("ALTER SUBSCRIPTION freehold_" + Channel() + " DISABLE", world.ns + "_payments_db");
  world.Sql("ALTER ROLE " + world.ns + "_orders_db_cdc NOLOGIN", "postgres");
  world.Sql("SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots WHERE active AND database = '" +
                world.ns + "_orders_db'",
            "postgres");
  Insert("1");
  life->Settle();
  EXPECT_EQ(StatusOf(world.Get("payments"), "EventsReady"), "True") << "it may come back within seconds";
  world.clock.Advance(std::chrono::seconds(16));
  ASSERT_TRUE(Become(*life, "False"));
  EXPECT_EQ(StatusOf(world.Get("payments"), "Ready"), "True");
  world.clock.Advance(std::chrono::minutes(11));
  ASSERT_TRUE(Become(*life, "True"));
  EXPECT_TRUE(ArriveAtLast({"1"}));
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

// What a user sees of events, on a real API server with the chart's RBAC and a real PostgreSQL.
#include <gmock/gmock.h>

#include "await.h"
#include "named_bus.h"
#include "operator/kube/conditions.h"
#include "operator_world.h"

namespace freehold::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kSecret = "orders.freehold";

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

TEST_F(SharedEvents, LeaveFromAStoreThatOnePassHasMade) {
  Publish("payments");
  const auto life = world.Start();
  life->Pass("orders");  // The first one tells what the server can do.
  const auto made = life->Pass("orders");
  const auto* failed = std::get_if<runtime::Failed>(&made);
  EXPECT_EQ(failed ? failed->failure.reason + ": " + failed->failure.message : "", "");
  EXPECT_EQ(StatusOf(world.Get("orders"), "Ready"), "True");
}

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

TEST_F(SharedEvents, KeepWhatTheirPublisherPromised) {
  world.Apply("orders", R"({"isolation": "Schema", "publishes": [{"event": "OrderConfirmed", "schema":
    {"type": "object", "required": ["total"], "properties": {"total": {"type": "number"}}}}]})");
  world.Apply("payments", R"({"isolation": "Schema", "consumes": [{"event": "OrderConfirmed", "from": ")" + world.ns +
                              R"(-orders", "into":
    {"table": "copies", "key": "id", "columns": [{"name": "id", "path": "aggregateid"},
                                                 {"name": "day", "path": "$.total", "type": "date"}]}}]})");
  world.Start()->Settle();
  EXPECT_EQ(ReasonOf(world.Get("payments"), "EventsReady"), "PayloadMismatch");
  const auto insert = [&](const std::string& payload) {
    Query(world.LoginOf("orders.freehold"),
          "INSERT INTO outbox (aggregatetype, aggregateid, type, payload) VALUES ('Order', '1', 'OrderConfirmed', '" +
              payload + "')");
  };
  insert(R"({"total": 12.5})");
  EXPECT_ANY_THROW(insert(R"({"total": "12.5"})"));
  EXPECT_THAT(Arrived("payments"), ElementsAre("1"));
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
  EXPECT_THAT(kube::FindCondition(payments.status.conditions, "EventsReady")->message,
              testing::HasSubstr("are polled, since the admin of DatabaseServer " + world.server +
                                 " is no superuser, which it takes before PostgreSQL 16"));
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
  world.Annotate("payments", api::kResyncAnnotation, "1");
  life->Settle();
  EXPECT_EQ(world.Get("payments").status.resync_request, "1");
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
  /// The consumer's end lets go of the slot, and can't take it again.
  void StopReading() {
    world.Sql("ALTER SUBSCRIPTION freehold_" + Channel() + " DISABLE", world.ns + "_payments_db");
    world.Sql("ALTER ROLE " + world.ns + "_orders_db_cdc NOLOGIN", "postgres");
    world.Sql("SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots WHERE active AND database = '" +
                  world.ns + "_orders_db'",
              "postgres");
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

TEST_F(ReplicatedEvents, SurviveEveryChangeOfTheirBus) {
  NamedBus bus(world.ns);
  bus.Put(R"({"type": "PostgreSQL"})");
  world.Apply("orders", R"({"bus": ")" + world.ns + R"(", "publishes": [{"event": "OrderConfirmed"}]})");
  Consume("payments");
  const auto life = world.Start();
  const auto travel_by = [&](const std::string& transport) {
    return Await(std::chrono::seconds(30), [&] {
      life->Settle();
      const auto consumes = world.Get("payments").status.consumes;
      return !consumes.empty() && consumes[0].transport == transport;
    });
  };
  ASSERT_TRUE(travel_by("Replication"));
  Insert("1");
  bus.Put(R"({"type": "Polling"})");
  Insert("2");
  ASSERT_TRUE(travel_by("Polling"));
  EXPECT_THAT(world.Sql("SELECT slot_name FROM pg_replication_slots WHERE database = '" + world.ns + "_orders_db'"),
              IsEmpty());
  Insert("3");
  bus.Put(R"({"type": "PostgreSQL"})");
  Insert("4");
  ASSERT_TRUE(travel_by("Replication"));
  Insert("5");
  bus.Delete();
  ASSERT_TRUE(travel_by("Polling"));
  EXPECT_EQ(ReasonOf(world.Get("orders"), "EventsReady"), "BusNotFound");
  EXPECT_EQ(StatusOf(world.Get("orders"), "Ready"), "True");
  Insert("6");
  life->Settle();
  EXPECT_THAT(Query(world.LoginOf("payments.freehold"), "SELECT aggregateid FROM inbox ORDER BY 1"),
              ElementsAre("1", "2", "3", "4", "5", "6"));
}

TEST_F(ReplicatedEvents, ThatDontComeAreToldAndCostTheConsumerNothingElse) {
  Publish("payments");
  Consume("payments");
  const auto life = world.Start();
  ASSERT_TRUE(Become(*life, "True"));
  StopReading();
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

TEST_F(ReplicatedEvents, ThatAreHeldUpShowInWhatIsMeasuredUntilTheyGoOnOrTheConsumerIsGone) {
  Publish("payments");
  Consume("payments");
  const auto life = world.Start();
  ASSERT_TRUE(Become(*life, "True"));
  const auto now = [&] {
    stores::Traffic sum;
    for (const auto& [place, traffic] : stores::TrafficOf(life->sights().All())) {
      EXPECT_EQ(place, std::pair(world.ns, std::string("Replication")));
      sum = traffic;
    }
    return sum;
  };
  EXPECT_EQ(now().ways, 1);
  EXPECT_EQ(now().troubled, 0);
  const auto before = now().retained;
  StopReading();
  Insert("1");
  life->Settle();
  world.clock.Advance(std::chrono::seconds(16));
  ASSERT_TRUE(Become(*life, "False"));
  EXPECT_EQ(now().troubled, 1);
  EXPECT_GT(now().retained, before) << "its slot holds back what it did not read";
  EXPECT_THAT(stores::TroubledIn(life->sights().All(), 50), ElementsAre(kube::Name{world.ns, "payments"}));
  world.clock.Advance(std::chrono::minutes(11));
  ASSERT_TRUE(Become(*life, "True"));
  EXPECT_TRUE(ArriveAtLast({"1"}));
  EXPECT_EQ(now().troubled, 0);
  EXPECT_THAT(stores::TroubledIn(life->sights().All(), 50), IsEmpty());
  world.Delete("payments");
  life->Settle();
  life->Settle();
  EXPECT_THAT(life->sights().All(), IsEmpty());
}

}  // namespace
}  // namespace freehold::test

// What is done about connectors, in which order. Connect, database and API server are played by hand.
#include <gmock/gmock.h>

#include "reconcilers/api/kinds.h"
#include "reconcilers/connect/reconciler.h"
#include "reconcilers/engines/channel.h"
#include "tests/unit/fake_engine.h"
#include "tests/unit/manual_clock.h"
#include "tests/world/played_connect.h"

namespace freehold::connect {
namespace {

using base::Json;
using test::PlayedConnect;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace std::chrono_literals;

/// A publisher's database, as far as its link is concerned.
class PlayedEngine final : public engines::FakeEngine {
 public:
  base::Result<engines::ChannelSeen> ObserveChannel(const engines::ServerAccess&, const std::string&,
                                                    const std::string&) override {
    return slot;
  }
  base::Result<void> Run(const engines::ServerAccess&, const engines::Step& step) override {
    if (step.verb == "drop-slot") (step.target.starts_with("reports.") ? copy.ready : slot.published) = false;
    return {};
  }
  base::Result<engines::SourceSeen> ObserveSource(const engines::ServerAccess&, const engines::Layout&,
                                                  const std::vector<std::string>&) override {
    return copy;
  }
  engines::SourceSeen copy{.ready = true, .slot = "5f3a9c21-0000", .active = true, .confirmed = 10, .written = 10};
  engines::ChannelSeen slot{.types = {"any"}, .published = true, .active = true, .confirmed = 10, .written = 10};
};

class NoApi final : public kube::Client {
 public:
  base::Result<Json> Get(const kube::ResourceType&, const kube::Name&) override { return No(); }
  base::Result<std::string> List(const kube::ResourceType&, const kube::ListOptions&,
                                 const std::function<void(const Json&)>&) override {
    return "";
  }
  base::Result<Json> Create(const kube::ResourceType&, const std::string&, const Json&) override { return No(); }
  base::Result<Json> Apply(const kube::ResourceType&, const kube::Name&, const Json& object, std::string_view,
                           std::string_view) override {
    return object;
  }
  base::Result<Json> JsonPatch(const kube::ResourceType&, const kube::Name&, const Json& patch,
                               std::string_view) override {
    return patch;
  }
  base::Result<Json> Replace(const kube::ResourceType&, const kube::Name&, const Json&) override { return No(); }
  base::Result<void> Delete(const kube::ResourceType&, const kube::Name&, const std::string&) override { return {}; }

 private:
  static std::unexpected<base::Failure> No() { return base::Terminal("Unexpected", "not in this test"); }
};

class KeptConnectors : public testing::Test, protected runtime::GateObserver {
 protected:
  KeptConnectors() {
    auto server = std::make_shared<api::DatabaseServer>();
    server->meta.name = "main";
    server->status.capabilities =
        api::Capabilities{.superuser = true, .replicate = true, .subscribe = true, .wal_level = "logical"};
    servers.Put(server);
    board.Put("main", {.access = {.name = "main", .host = "pg", .ca_pem = "PEM"},
                       .snapshot = std::make_shared<engines::ServerSnapshot>(),
                       .failure = {},
                       .at = {}});
    Put("orders").spec.publishes = {{.event = "OrderConfirmed"}};
    Put("payments").spec.consumes = {{.event = "OrderConfirmed", .from = "orders"}};
    bus = std::make_shared<api::EventBus>();
    bus->meta.name = "kafka";
    bus->meta.finalizers = {kBusFinalizer};
    bus->spec = {.type = api::BusType::kKafkaConnect,
                 .kafka_connect = api::KafkaConnectSpec{.url = "http://connect", .topic_prefix = "shop"},
                 .is_default = true};
    buses.Put(bus);
    Pass();
    Pass();
    for (const auto& [name, seen] : workers->connectors) (name.find("_to_kafka_") != name.npos ? source : sink) = name;
    done.clear();
  }

  api::ServiceDatabase& Put(const std::string& name) {
    auto object = std::make_shared<api::ServiceDatabase>();
    object->meta = {.name = name, .ns = "shop", .uid = "uid-" + name};
    object->spec.server = "main";
    object->status.store =
        api::StoreStatus{.server = "main", .database = name + "_db", .schema = name, .fingerprint = {}};
    databases.Put(object);
    return *object;
  }
  /// What was done, of connectors only by verb.
  std::vector<std::string> Pass() {
    reconciler.Reconcile({"", "kafka"});
    return std::exchange(done, {});
  }
  void Before(const runtime::Effect& effect) override { done.push_back(effect.verb); }
  void After(const runtime::Effect&, std::chrono::steady_clock::duration, const base::Failure*) override {}
  std::string Trouble() { return troubles.Find(source.substr(std::string("shop.").size())); }

  kube::Store<api::ServiceDatabase> databases;
  kube::Store<api::ReportingWarehouse> warehouses;
  stores::Reports reports;
  kube::Store<api::DatabaseServer> servers;
  kube::Store<api::DataPolicy> policies;
  kube::Store<stores::Namespace> namespaces;
  kube::Store<api::CredentialIndex> indexes;
  kube::Store<api::EventBus> buses;
  ownership::Registry registry;
  servers::Board board;
  PlayedEngine engine;
  NoApi api;
  ManualClock clock;
  runtime::Gate gate{[] { return true; }, clock, this};
  credentials::CdcPasswords passwords;
  Board troubles;
  std::shared_ptr<PlayedConnect> workers = std::make_shared<PlayedConnect>();
  std::vector<std::string> looked_at, done;
  std::shared_ptr<api::EventBus> bus;
  std::string source, sink;
  Reconciler reconciler{{{databases, servers, policies, namespaces, registry, indexes, buses, &warehouses, &reports},
                         board,
                         engine,
                         api,
                         api,
                         gate,
                         clock,
                         passwords,
                         troubles,
                         [this](const Access&) { return workers; },
                         "freehold-system",
                         [this](const kube::Name& publisher) { looked_at.push_back(publisher.name); },
                         [](const kube::Name&) {},
                         [this](const kube::Name& store, bool read) { reports.PutRead(store, read); }}};
};

TEST_F(KeptConnectors, AreMadeOncePerPublisherAndPerConsumer) {
  EXPECT_EQ(workers->connectors.size(), 2u);
  EXPECT_TRUE(source.starts_with("shop.orders_db_to_kafka_")) << source;
  EXPECT_TRUE(sink.starts_with("shop.orders_db_to_payments_db_")) << sink;
  EXPECT_THAT(Pass(), IsEmpty());
  EXPECT_EQ(Trouble(), "");
}

TEST_F(KeptConnectors, AreLeftAloneWhereTheyAreOthers) {
  workers->Run("other.connector");
  workers->Run("shopping.connector");
  EXPECT_THAT(Pass(), IsEmpty());
}

TEST_F(KeptConnectors, ThatWereChangedByHandAreAsTheyShouldBeAgain) {
  workers->connectors[source].config["tasks.max"] = "7";
  EXPECT_THAT(Pass(), ElementsAre("change-connector"));
  EXPECT_THAT(Pass(), IsEmpty());
}

TEST_F(KeptConnectors, OfAPublisherStopWithoutASlotAndBeginAtTheNewOne) {
  engine.slot.published = false;
  EXPECT_THAT(Pass(), ElementsAre("stop-connector"));
  EXPECT_THAT(looked_at, ElementsAre("orders"));
  EXPECT_THAT(Trouble(), HasSubstr("slot"));
  EXPECT_THAT(Pass(), IsEmpty()) << "it stays stopped";
  engine.slot.published = true;
  EXPECT_THAT(Pass(), ElementsAre("delete-offsets", "resume-connector"));
  EXPECT_EQ(workers->connectors[source].state, "RUNNING");
}

TEST_F(KeptConnectors, AreStartedAgainWhenATaskFailedAndLaterEachTime) {
  workers->Fail(sink, "java.lang.Exception: x\nCaused by: java.sql.BatchUpdateException: row ('a secret')\n\tat y");
  EXPECT_THAT(Pass(), ElementsAre("restart-connector"));
  const auto told = troubles.Find(sink.substr(5));
  EXPECT_THAT(told, HasSubstr("java.sql.BatchUpdateException"));
  EXPECT_THAT(told, testing::Not(HasSubstr("a secret")));
  EXPECT_THAT(Pass(), IsEmpty());
  clock.Advance(6s);
  EXPECT_THAT(Pass(), ElementsAre("restart-connector"));
  clock.Advance(6s);
  EXPECT_THAT(Pass(), IsEmpty()) << "it takes longer the second time";
  clock.Advance(6s);
  EXPECT_THAT(Pass(), ElementsAre("restart-connector"));
  workers->Run(sink);
  EXPECT_THAT(Pass(), IsEmpty());
  EXPECT_EQ(troubles.Find(sink.substr(5)), "");
}

TEST_F(KeptConnectors, ThatCantGoOnFromTheirSlotGetAnotherOne) {
  workers->Fail(source, "io.debezium.DebeziumException: the offset is older than the replication slot");
  EXPECT_THAT(Pass(), ElementsAre("restart-connector"));
  clock.Advance(6s);
  EXPECT_THAT(Pass(), ElementsAre("stop-connector", "drop-slot"));
  EXPECT_THAT(looked_at, ElementsAre("orders"));
  EXPECT_FALSE(engine.slot.published);
}

TEST_F(KeptConnectors, ThatFailForAnotherReasonKeepTheirSlot) {
  workers->Fail(source, "org.postgresql.util.PSQLException: FATAL: password authentication failed");
  for (int attempt = 0; attempt < 5; ++attempt) {
    EXPECT_THAT(Pass(), ElementsAre("restart-connector"));
    clock.Advance(300s);
  }
  EXPECT_TRUE(engine.slot.published);
}

TEST_F(KeptConnectors, ThatRunWhileTheirSlotStandsStillAreToldAndBeginAnew) {
  engine.slot.written = 500;
  EXPECT_THAT(Pass(), IsEmpty());
  engine.slot.confirmed = 500;
  clock.Advance(91s);
  engine.slot.written = 900;
  Pass();
  EXPECT_EQ(Trouble(), "") << "it came as far as the WAL was";
  clock.Advance(91s);
  EXPECT_THAT(Pass(), ElementsAre("restart-connector"));
  EXPECT_THAT(Trouble(), HasSubstr("RUNNING, but its replication slot stands still"));
  clock.Advance(6s);
  Pass();
  clock.Advance(91s);
  EXPECT_THAT(Pass(), ElementsAre("stop-connector", "drop-slot"));
}

TEST_F(KeptConnectors, AreRemovedInOrderWhenNobodyWantsThem) {
  databases.Remove({"shop", "payments"});
  EXPECT_THAT(Pass(), ElementsAre("stop-connector", "stop-connector"));
  EXPECT_THAT(Pass(), ElementsAre("delete-offsets", "delete-connector", "delete-offsets", "delete-connector"));
  EXPECT_THAT(workers->connectors, IsEmpty());
}

TEST_F(KeptConnectors, HoldTheirBusUntilTheyAreGone) {
  auto leaving = std::make_shared<api::EventBus>(*bus);
  leaving->meta.deleted = base::Timestamp{};
  buses.Put(leaving);
  Pass();
  Pass();
  EXPECT_THAT(Pass(), ElementsAre("remove-finalizer"));
}

TEST_F(KeptConnectors, AreLeftAsTheyAreWhileConnectOrAServerIsAway) {
  workers->down = true;
  EXPECT_THAT(Pass(), IsEmpty());
  EXPECT_THAT(troubles.FindBus("kafka"), HasSubstr("nobody is there"));
  workers->down = false;
  board.Put("main", {.access = {}, .snapshot = nullptr, .failure = {}, .at = {}});
  EXPECT_THAT(Pass(), testing::Not(testing::Contains("stop-connector")));
  EXPECT_EQ(troubles.FindBus("kafka"), "");
}

/// Orders report to a warehouse by the same bus, too.
class KeptCopies : public KeptConnectors {
 protected:
  KeptCopies() {
    auto warehouse = std::make_shared<api::ReportingWarehouse>();
    warehouse->meta.name = "main";
    warehouse->spec = {.server = "main", .bus = "kafka"};
    warehouses.Put(warehouse);
    auto orders = std::make_shared<api::ServiceDatabase>(*databases.Find({"shop", "orders"}));
    orders->spec.reporting = api::ReportingSpec{"main", {{"orders", {}}}};
    databases.Put(orders);
  }
  void Tell(const std::string& slot, bool spent = false) {
    reports.Put({"shop", "orders"}, {.copying = stores::Copying{slot, spent, {{"orders", {.key = {"id"}}}}}});
  }
  std::vector<std::string> Copies() const {
    std::vector<std::string> names;
    for (const auto& [name, seen] : workers->connectors) {
      if (name.starts_with("shop.reports.")) names.push_back(name);
    }
    return names;
  }
};

TEST_F(KeptCopies, BeginOnceTheWarehouseIsReadyForTheSlot) {
  EXPECT_THAT(Pass(), IsEmpty());
  Tell("");
  EXPECT_THAT(Pass(), IsEmpty());
  Tell("5f3a9c21-0000");
  EXPECT_THAT(Pass(), testing::UnorderedElementsAre("make-connector", "make-connector"));
  ASSERT_EQ(Copies().size(), 2u);
  EXPECT_TRUE(Copies()[0].ends_with(".5f3a9c21")) << Copies()[0];
  EXPECT_EQ(Copies()[1], Copies()[0] + ".sink");
  EXPECT_THAT(Pass(), IsEmpty());
}

TEST_F(KeptCopies, StayWhileItIsNotKnownWhatThereShouldBe) {
  Tell("5f3a9c21-0000");
  Pass();
  reports.Erase({"shop", "orders"});
  EXPECT_THAT(Pass(), IsEmpty());
  EXPECT_EQ(Copies().size(), 2u);
}

TEST_F(KeptCopies, StopWithoutTheirSlotAndAreNotTurnedToAnotherOne) {
  Tell("5f3a9c21-0000");
  Pass();
  const auto first = Copies()[0];
  engine.copy.slot = "77777777-0000";
  EXPECT_THAT(Pass(), ElementsAre("stop-connector"));
  EXPECT_EQ(workers->connectors[first].state, "STOPPED");
  Tell("77777777-0000");
  Pass();
  EXPECT_THAT(Copies(), testing::Not(testing::Contains(testing::EndsWith(".77777777"))))
      << "of two that read one slot, each would miss something";
  for (int pass = 0; pass < 3; ++pass) Pass();
  EXPECT_THAT(Copies(), ElementsAre(testing::EndsWith(".77777777"), testing::EndsWith(".77777777.sink")));
}

TEST_F(KeptCopies, GoOnFromTheirOffsetsWhenSomebodyStoppedThem) {
  Tell("5f3a9c21-0000");
  Pass();
  workers->connectors[Copies()[0]].state = "STOPPED";
  EXPECT_THAT(Pass(), ElementsAre("resume-connector")) << "rows that were deleted meanwhile come only by the offsets";
}

TEST_F(KeptCopies, GiveASlotUpWhoseCopyHasAGap) {
  Tell("5f3a9c21-0000");
  Pass();
  Tell("5f3a9c21-0000", true);
  EXPECT_THAT(Pass(), testing::UnorderedElementsAre("stop-connector", "stop-connector")) << "the sink goes";
  EXPECT_THAT(Pass(), testing::IsSupersetOf({"drop-slot", "delete-offsets", "delete-connector"}));
  EXPECT_THAT(looked_at, testing::Contains("orders"));
}

TEST_F(KeptCopies, AreNotTakenForStuckWhileTheyReadWhatWasThere) {
  Tell("5f3a9c21-0000");
  Pass();
  engine.copy.active = false;
  engine.copy.written = 900;
  Pass();
  for (int look = 0; look < 5; ++look) {
    clock.Advance(91s);
    EXPECT_THAT(Pass(), IsEmpty());
  }
  engine.copy.active = true;
  EXPECT_THAT(Pass(), IsEmpty());
  clock.Advance(91s);
  EXPECT_THAT(Pass(), ElementsAre("restart-connector"));
}

TEST_F(KeptCopies, GoInOrderWhenNothingIsReported) {
  Tell("5f3a9c21-0000");
  Pass();
  warehouses.Remove({"", "main"});
  EXPECT_THAT(Pass(), ElementsAre("stop-connector", "stop-connector"));
  EXPECT_THAT(Pass(), ElementsAre("delete-offsets", "delete-connector", "delete-offsets", "delete-connector"));
  EXPECT_THAT(Copies(), IsEmpty());
  EXPECT_TRUE(reports.IsRead({"shop", "orders"})) << "the slot goes after the connectors";
  Pass();
  EXPECT_FALSE(reports.IsRead({"shop", "orders"}));
}

}  // namespace
}  // namespace freehold::connect

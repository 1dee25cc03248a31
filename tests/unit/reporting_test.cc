// What becomes of tables that are reported to a warehouse, by what is seen of both ends.
#include <gmock/gmock.h>

#include "reconcilers/reporting/feed.h"
#include "reconcilers/reporting/landing.h"

namespace freehold::reporting {
namespace {

using api::Reason;
using engines::Sent;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(TypesInAWarehouse, GrowAndAreTextWhereNothingElseHoldsBoth) {
  struct Case {
    std::string there, wanted, becomes;
  };
  for (const auto& [there, wanted, becomes] : std::vector<Case>{
           {"integer", "integer", "integer"},
           {"integer", "bigint", "bigint"},
           {"bigint", "integer", "bigint"},
           {"smallint", "numeric(10,2)", "numeric"},
           {"numeric(10,2)", "numeric(12,4)", "numeric"},
           {"numeric", "numeric(12,4)", "numeric"},
           {"character varying(10)", "character varying(20)", "text"},
           {"date", "timestamp with time zone", "timestamp with time zone"},
           {"integer", "uuid", "text"},
           {"text", "integer", "text"},
       }) {
    EXPECT_EQ(TypeFor(there, wanted), becomes) << there << " -> " << wanted;
    EXPECT_EQ(TypeFor(becomes, wanted), becomes) << "it stays so";
  }
}

class Landings : public testing::Test {
 protected:
  Landings() {
    auto store = std::make_shared<api::ServiceDatabase>();
    store->meta = {.name = "orders", .ns = "shop", .uid = "uid"};
    store->spec.reporting = api::ReportingSpec{"main", {{"orders", {"card_last4"}}}};
    object = store;
    source = {store, {"main", engines::LayoutOf(api::Isolation::kDatabase, "orders_db", "orders", "apps")}, {}};
    seen.tables["orders"] = {
        .unfit = "", .columns = {{"id", "integer"}, {"total", "numeric"}, {"card_last4", "text"}}, .identity = {"id"}};
    warehouse.exists = true;
  }
  Landing Judge() { return LandingOf(source, seen, warehouse); }
  engines::LandedTable& Land() {
    auto& schema = warehouse.schemas["orders"];
    schema.source = "shop/orders";
    auto& table = schema.tables["orders"];
    table.columns = {{"id", "integer"}, {"total", "numeric"}};
    table.key = {"id"};
    return table;
  }
  void Publish() {
    seen.ready = true;
    seen.published["orders"] = {"id", "total"};
  }
  engines::LandingSeen& Subscribe() {
    auto& feed = warehouse.landings[engines::FeedOf(source.place.layout)];
    feed.enabled = feed.running = true;
    feed.tables["orders.orders"] = true;
    return feed;
  }

  std::shared_ptr<api::ServiceDatabase> object;
  Source source;
  engines::SourceSeen seen;
  engines::WarehouseSeen warehouse;
};

TEST_F(Landings, AreMadeBeforeAnythingIsSent) {
  const auto landing = Judge();
  ASSERT_EQ(landing.wanted.tables.size(), 1u);
  EXPECT_THAT(landing.wanted.tables[0].columns,
              ElementsAre(engines::ReportedColumn{"id", "integer"}, engines::ReportedColumn{"total", "numeric"}));
  EXPECT_THAT(landing.wanted.tables[0].key, ElementsAre("id"));
  EXPECT_THAT(*landing.state.publish, IsEmpty());
  EXPECT_EQ(landing.state.obstacle, Reason::kReportingPending);
  EXPECT_TRUE(landing.changing);
}

TEST_F(Landings, AreToldOfStepByStepUntilAllFlows) {
  Land();
  auto landing = Judge();
  EXPECT_THAT(landing.state.publish->at("orders").columns, ElementsAre("id", "total"));
  EXPECT_EQ(landing.state.publish->at("orders").sent, Sent::kEverything);
  EXPECT_EQ(landing.state.message, "the store's publication is being made");
  Publish();
  EXPECT_EQ(Judge().state.message, "the warehouse subscribes");
  auto& feed = Subscribe();
  feed.tables["orders.orders"] = false;
  EXPECT_THAT(Judge().state.message, HasSubstr("0 of 1 tables are copied"));
  feed.tables["orders.orders"] = true;
  landing = Judge();
  EXPECT_EQ(landing.state.obstacle, std::nullopt) << landing.state.message;
  EXPECT_FALSE(landing.changing);
  EXPECT_EQ(landing.copied, 1);
  feed.running = false;
  EXPECT_EQ(Judge().state.obstacle, Reason::kReportingFailing);
}

TEST_F(Landings, AreLookedAtAgainSoonWhileTheirSlotHoldsBackWhatWasWrittenDuringACopy) {
  Land();
  Publish();
  Subscribe();
  seen.retained = std::int64_t{2} << 30;
  const auto landing = Judge();
  EXPECT_EQ(landing.state.obstacle, Reason::kReportingFailing);
  EXPECT_TRUE(landing.changing);
}

TEST_F(Landings, HaveAListOfColumnsOnlyToLeaveSomeOutWhereNoListGivesWay) {
  seen.yields = false;
  Land();
  EXPECT_THAT(Judge().state.publish->at("orders").columns, ElementsAre("id", "total"));
  Publish();
  Subscribe();
  EXPECT_THAT(Judge().state.message, HasSubstr("DROP COLUMN on orders takes CASCADE"));
  auto store = std::make_shared<api::ServiceDatabase>(*object);
  store->spec.reporting->tables[0].exclude.clear();
  source.object = store;
  warehouse.schemas["orders"].tables["orders"].columns["card_last4"] = "text";
  EXPECT_THAT(Judge().state.publish->at("orders").columns, IsEmpty());
  EXPECT_THAT(Judge().state.message, testing::Not(HasSubstr("CASCADE")));
}

TEST_F(Landings, WaitUntilAllIsCopiedAnewAfterASlotWasReplaced) {
  Land();
  Publish();
  Subscribe().slot = "old";
  seen.slot = "new";
  const auto landing = Judge();
  EXPECT_EQ(landing.wanted.slot, "new");
  EXPECT_EQ(landing.state.obstacle, Reason::kReportingPending);
  EXPECT_THAT(landing.state.message, HasSubstr("copied anew"));
}

TEST_F(Landings, AreNotSentWhileTheyAreToBeCopiedAnew) {
  Publish();
  Subscribe();
  Land().anew = true;
  const auto landing = Judge();
  EXPECT_THAT(*landing.state.publish, IsEmpty());
  EXPECT_EQ(landing.state.obstacle, Reason::kReportingPending);
}

TEST_F(Landings, HaveANewColumnBeforeItIsSent) {
  Land();
  Publish();
  Subscribe();
  seen.tables["orders"].columns.push_back({"note", "orders.mood"});
  seen.tables["orders"].columns.back().type = "text";
  auto landing = Judge();
  EXPECT_EQ(landing.wanted.tables[0].columns.back().name, "note");
  EXPECT_THAT(landing.state.publish->at("orders").columns, ElementsAre("id", "total"));
  EXPECT_EQ(landing.state.obstacle, Reason::kReportingPending);
  warehouse.schemas["orders"].tables["orders"].columns["note"] = "text";
  landing = Judge();
  EXPECT_THAT(landing.state.publish->at("orders").columns, ElementsAre("id", "note", "total"));
  EXPECT_EQ(landing.state.obstacle, std::nullopt);
}

TEST_F(Landings, NeverMakeTheServicesOwnUpdatesFail) {
  Land();
  seen.tables["orders"].identity.clear();
  EXPECT_EQ(Judge().state.publish->at("orders").sent, Sent::kInserts) << "no key";
  seen.tables["orders"].identity = {"card_last4"};
  EXPECT_EQ(Judge().state.publish->at("orders").sent, Sent::kInserts) << "the key is excluded";
  seen.tables["orders"].identity.clear();
  seen.tables["orders"].whole_identity = true;
  EXPECT_EQ(Judge().state.publish->at("orders").sent, Sent::kInserts) << "the key is everything, something is excluded";
  object->spec.reporting->tables[0].exclude.clear();
  warehouse.schemas["orders"].tables["orders"].columns["card_last4"] = "text";
  EXPECT_EQ(Judge().state.publish->at("orders").sent, Sent::kEverything);
  EXPECT_THAT(Judge().state.publish->at("orders").columns, IsEmpty()) << "a list would make updates fail";
  Publish();
  Subscribe();
  EXPECT_EQ(Judge().state.obstacle, std::nullopt) << Judge().state.message;
  seen.tables["orders"].whole_identity = false;
  EXPECT_EQ(Judge().state.obstacle, Reason::kReportingIncomplete);
}

TEST_F(Landings, LeaveOutATableThatCantBeReportedAndTellOfIt) {
  object->spec.reporting->tables.push_back({"gone", {}});
  seen.lists_columns = false;
  EXPECT_EQ(Judge().state.obstacle, Reason::kReportingIncomplete);
  EXPECT_THAT(Judge().state.message, HasSubstr("orders: before PostgreSQL 15 columns can't be left out"));
  EXPECT_THAT(Judge().state.message, HasSubstr("gone: there is no such table"));
  seen.lists_columns = true;
  Land();
  Publish();
  Subscribe();
  EXPECT_EQ(Judge().state.obstacle, Reason::kReportingIncomplete);
  EXPECT_EQ(Judge().copied, 1) << "the others go on";
}

TEST_F(Landings, KeepDeletedRowsFromATruncate) {
  object->spec.reporting->tables[0].deletes = api::ReportedDeletes::kMark;
  Land();
  EXPECT_EQ(Judge().state.publish->at("orders").sent, Sent::kNoTruncate);
}

TEST_F(Landings, TouchNoSchemaThatIsSomebodyElses) {
  Land();
  warehouse.schemas["orders"].source = "other/orders";
  const auto landing = Judge();
  EXPECT_EQ(landing.state.obstacle, Reason::kReportingNameTaken);
  EXPECT_THAT(landing.wanted.tables, IsEmpty());
  EXPECT_EQ(landing.state.publish, std::nullopt);
}

class Feeds : public Landings {
 protected:
  Feed Judge() { return FeedFor(source, seen, {.type = api::LoaderType::kAirbyte, .hold_back_at_most = 4}); }
};

TEST_F(Feeds, AreOnePublicationOfWhatMayLeaveAndFlowOnceItIsThere) {
  auto feed = Judge();
  EXPECT_THAT(feed.state.publish->at("orders").columns, ElementsAre("id", "total"));
  EXPECT_EQ(feed.state.publish->at("orders").sent, Sent::kEverything);
  EXPECT_EQ(feed.state.obstacle, Reason::kReportingPending);
  EXPECT_TRUE(feed.changing);
  Publish();
  feed = Judge();
  EXPECT_EQ(feed.state.obstacle, std::nullopt) << feed.state.message;
  EXPECT_FALSE(feed.changing);
  seen.tables["orders"].columns.push_back({"note", "text"});
  EXPECT_THAT(Judge().state.publish->at("orders").columns, ElementsAre("id", "note", "total"));
  EXPECT_EQ(Judge().state.obstacle, Reason::kReportingPending);
}

TEST_F(Feeds, LeaveOutATableWithoutAKeySinceItsUpdatesWouldFail) {
  seen.tables["orders"].identity.clear();
  EXPECT_THAT(*Judge().state.publish, IsEmpty());
  EXPECT_EQ(Judge().state.obstacle, Reason::kReportingIncomplete);
  EXPECT_THAT(Judge().state.message, HasSubstr("it has no primary key"));
  object->spec.reporting->tables = {{"gone", {}}};
  EXPECT_THAT(Judge().state.message, HasSubstr("gone: there is no such table"));
  EXPECT_TRUE(Judge().changing);
}

TEST_F(Feeds, TellOfASlotThatNobodyReadsBeforeItIsMadeAgain) {
  Publish();
  seen.retained = (std::int64_t{2} << 30) + 1;
  EXPECT_EQ(Judge().state.obstacle, Reason::kReportingFailing);
  EXPECT_THAT(Judge().state.message, HasSubstr("let Airbyte read it"));
  seen.retained *= 2;
  EXPECT_EQ(Judge().state.obstacle, Reason::kReportingPending);
  EXPECT_THAT(Judge().state.message, HasSubstr("reset the source in Airbyte"));
}

class Sources : public testing::Test {
 protected:
  Sources() {
    warehouse.meta.name = "main";
    warehouse.spec.server = "main";
    auto server = std::make_shared<api::DatabaseServer>();
    server->meta.name = "main";
    server->spec.tls.ca_secret = {.name = "ca", .key = "ca.crt"};
    server->status.version = "15.4";
    server->status.capabilities = api::Capabilities{.superuser = true,
                                                    .replicate = true,
                                                    .subscribe = true,
                                                    .wal_level = "logical",
                                                    .replication_slots = 10,
                                                    .subscriptions = 3};
    servers.Put(server);
  }
  void Put(const std::string& ns, const std::string& schema, int age,
           api::Isolation isolation = api::Isolation::kDatabase) {
    auto object = std::make_shared<api::ServiceDatabase>();
    object->meta = {
        .name = schema, .ns = ns, .uid = ns + schema, .created = base::Timestamp{} - std::chrono::hours(age)};
    object->spec.server = "main";
    object->spec.isolation = isolation;
    object->spec.reporting = api::ReportingSpec{"main", {{"t", {}}}};
    object->status.store =
        api::StoreStatus{.server = "main", .database = ns + "_db", .schema = schema, .fingerprint = {}};
    databases.Put(object);
  }
  std::vector<std::string> Told() {
    std::vector<std::string> told;
    for (const auto& source : SourcesOf(warehouse, world)) {
      told.push_back(ToString(source.object->meta.full_name()) +
                     (source.hindrance ? " " + ToString(source.hindrance->reason) : ""));
    }
    return told;
  }

  api::ReportingWarehouse warehouse;
  kube::Store<api::ServiceDatabase> databases;
  kube::Store<api::DatabaseServer> servers;
  kube::Store<api::DataPolicy> policies;
  kube::Store<stores::Namespace> namespaces;
  kube::Store<api::CredentialIndex> indexes;
  ownership::Registry registry;
  kube::Store<api::EventBus> buses;
  const stores::World world{databases, servers, policies, namespaces, registry, indexes, buses};
};

TEST_F(Sources, OfOneNameAreNotMixedAndTheOlderOneStays) {
  Put("shop", "orders", 1);
  Put("legacy", "orders", 2);
  EXPECT_THAT(Told(), ElementsAre("legacy/orders", "shop/orders ReportingNameTaken"));
}

TEST_F(Sources, ForAToolNeedADatabaseOfTheirOwnAndMayShareAName) {
  warehouse.spec = {};
  warehouse.spec.loader.emplace();
  Put("shop", "orders", 1);
  Put("legacy", "orders", 2);
  Put("shop", "ledger", 3, api::Isolation::kSchema);
  EXPECT_THAT(Told(), ElementsAre("shop/ledger ReportingNotPossible", "legacy/orders", "shop/orders"));
}

TEST_F(Sources, ComeByTheDatabasesThemselvesOrByKafkaConnectAndNotByPolling) {
  EXPECT_FALSE(ByBus(warehouse, world));
  warehouse.spec.bus = "kafka";
  EXPECT_EQ(ByBus(warehouse, world)->reason, Reason::kBusNotFound);
  auto bus = std::make_shared<api::EventBus>();
  bus->meta.name = "kafka";
  buses.Put(bus);
  EXPECT_FALSE(ByBus(warehouse, world));
  EXPECT_FALSE(ConnectOf(warehouse, world));
  bus->spec.type = api::BusType::kKafkaConnect;
  EXPECT_FALSE(ByBus(warehouse, world));
  EXPECT_TRUE(ConnectOf(warehouse, world));
  bus->spec.type = api::BusType::kPolling;
  ASSERT_TRUE(ByBus(warehouse, world));
  EXPECT_EQ(ByBus(warehouse, world)->reason, Reason::kEngineNotSupported);
}

TEST_F(Sources, ComeFromAServerWhoseAdminMayReplicateToOneThatMayCheckItsCertificate) {
  Put("shop", "orders", 1);
  auto server = std::make_shared<api::DatabaseServer>(*servers.Find({"", "main"}));
  const auto told = [&] {
    servers.Put(std::make_shared<api::DatabaseServer>(*server));
    const auto sources = SourcesOf(warehouse, world);
    return sources.at(0).hindrance ? sources.at(0).hindrance->message : "";
  };
  server->status.version = "18.1";
  server->status.capabilities->superuser = false;
  EXPECT_THAT(told(), HasSubstr("say by tls.peerRootCert"));
  server->spec.tls.peer_root_cert = "system";
  EXPECT_EQ(told(), "");
  server->status.capabilities->replicate = false;
  EXPECT_THAT(told(), HasSubstr("lacks REPLICATION"));
}

TEST_F(Sources, BeyondTheRoomOfTheServerAreTold) {
  Put("shop", "orders", 3);
  Put("shop", "payments", 2);
  Put("shop", "catalog", 1);
  EXPECT_THAT(Told(), ElementsAre("shop/orders", "shop/payments", "shop/catalog ReportingNotPossible"));
}

}  // namespace
}  // namespace freehold::reporting

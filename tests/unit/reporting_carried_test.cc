// What becomes of tables that Kafka Connect copies to a warehouse, by what is seen of both ends.
#include <gmock/gmock.h>

#include "reconcilers/connect/board.h"
#include "reconcilers/reporting/carried.h"

namespace freehold::reporting {
namespace {

using api::Reason;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class CarriedTables : public testing::Test {
 protected:
  CarriedTables() {
    auto store = std::make_shared<api::ServiceDatabase>();
    store->meta = {.name = "orders", .ns = "shop", .uid = "uid"};
    store->spec.reporting = api::ReportingSpec{"main", {{"orders", {"card_last4"}}}};
    object = store;
    source = {store, {"main", engines::LayoutOf(api::Isolation::kDatabase, "orders_db", "orders", "apps")}, {}};
    seen.tables["orders"] = {.unfit = "",
                             .columns = {{"id", "integer", true, "integer"},
                                         {"total", "numeric", false, "numeric"},
                                         {"state", "text", false, "enum"},
                                         {"card_last4", "text", false, "text"}},
                             .identity = {"id"},
                             .generated = {"twice"}};
    warehouse.exists = true;
  }
  Landing Judge() { return CarriedInto("warehouse", source, seen, warehouse, evidence); }
  engines::LandedTable& Land() {
    auto& schema = warehouse.schemas["orders"];
    schema.source = "shop/orders";
    auto& table = schema.tables["orders"];
    table.columns = {{"id", "integer"}, {"total", "numeric"}, {"state", "text"}};
    table.key = {"id"};
    return table;
  }
  void Publish() {
    seen.ready = true;
    seen.slot = "5f3a9c21-1111";
    seen.published["orders"] = {"id", "state", "total"};
  }
  std::string Role() const { return engines::SinkRoleOf("warehouse", engines::FeedOf(source.place.layout), seen.slot); }
  /// All of it works.
  void Flow() {
    Land();
    Publish();
    warehouse.sinks[Role()].can_login = true;
    warehouse.whole.insert(Role());
    evidence.alive = true;
  }

  std::shared_ptr<api::ServiceDatabase> object;
  Source source;
  engines::SourceSeen seen;
  engines::WarehouseSeen warehouse;
  Evidence evidence;
};

TEST_F(CarriedTables, ArePublishedOnceTheWarehouseHasThemAndCopiedOnceThatIsDone) {
  auto landing = Judge();
  EXPECT_THAT(*landing.state.publish, IsEmpty());
  EXPECT_EQ(landing.state.copying, stores::Copying{});
  Land().anew = true;
  landing = Judge();
  EXPECT_THAT(landing.state.publish->at("orders").columns, ElementsAre("id", "state", "total"));
  EXPECT_EQ(landing.wanted.sink->role, "") << "no slot is copied by before it is published";
  Publish();
  landing = Judge();
  EXPECT_EQ(landing.wanted.sink->role, Role());
  EXPECT_EQ(landing.state.copying, stores::Copying{}) << "connectors come after the sink's role";
  warehouse.sinks[Role()].can_login = true;
  Land().anew = false;
  landing = Judge();
  EXPECT_EQ(landing.state.copying->slot, seen.slot);
  EXPECT_FALSE(landing.state.copying->spent);
  EXPECT_THAT(landing.state.copying->tables.at("orders").left_out, ElementsAre("card_last4", "twice"));
  EXPECT_EQ(landing.state.obstacle, Reason::kReportingPending);
}

TEST_F(CarriedTables, AreWholeOnceAllRowsAreThereThatTheStoreHadALookAgo) {
  Flow();
  warehouse.whole.clear();
  EXPECT_THAT(Judge().state.message, HasSubstr("0 of 1 tables are copied, not yet orders"));
  evidence.sent["orders"] = 10;
  evidence.landed["orders"] = 9;
  EXPECT_FALSE(Judge().wanted.sink->whole);
  evidence.landed["orders"] = 10;
  EXPECT_TRUE(Judge().wanted.sink->whole);
  evidence.alive = false;
  EXPECT_FALSE(Judge().wanted.sink->whole) << "a heartbeat comes after what was there";
}

TEST_F(CarriedTables, FlowOnEvidenceAndNotOnConnectsWord) {
  Flow();
  EXPECT_EQ(Judge().state.obstacle, std::nullopt) << Judge().state.message;
  evidence.alive = false;
  EXPECT_EQ(Judge().state.obstacle, Reason::kReportingFailing);
  evidence.alive = true;
  evidence.trouble = "its connector failed: X";
  EXPECT_EQ(Judge().state.obstacle, Reason::kReportingFailing);
  evidence.reason = connect::kPending;
  EXPECT_EQ(Judge().state.obstacle, Reason::kReportingPending);
  evidence.reason = "PluginMissing";
  EXPECT_EQ(Judge().state.obstacle, Reason::kReportingPluginMissing);
  evidence = {.alive = true};
  seen.retained = std::int64_t{2} << 30;
  EXPECT_EQ(Judge().state.obstacle, Reason::kReportingFailing);
}

TEST_F(CarriedTables, ComeAnewByAnotherSlotOrWithRowsThatAreThereAlready) {
  Flow();
  Land().anew = true;
  EXPECT_TRUE(Judge().state.copying->spent);
  seen.published.clear();
  EXPECT_FALSE(Judge().state.copying->spent) << "a new slot has to come after the publication";
  Flow();
  seen.slot = "77777777-1111";
  const auto landing = Judge();
  EXPECT_EQ(landing.state.copying, stores::Copying{}) << "what came by the other slot ends";
  EXPECT_EQ(landing.wanted.sink->role, Role());
  seen.slot = "";
  EXPECT_TRUE(Judge().state.copying->spent) << "nobody knows which slot it is";
}

TEST_F(CarriedTables, DropAnExcludedColumnOnceNoSinkWritesItAnyMore) {
  Flow();
  EXPECT_THAT(Judge().wanted.tables[0].excluded, ElementsAre("card_last4"))
      << "to be known when it is excluded no more";
  Land().columns["card_last4"] = "text";
  auto landing = Judge();
  EXPECT_THAT(landing.wanted.tables[0].excluded, IsEmpty());
  EXPECT_TRUE(landing.wanted.tables[0].again);
  warehouse.sinks.clear();
  EXPECT_THAT(Judge().wanted.tables[0].excluded, ElementsAre("card_last4"));
}

TEST_F(CarriedTables, LeaveOutWhatDebeziumDoesNotBringAsItIs) {
  Flow();
  seen.tables["orders"].columns.push_back({"place", "point", false, "point"});
  const auto landing = Judge();
  EXPECT_EQ(landing.state.obstacle, Reason::kReportingIncomplete);
  EXPECT_THAT(landing.state.message, HasSubstr("orders.place: values of type point"));
  EXPECT_THAT(landing.state.copying->tables.at("orders").left_out, ElementsAre("card_last4", "place", "twice"));
  seen.lists_columns = false;
  EXPECT_THAT(Judge().wanted.tables, IsEmpty());
}

TEST_F(CarriedTables, NeedAKey) {
  Flow();
  seen.tables["orders"].identity.clear();
  EXPECT_THAT(Judge().state.message, HasSubstr("it has no primary key"));
}

TEST_F(CarriedTables, OfAnotherEngineFlowByTheWordOfSlotAndConnectors) {
  Publish();
  auto landing = CarriedOut(source, seen, evidence);
  EXPECT_EQ(landing.state.obstacle, Reason::kReportingPending);
  EXPECT_EQ(landing.state.copying->slot, seen.slot);
  evidence.alive = true;
  EXPECT_EQ(CarriedOut(source, seen, evidence).state.obstacle, std::nullopt);
  evidence.trouble = "PUT …: no such class";
  evidence.reason = "PluginMissing";
  EXPECT_EQ(CarriedOut(source, seen, evidence).state.obstacle, Reason::kReportingPluginMissing);
  seen.published.clear();
  EXPECT_EQ(CarriedOut(source, seen, evidence).state.copying, std::nullopt) << "what runs stays";
}

}  // namespace
}  // namespace freehold::reporting

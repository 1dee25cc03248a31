#include <gmock/gmock.h>

#include <filesystem>
#include <iostream>

#include "reconcilers/validation/validate.h"
#include "tests/unit/resources_of.h"

namespace freehold::validation {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

const base::Timestamp kNow = *base::ParseTime("2027-01-01T00:00:00Z");

std::vector<std::string> Lines(const std::string& yaml, Scope scope = Scope::kFiles) {
  std::vector<std::string> lines;
  for (const Finding& finding : Validate(ResourcesOf(yaml), scope, kNow)) lines.push_back(ToString(finding));
  return lines;
}

std::string Head(const std::string& kind, const std::string& name) {
  return "---\napiVersion: freehold.dev/v1alpha1\nkind: " + kind + "\nmetadata: {name: " + name + "}\n";
}
std::string Sdb(const std::string& name, const std::string& spec) {
  return Head("ServiceDatabase", name) + "spec: {" + spec + "}\n";
}
std::string Server(const std::string& name, const std::string& spec) {
  return Head("DatabaseServer", name) + "spec: {host: " + name + ", adminSecret: {name: a}" +
         (spec.empty() ? "" : ", ") + spec + "}\n";
}

TEST(Validate, HasNothingToSayAboutASoundSet) {
  EXPECT_THAT(Lines(Server("main", "default: true") + Sdb("a", "") + Sdb("b", "isolation: Schema"), Scope::kCluster),
              IsEmpty());
}

TEST(Validate, TellsEveryFaultWithItsPlace) {
  EXPECT_THAT(
      Lines("apiVersion: freehold.dev/v1alpha1\nkind: ServiceDatabase\nmetadata: {name: a}\nspec:\n"
            "  isolaton: Schema\n  engine: Oracle\n  engine: Redis\n"),
      ElementsAre("test.yaml:5:3: error: ServiceDatabase default/a: spec.isolaton: unknown field; did you mean "
                  "isolation?",
                  testing::AllOf(StartsWith("test.yaml:6:3: error: ServiceDatabase default/a: spec.engine: must be"),
                                 HasSubstr("not \"Oracle\"")),
                  "test.yaml:7:3: error: spec.engine is given twice; first in line 6"));
}

TEST(Validate, TellsAnObjectThatIsGivenTwice) {
  EXPECT_THAT(Lines(Sdb("a", "") + Sdb("a", "")),
              ElementsAre("test.yaml:9:12: error: ServiceDatabase default/a: metadata.name: is given twice; first at "
                          "test.yaml:4:12"));
}

TEST(Validate, TakesAMissingBusForANoteOnFilesAndAnErrorInACluster) {
  EXPECT_THAT(Lines(Server("main", "default: true") + Sdb("a", "bus: kafka")),
              ElementsAre(testing::AllOf(HasSubstr(": note: "), HasSubstr("spec.bus: there is no EventBus kafka"))));
  EXPECT_THAT(Lines(Server("main", "default: true") + Sdb("a", "bus: kafka"), Scope::kCluster),
              ElementsAre(HasSubstr(": error: ")));
  EXPECT_THAT(Lines(Server("main", "default: true") + Head("EventBus", "kafka") + "spec: {type: Polling}\n" +
                        Sdb("a", "bus: kafka"),
                    Scope::kCluster),
              IsEmpty());
}

TEST(Validate, TellsWhereATopicCantBeRead) {
  const auto shop = Server("main", "default: true") +
                    Sdb("orders", "publishes: [{event: Confirmed}, {event: Cancelled}]") +
                    Sdb("cart", "consumes: [{event: Confirmed, from: orders, deliver: Topic}]");
  EXPECT_THAT(Lines(shop), ElementsAre(testing::AllOf(HasSubstr(": note: "), HasSubstr("spec.consumes[0].deliver"))));
  EXPECT_THAT(
      Lines(shop, Scope::kCluster),
      ElementsAre(testing::AllOf(HasSubstr(": error: "),
                                 HasSubstr("default/orders publishes by the databases themselves: let it use an "
                                           "EventBus of type KafkaConnect or Strimzi"))));
  const auto bus = [&](const std::string& spec) {
    return Head("EventBus", "bus") + "spec: {default: true, " + spec + "}\n";
  };
  EXPECT_THAT(Lines(shop + bus("type: Polling")), ElementsAre(HasSubstr("by EventBus bus of type Polling")));
  EXPECT_THAT(
      Lines(shop + bus("type: KafkaConnect, kafkaConnect: {url: \"http://c\"}")),
      ElementsAre(HasSubstr("EventBus bus of default/orders does not say where Kafka is: set kafkaConnect.brokers")));
  const auto kafka =
      bus("type: KafkaConnect, kafkaConnect: {url: \"http://c\", brokers: {bootstrapServers: [\"kafka:9093\"]}}");
  EXPECT_THAT(Lines(shop + kafka), IsEmpty());
  EXPECT_THAT(
      Lines(Server("main", "default: true") + kafka + Sdb("orders", "isolation: Schema, publishes: [{event: E}]") +
            Sdb("cart", "isolation: Schema, consumes: [{event: E, from: orders, deliver: Topic}]")),
      ElementsAre(HasSubstr("spec.consumes[0].deliver: it shares a database with default/orders")));
  EXPECT_THAT(
      Lines(shop + kafka +
            Sdb("mixed",
                "consumes: [{event: Confirmed, from: orders, deliver: Topic}, {event: "
                "Cancelled, from: orders}]")),
      ElementsAre(HasSubstr("spec.consumes[0].deliver: another event of default/orders is delivered to the inbox")));
  EXPECT_THAT(Lines(kafka + Sdb("x",
                                "publishes: [{event: A}], consumes: [{event: A, from: x, deliver: Topic, into: {table: "
                                "t, key: id, columns: [{name: id, path: aggregateid}]}}]")),
              Contains(HasSubstr("spec.consumes[0].into: a copy is kept from the inbox: leave into out")));
}

TEST(Validate, RefusesASecondDefaultBus) {
  const std::string spec = "spec: {default: true}\n";
  EXPECT_THAT(Lines(Head("EventBus", "one") + spec + Head("EventBus", "two") + spec),
              ElementsAre(HasSubstr("EventBus two: spec.default: EventBus one is the default already")));
}

TEST(Validate, TakesAMissingServerForANoteOnFilesAndAnErrorInACluster) {
  EXPECT_THAT(Lines(Sdb("a", "server: main")), ElementsAre(HasSubstr(": note: ")));
  EXPECT_THAT(Lines(Sdb("a", "server: main"), Scope::kCluster), ElementsAre(HasSubstr(": error: ")));
  EXPECT_THAT(Lines(Sdb("a", "")), IsEmpty());
  EXPECT_THAT(Lines(Sdb("a", ""), Scope::kCluster),
              ElementsAre(HasSubstr("no DatabaseServer is the default for PostgreSQL")));
}

TEST(Validate, TellsOfAWarehouseThatIsMissingAndOfASchemaThatTwoStoresReport) {
  const std::string reports = "reporting: {warehouse: main, tables: [{name: t}]}";
  const std::string warehouse =
      "---\n{apiVersion: freehold.dev/v1alpha1, kind: ReportingWarehouse, metadata: {name: main}, spec: {}}\n";
  EXPECT_THAT(Lines(Sdb("a", reports)), ElementsAre(HasSubstr(": note: ")));
  EXPECT_THAT(Lines(Sdb("a", reports) + warehouse), IsEmpty());
  EXPECT_THAT(Lines(Sdb("a", "service: x, name: x_db, " + reports) + "---\n" +
                    Sdb("b", "service: x, name: y_db, " + reports) + warehouse),
              ElementsAre(HasSubstr("schema x of warehouse main is another store's already")));
  const std::string with_views =
      "---\n{apiVersion: freehold.dev/v1alpha1, kind: ReportingWarehouse, metadata: {name: main}, "
      "spec: {views: [{schema: x, configMap: {name: x}}]}}\n";
  EXPECT_THAT(Lines(Sdb("a", "service: x, name: x_db, " + reports) + with_views),
              ElementsAre(HasSubstr("schema x of warehouse main holds views")));
  const auto files = [&](const std::string& text) {
    return "---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: x, namespace: ops}, data: {a.sql: '" + text +
           "'}}\n";
  };
  EXPECT_THAT(Lines(with_views + files("SELECT 1 AS x")), IsEmpty());
  EXPECT_THAT(Lines(with_views + files("SELECT 1 FORM x")),
              ElementsAre(HasSubstr("spec.views[0].configMap: a.sql: line 1: syntax error")));
  const std::string loaded =
      "---\n{apiVersion: freehold.dev/v1alpha1, kind: ReportingWarehouse, metadata: {name: main}, "
      "spec: {loader: {type: Fivetran}}}\n";
  EXPECT_THAT(Lines(Sdb("a", "service: x, name: x_db, " + reports) + "---\n" +
                    Sdb("b", "service: x, name: y_db, " + reports) + loaded),
              IsEmpty());
  EXPECT_THAT(Lines(Sdb("a", "isolation: Schema, " + reports) + loaded),
              ElementsAre(HasSubstr("what Fivetran reads can't share its database")));
}

TEST(Validate, ComparesAStoreWithWhatItsServerOffers) {
  const std::string server =
      Server("main", "default: true, extensions: [pgcrypto], allowedNamespaces: {matchLabels: {a: b}}");
  EXPECT_THAT(Lines(server + Sdb("a", "isolation: Tables, extensions: [pgcrypto, postgis]")),
              testing::UnorderedElementsAre(
                  HasSubstr("does not offer isolation Tables"),
                  HasSubstr("spec.extensions[1]: DatabaseServer main does not allow extension postgis"),
                  HasSubstr("does not admit namespace default")));
  EXPECT_THAT(Lines(Server("r", "") + Sdb("a", "server: r, engine: Redis")),
              ElementsAre(HasSubstr("is of engine PostgreSQL")));
  EXPECT_THAT(Lines(Server("m", "") + Sdb("a", "server: m, name: apps")),
              ElementsAre(HasSubstr("keeps shared stores in")));
}

TEST(Validate, KnowsTheLabelsOfNamespacesInTheSet) {
  EXPECT_THAT(Lines(Server("main", "default: true, allowedNamespaces: {matchLabels: {a: b}}") + Sdb("a", "") +
                    "---\n{apiVersion: v1, kind: Namespace, metadata: {name: default, labels: {a: b}}}\n"),
              IsEmpty());
}

TEST(Validate, AllowsOneDefaultServerPerEngine) {
  EXPECT_THAT(
      Lines(Server("a", "default: true") + Server("b", "default: true") + Server("c", "default: true, engine: Redis")),
      ElementsAre(testing::AllOf(HasSubstr("DatabaseServer b: spec.default"),
                                 HasSubstr("another default server: DatabaseServer a"))));
}

TEST(Validate, CountsTheStoresOfAServer) {
  const auto stores = Sdb("a", "") + Sdb("b", "") + Sdb("c", "server: main");
  EXPECT_THAT(Lines(Server("main", "default: true, limits: {databases: 3}") + stores), IsEmpty());
  EXPECT_THAT(Lines(Server("main", "default: true, limits: {databases: 2}") + stores),
              testing::Contains(HasSubstr("ServiceDatabase default/c: spec.server: DatabaseServer main has its 2")));
}

TEST(Validate, ShowsBothPlacesOfAStoreWithTwoOwners) {
  EXPECT_THAT(Lines(Sdb("a", "name: same") + Sdb("b", "name: same")),
              ElementsAre(testing::AllOf(StartsWith("test.yaml:5:8: note: ServiceDatabase default/a: spec.name"),
                                         HasSubstr("test.yaml:10:8")),
                          testing::AllOf(StartsWith("test.yaml:10:8: error: ServiceDatabase default/b: spec.name"),
                                         HasSubstr("belongs to ServiceDatabase default/a at test.yaml:5:8"))));
}

TEST(Validate, SeesNamesThatJoinToTheSame) {
  EXPECT_THAT(Lines(Sdb("a-b", "") + Sdb("a", "service: a-b")), testing::Contains(HasSubstr(": error: ")));
  EXPECT_THAT(Lines(Sdb("orders", "") + Sdb("x", "isolation: Schema, name: orders_db")),
              testing::Contains(HasSubstr(": error: ")));
}

TEST(Validate, RefusesATableOfAnotherServiceWithBothPlaces) {
  const auto lines =
      Lines(Sdb("orders", "owns: [{aggregate: Order, tables: [orders]}]") +
            Sdb("billing", "owns: [{aggregate: Invoice, tables: [invoices]}, {aggregate: Order, tables: [orders]}]"));
  EXPECT_THAT(lines,
              ElementsAre(testing::AllOf(StartsWith("test.yaml:5:"), HasSubstr(": note: "), HasSubstr("test.yaml:10:")),
                          testing::AllOf(StartsWith("test.yaml:10:"), HasSubstr(": error: "),
                                         HasSubstr("spec.owns[1].tables[0]: table orders is owned by service orders"),
                                         HasSubstr("test.yaml:5:"))));
}

TEST(Validate, RefusesSharedTablesOfOneSchemaWhateverTheAggregate) {
  const std::string tables = "isolation: Tables, server: main, owns: [{aggregate: ";
  EXPECT_THAT(Lines(Sdb("a", tables + "A, tables: [t]}]") + Sdb("b", tables + "B, tables: [t]}]")),
              testing::Contains(testing::AllOf(HasSubstr(": error: "), HasSubstr("table t is owned by"))));
}

TEST(Validate, WarnsOfEqualNamesInSeparateStores) {
  EXPECT_THAT(Lines(Sdb("a", "owns: [{aggregate: A, tables: [settings]}]") +
                    Sdb("b", "owns: [{aggregate: B, tables: [settings]}]")),
              testing::Contains(HasSubstr(": warning: ")));
}

TEST(Validate, LetsStoresOfOneServiceNameTheSameTable) {
  EXPECT_THAT(Lines(Sdb("a", "service: s, name: s1, owns: [{aggregate: A, tables: [t]}]") +
                    Sdb("b", "service: s, name: s2, owns: [{aggregate: A, tables: [t]}]")),
              IsEmpty());
}

TEST(Validate, LetsEveryServiceHaveItsOutbox) {
  EXPECT_THAT(Lines(Sdb("a", "owns: [{aggregate: Event, tables: [outbox]}]") +
                    Sdb("b", "owns: [{aggregate: Event, tables: [outbox]}]")),
              IsEmpty());
}

TEST(Validate, TellsEventsThatNobodyPublishesOrOffers) {
  EXPECT_THAT(Lines(Sdb("a", "publishes: [{event: E, to: [x]}]") +
                    Sdb("b", "consumes: [{event: E, from: a}, {event: F, from: a}, {event: G, from: z}]")),
              ElementsAre(HasSubstr("does not offer it to default/b"), HasSubstr("does not publish F"),
                          HasSubstr("there is no service default/z")));
}

/// Two events that are kept in one table.
std::vector<std::string> KeptTogether(const std::string& first, const std::string& second,
                                      const std::string& more = "isolation: Schema") {
  return Lines(Sdb("a", "publishes: [{event: E}, {event: F}]") +
               Sdb("b", more + ", consumes: [{event: E, from: a, into: {table: t, " + first +
                            "}}, {event: F, from: a, into: {table: t, " + second + "}}]"));
}

TEST(Validate, LetsSeveralEventsBeKeptInOneTableWhenTheyAgree) {
  const std::string id = "{name: id, path: $.id, type: uuid}", price = "{name: price, path: $.price, type: numeric}";
  const auto upsert = "key: id, columns: [" + id + ", " + price + "]";
  EXPECT_THAT(KeptTogether(upsert,
                           "key: id, columns: [{name: price, path: $.p, type: numeric}, {name: id, path: "
                           "aggregateid, type: uuid}]"),
              IsEmpty());
  EXPECT_THAT(KeptTogether("key: id, operation: Delete, columns: [" + id + "]", upsert), IsEmpty());
  EXPECT_THAT(KeptTogether(upsert, "key: price, columns: [" + id + ", " + price + "]"),
              ElementsAre(HasSubstr("spec.consumes[1].into.key: is price, but the other events that are kept in t have "
                                    "id; let them agree")));
  EXPECT_THAT(KeptTogether(upsert, "key: id, columns: [{name: id, path: $.id}, " + price + "]"),
              ElementsAre(HasSubstr("spec.consumes[1].into.columns[0].type: column id is of type text, but the other "
                                    "events that are kept in t have it as uuid")));
  EXPECT_THAT(KeptTogether(upsert, "key: id, columns: [" + id + "]"),
              ElementsAre(HasSubstr("spec.consumes[1].into.columns: column price is missing")));
  EXPECT_THAT(KeptTogether("key: id, columns: [" + id + "]", upsert),
              ElementsAre(HasSubstr("spec.consumes[1].into.columns[1]: column price is not among those")));
}

TEST(Validate, RefusesACopyWhereItsNameIsNotFree) {
  const std::string shape = "key: id, columns: [{name: id, path: $.id}]";
  EXPECT_THAT(KeptTogether(shape, shape, "owns: [{aggregate: T, tables: [t]}]"),
              ElementsAre(HasSubstr("spec.consumes[0].into.table: table t is the service's own, of aggregate T; choose "
                                    "another name")));
  EXPECT_THAT(KeptTogether(shape, shape, "isolation: Tables"),
              ElementsAre(HasSubstr("spec.consumes[0].into: isolation Tables has no schema")));
}

TEST(Validate, AppliesPolicies) {
  const std::string policy = Head("DataPolicy", "all") +
                             "spec: {engines: [Redis], exceptions: [{service: default/b, isolation: "
                             "Tables, until: '2026-12-31', reason: r}]}\n";
  EXPECT_THAT(
      Lines(policy + Sdb("b", "isolation: Tables")),
      ElementsAre(HasSubstr(": warning: DataPolicy all: spec.exceptions[0].until"),
                  HasSubstr("error: ServiceDatabase default/b: spec.engine: DataPolicy all does not allow PostgreSQL"),
                  HasSubstr("allowed Tables until 2026-12-31")));
}

TEST(Validate, HoldsUnlessThereIsAnError) {
  EXPECT_TRUE(Holds(std::vector<Finding>{{.severity = Severity::kWarning}, {.severity = Severity::kNote}}));
  EXPECT_FALSE(Holds(std::vector<Finding>{{.severity = Severity::kNote}, {.severity = Severity::kError}}));
}

class ExampleFiles : public testing::TestWithParam<std::string> {};

TEST_P(ExampleFiles, HaveNoFaults) {
  const auto resources = documents::Load({"examples/" + GetParam()}, std::cin);
  ASSERT_TRUE(resources) << resources.error().message;
  for (const Finding& finding : Validate(*resources, Scope::kFiles, kNow)) ADD_FAILURE() << ToString(finding);
}

INSTANTIATE_TEST_SUITE_P(Validation, ExampleFiles,
                         testing::Values("adoption", "day-after-sports", "marts", "one-service", "schema-mode", "shop"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::erase(name, '-');
                           return name;
                         });

}  // namespace
}  // namespace freehold::validation

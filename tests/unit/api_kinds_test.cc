// The kinds between JSON and struct.
#include <gmock/gmock.h>

#include "reconcilers/api/kinds.h"
#include "tests/unit/resources_of.h"

namespace freehold::api {
namespace {

using namespace std::chrono_literals;

const char* const kWhole = R"(
apiVersion: freehold.dev/v1alpha1
kind: ServiceDatabase
metadata: {name: orders, namespace: shop, labels: {team: checkout}}
spec:
  service: orders
  serviceAccounts: [orders, orders-batch]
  isolation: Schema
  server: main
  name: orders_v2
  owns:
    - {aggregate: Order, tables: [orders, order_lines]}
  publishes:
    - {event: OrderConfirmed, to: [payments, other/inventory]}
    - {event: OrderCancelled}
  consumes:
    - event: ProductUpdated
      from: catalog
      pattern: ReadModel
      into: {table: products, key: id, columns: [{name: id, path: $.id, type: uuid}, {name: name, path: $.name}]}
    - {event: ProductDeleted, from: catalog, into: {table: products, key: id,
       columns: [{name: id, path: aggregateid, type: uuid}], operation: Delete}}
  calls:
    - {service: inventory, api: "GET /stock/{sku}", why: small and fresh}
  outbox: {retention: 48h}
  reporting: {warehouse: main, tables: [{name: orders, exclude: [card_last4]}]}
  credentials: {secretName: orders-login, rotateEvery: 360h, overlap: 1h30m}
  limits: {connections: 20, statementTimeout: 30s}
  extensions: [pgcrypto, uuid-ossp]
  adopt: true
  deletionPolicy: Delete
)";

ServiceDatabase Named(const std::string& name) {
  ServiceDatabase object;
  object.meta.name = name;
  object.meta.ns = "shop";
  return object;
}

TEST(ServiceDatabase, IsReadWhole) {
  const auto reading = ParseServiceDatabase(JsonOf(kWhole));
  ASSERT_TRUE(reading.ok()) << reading.faults[0].path << " " << reading.faults[0].message;
  const ServiceDatabaseSpec& spec = reading.value.spec;
  EXPECT_EQ(reading.value.meta.full_name(), (kube::Name{"shop", "orders"}));
  EXPECT_EQ(reading.value.meta.labels.at("team"), "checkout");
  EXPECT_EQ(spec.isolation, Isolation::kSchema);
  EXPECT_EQ(spec.name, "orders_v2");
  EXPECT_EQ(spec.owns, (std::vector<OwnedAggregate>{{"Order", {"orders", "order_lines"}}}));
  EXPECT_EQ(spec.publishes[0].to, (std::vector<std::string>{"payments", "other/inventory"}));
  EXPECT_EQ(spec.publishes[1].to, std::nullopt);
  EXPECT_EQ(spec.consumes[0].pattern, ConsumePattern::kReadModel);
  ASSERT_TRUE(spec.consumes[0].into);
  EXPECT_EQ(*spec.consumes[0].into,
            (Projection{"products", "id", {{"id", "$.id", ColumnType::kUuid}, {"name", "$.name", ColumnType::kText}}}));
  ASSERT_TRUE(spec.consumes[1].into);
  EXPECT_EQ(spec.consumes[1].into->operation, ProjectionOperation::kDelete);
  EXPECT_EQ(spec.outbox->retention, 48h);
  EXPECT_EQ(spec.reporting->tables[0].exclude, std::vector<std::string>{"card_last4"});
  EXPECT_EQ(spec.credentials.overlap, 90min);
  EXPECT_EQ(spec.limits.connections, 20);
  EXPECT_EQ(spec.deletion_policy, DeletionPolicy::kDelete);
}

TEST(ServiceDatabase, IsPrintedAsItWasRead) {
  EXPECT_EQ(ToJson(ParseServiceDatabase(JsonOf(kWhole)).value), JsonOf(kWhole));
}

TEST(ServiceDatabase, IsPrintedWithoutWhatIsDefault) {
  EXPECT_EQ(ToJson(Named("orders").spec), Json::object());
  const auto defaulted = ParseServiceDatabase(JsonOf(
      "{apiVersion: freehold.dev/v1alpha1, kind: ServiceDatabase, metadata: {name: a}, spec: {isolation: Database, "
      "engine: PostgreSQL, adopt: false, deletionPolicy: Retain, credentials: {rotateEvery: 720h, overlap: 24h}}}"));
  EXPECT_EQ(ToJson(defaulted.value.spec), Json::object());
}

TEST(ServiceDatabase, DerivesItsNames) {
  ServiceDatabase object = Named("order-history");
  EXPECT_EQ(ServiceOf(object), "order-history");
  EXPECT_EQ(ServiceAccountsOf(object), std::vector<std::string>{"order-history"});
  EXPECT_EQ(StoreNameOf(object), "order_history_db");
  EXPECT_EQ(SchemaOf(object), "order_history");
  EXPECT_EQ(SecretNameOf(object), "order-history.freehold");

  object.spec.isolation = Isolation::kSchema;
  EXPECT_EQ(StoreNameOf(object), "order_history");
  object.spec.name = "archive";
  EXPECT_EQ(StoreNameOf(object), "archive");
  EXPECT_EQ(SchemaOf(object), "archive");
  object.spec.isolation = Isolation::kInstance;
  EXPECT_EQ(SchemaOf(object), "order_history");
}

TEST(ServiceDatabase, HasAnOutboxWhenItPublishesOrAsksForOne) {
  ServiceDatabase object = Named("orders");
  EXPECT_EQ(OutboxOf(object), std::nullopt);
  object.spec.publishes = {{"OrderConfirmed", {}}};
  EXPECT_EQ(OutboxOf(object)->retention, 168h);
  object.spec.outbox = OutboxSpec{24h};
  EXPECT_EQ(OutboxOf(object)->retention, 24h);
}

TEST(ServiceDatabase, PrintsItsStatusForAnApply) {
  ServiceDatabase object = Named("orders");
  ServiceDatabaseStatus status;
  status.observed_generation = 3;
  status.conditions = {{"Ready", kube::Condition::Status::kTrue, "Ready", "", 3, base::Timestamp(1h)}};
  status.assurance = Assurance::kMedium;
  status.binding = "orders.freehold";
  status.store = StoreStatus{"main", "orders_db", "orders", "f00"};
  status.credentials = CredentialStatus{"orders_db_a", CredentialPhase::kDraining, base::Timestamp(1h), {}, {}, "now"};
  status.consumes = {{"ProductUpdated", "shop/catalog", "", "Declared"}};
  status.consumes[0].into = ProjectionStatus{"products", "EventsNotApplied", 2, "no key", "e1", base::Timestamp(1h)};
  EXPECT_EQ(StatusObject(object.meta, status), JsonOf(R"(
apiVersion: freehold.dev/v1alpha1
kind: ServiceDatabase
metadata: {name: orders, namespace: shop}
status:
  observedGeneration: 3
  conditions:
    - {type: Ready, status: "True", reason: Ready, message: "", observedGeneration: 3,
       lastTransitionTime: "1970-01-01T01:00:00Z"}
  assurance: Medium
  binding: {name: orders.freehold}
  store: {server: main, database: orders_db, schema: orders, fingerprint: f00}
  credentials: {login: orders_db_a, phase: Draining, rotatedAt: "1970-01-01T01:00:00Z", rotateRequest: now}
  consumes:
    - {event: ProductUpdated, from: shop/catalog, state: Declared, into: {table: products, state: EventsNotApplied,
       failedEvents: 2, lastError: no key, lastEvent: e1, behindSince: "1970-01-01T01:00:00Z"}}
)"));

  Json object_json = ToJson(object);
  object_json["status"] = ToJson(status);
  const auto read = ReadServiceDatabase(object_json);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->status, status);
}

TEST(ServiceDatabase, IsReadFromTheApiServerWithFieldsOfANewerSchema) {
  Json object = ToJson(Named("orders"));
  object["spec"] = {{"isolation", "Schema"}, {"newer", true}, {"limits", {{"newer", 1}}}};
  object["status"] = {{"newer", {}}, {"conditions", nullptr}};
  const auto read = ReadServiceDatabase(object);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->spec.isolation, Isolation::kSchema);

  object["spec"]["isolation"] = "Row";
  ASSERT_FALSE(ReadServiceDatabase(object));
  EXPECT_EQ(ReadServiceDatabase(object).error().reason, "InvalidObject");
}

TEST(DatabaseServer, IsReadAndPrinted) {
  const Json whole = JsonOf(R"(
apiVersion: freehold.dev/v1alpha1
kind: DatabaseServer
metadata: {name: main}
spec:
  host: pg.example.internal
  port: 5433
  tls: {mode: Require, caSecret: {name: pg-ca, key: root.pem}}
  adminSecret: {name: pg-admin}
  sharedDatabase: shop_apps
  isolation: [Tables, Schema]
  allowedNamespaces: {matchLabels: {tier: shop}}
  default: true
  readReplicas: [{host: replica, port: 5434}]
  extensions: [pgcrypto]
  limits: {databases: 10, operatorConnections: 2}
  spares: 3
)");
  const auto reading = ParseDatabaseServer(whole);
  ASSERT_TRUE(reading.ok()) << reading.faults[0].path << " " << reading.faults[0].message;
  EXPECT_EQ(reading.value.spec.admin_secret, "pg-admin");
  EXPECT_TRUE(reading.value.spec.is_default);
  EXPECT_EQ(reading.value.spec.tls.ca_secret->key, "root.pem");
  EXPECT_EQ(reading.value.spec.allowed_namespaces.match_labels.at("tier"), "shop");
  EXPECT_EQ(ToJson(reading.value), whole);
}

TEST(DatabaseServer, ShowsEveryCapabilityInItsStatus) {
  DatabaseServerStatus status;
  status.capabilities = Capabilities{};
  EXPECT_EQ(ToJson(status), JsonOf("{observedGeneration: 0, capabilities: {superuser: false, createDatabase: false, "
                                   "createRole: false, replicate: false, subscribe: false, readVerifiers: false, "
                                   "replicationSlots: 0, subscriptions: 0}, "
                                   "stores: 0}"));
}

TEST(DataPolicy, IsReadAndPrinted) {
  const Json whole = JsonOf(R"(
apiVersion: freehold.dev/v1alpha1
kind: DataPolicy
metadata: {name: all}
spec:
  namespaces: {matchLabels: {tier: shop}}
  engines: [PostgreSQL, Redis]
  minimumIsolation: Database
  rotation: {atMost: 2160h}
  exceptions: [{service: shop/legacy, isolation: Tables, until: "2027-03-31", reason: "decomposition, step 4"}]
  enforcement: Warn
  drift: Report
)");
  const auto reading = ParseDataPolicy(whole);
  ASSERT_TRUE(reading.ok()) << reading.faults[0].path << " " << reading.faults[0].message;
  EXPECT_EQ(reading.value.spec.rotation.at_most, 2160h);
  EXPECT_EQ(ToJson(reading.value), whole);
}

TEST(ReportingWarehouse, IsReadAndPrinted) {
  const Json whole = JsonOf(R"(
apiVersion: freehold.dev/v1alpha1
kind: ReportingWarehouse
metadata: {name: main}
spec:
  server: analytics
  database: reports
  bus: main
  readers: [{name: looker, secretName: looker-login, statementTimeout: 5m, readReplica: replica.example.internal}, {name: dbt}]
  credentials: {rotateEvery: 240h, overlap: 1h}
  deletionPolicy: Delete
)");
  const auto reading = ParseReportingWarehouse(whole);
  ASSERT_TRUE(reading.ok()) << reading.faults[0].path << " " << reading.faults[0].message;
  EXPECT_EQ(ToJson(reading.value), whole);
  EXPECT_EQ(ReaderSecretOf(reading.value, reading.value.spec.readers[0]), "looker-login");
  EXPECT_EQ(ReaderSecretOf(reading.value, reading.value.spec.readers[1]), "main-dbt.freehold");
}

TEST(EventBus, IsReadAndPrinted) {
  const Json whole = JsonOf(R"(
apiVersion: freehold.dev/v1alpha1
kind: EventBus
metadata: {name: main}
spec: {type: Polling, default: true}
)");
  const auto reading = ParseEventBus(whole);
  ASSERT_TRUE(reading.ok()) << reading.faults[0].path << " " << reading.faults[0].message;
  EXPECT_EQ(reading.value.spec.type, BusType::kPolling);
  EXPECT_EQ(ToJson(reading.value), whole);
}

TEST(CredentialIndex, IsReadAndPrinted) {
  const Json whole = JsonOf(R"(
apiVersion: freehold.dev/v1alpha1
kind: CredentialIndex
metadata: {name: default, namespace: shop}
spec:
  credentials:
    orders.freehold: {serviceDatabase: orders, serviceAccounts: [orders, orders-batch]}
    ledger-login: {serviceDatabase: ledger, serviceAccounts: []}
)");
  const auto index = ReadCredentialIndex(whole);
  ASSERT_TRUE(index) << index.error().message;
  EXPECT_EQ(index->spec.credentials.at("orders.freehold"), (IndexedCredential{"orders", {"orders", "orders-batch"}}));
  EXPECT_EQ(ReadCredentialIndex(ToJson(*index))->spec, index->spec);
}

TEST(LabelSelector, MatchesWhenEveryLabelIsThere) {
  const LabelSelector selector{{{"a", "1"}, {"b", "2"}}};
  EXPECT_TRUE(Matches(selector, {{"a", "1"}, {"b", "2"}, {"c", "3"}}));
  EXPECT_FALSE(Matches(selector, {{"a", "1"}}));
  EXPECT_FALSE(Matches(selector, {{"a", "1"}, {"b", "1"}}));
  EXPECT_TRUE(Matches({}, {}));
}

}  // namespace
}  // namespace freehold::api

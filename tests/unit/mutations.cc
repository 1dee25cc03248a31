#include "tests/unit/mutations.h"

#include <cstdlib>

#include "tests/unit/resources_of.h"

namespace freehold::api {
namespace {

constexpr const char* kObjects = R"(
apiVersion: freehold.dev/v1alpha1
kind: ServiceDatabase
metadata: {name: orders, namespace: shop}
spec:
  service: orders
  serviceAccounts: [orders]
  engine: PostgreSQL
  isolation: Schema
  server: main
  name: orders_v2
  owns: [{aggregate: Order, tables: [orders]}]
  publishes: [{event: OrderConfirmed, to: [payments], schema: {type: object}}]
  bus: kafka
  consumes:
    - {event: ProductUpdated, from: catalog, pattern: ReadModel, startFrom: Now, deliver: Inbox,
       into: {table: products, key: id, operation: Upsert, columns: [{name: id, path: $.id, type: uuid}]}}
  calls: [{service: inventory, api: GET /stock, why: it is small}]
  outbox: {retention: 48h}
  inbox: {retention: 48h}
  reporting: {warehouse: main, tables: [{name: orders, exclude: [card], deletes: Keep}]}
  credentials: {secretName: orders-login, rotateEvery: 360h, overlap: 1h}
  limits: {connections: 20, statementTimeout: 30s}
  extensions: [pgcrypto]
  adopt: true
  deletionPolicy: Delete
---
apiVersion: freehold.dev/v1alpha1
kind: DatabaseServer
metadata: {name: main}
spec:
  engine: PostgreSQL
  host: pg.example
  port: 5432
  tls: {mode: VerifyFull, caSecret: {name: ca, key: ca.crt}, peerRootCert: /etc/ca.crt}
  adminSecret: {name: admin}
  sharedDatabase: apps
  isolation: [Schema, Database]
  allowedNamespaces: {matchLabels: {team: shop}}
  default: true
  readReplicas: [{host: replica.example, port: 5432}]
  extensions: [pgcrypto]
  limits: {databases: 100, operatorConnections: 4}
  spares: 2
---
apiVersion: freehold.dev/v1alpha1
kind: DataPolicy
metadata: {name: default}
spec:
  namespaces: {matchLabels: {team: shop}}
  engines: [PostgreSQL]
  minimumIsolation: Schema
  rotation: {atMost: 720h}
  exceptions: [{service: shop/orders, isolation: Tables, until: "2027-03-31", reason: a monolith}]
  enforcement: Deny
  drift: Repair
---
apiVersion: freehold.dev/v1alpha1
kind: EventBus
metadata: {name: kafka}
spec:
  type: KafkaConnect
  kafkaConnect:
    url: http://connect:8083
    authSecret: connect
    caSecret: {name: ca, key: ca.crt}
    topicPrefix: events
    secretsPath: /opt/freehold
    partitions: 3
    brokers:
      bootstrapServers: ["kafka:9093"]
      securityProtocol: SASL_SSL
      caSecret: {name: ca, key: ca.crt}
      adminSecret: kafka-admin
      platformUsers: [connect]
  default: false
---
apiVersion: freehold.dev/v1alpha1
kind: EventBus
metadata: {name: strimzi}
spec:
  type: Strimzi
  strimzi:
    {cluster: connect, namespace: kafka, topicPrefix: events, secretsPath: /opt/freehold, partitions: 3,
     kafka: {cluster: events, listener: tls}}
---
apiVersion: freehold.dev/v1alpha1
kind: ReportingWarehouse
metadata: {name: main}
spec:
  engine: PostgreSQL
  server: main
  database: reports
  bus: kafka
  readers: [{name: dbt, secretName: dbt-login, statementTimeout: 10m, readReplica: replica.example}]
  views: [{schema: marts, configMap: {name: marts, namespace: reports}, refreshEvery: 1h, statementTimeout: 10m}]
  credentials: {rotateEvery: 360h, overlap: 1h}
  deletionPolicy: Retain
---
apiVersion: freehold.dev/v1alpha1
kind: ReportingWarehouse
metadata: {name: loaded}
spec: {loader: {type: Airbyte, holdBackAtMost: 10}}
---
apiVersion: freehold.dev/v1alpha1
kind: ReportingWarehouse
metadata: {name: clickhouse}
spec:
  engine: ClickHouse
  bus: kafka
  clickHouse: {host: ch.example, port: 8443, ssl: true, database: shop, username: freehold, secret: {name: ch, key: password}}
---
apiVersion: freehold.dev/v1alpha1
kind: ReportingWarehouse
metadata: {name: snowflake}
spec:
  engine: Snowflake
  bus: kafka
  snowflake:
    {accountUrl: "https://a.snowflakecomputing.com", database: SHOP, schema: PUBLIC, username: FREEHOLD, role: LOADER, secret: {name: sf, key: key}}
---
apiVersion: freehold.dev/v1alpha1
kind: ReportingWarehouse
metadata: {name: bigquery}
spec:
  engine: BigQuery
  bus: kafka
  bigQuery: {project: shop-reports, dataset: shop, secret: {name: bq, key: key.json}}
---
apiVersion: freehold.dev/v1alpha1
kind: ReportingWarehouse
metadata: {name: redshift}
spec:
  engine: Redshift
  bus: kafka
  redshift: {host: rs.example, port: 5439, database: shop, username: freehold, secret: {name: rs, key: password}}
)";

class Mutator {
 public:
  Mutator(const Json& object, int step) : object_(object), changed_(object), step_(step) {}

  std::vector<Mutation> Run() {
    Visit(SpecSchemaOf(object_), Json::json_pointer("/spec"), "spec");
    return std::move(mutations_);
  }

 private:
  void Put(const Json::json_pointer& at, const std::string& path, const Json& value, std::string what) {
    changed_[at] = value;
    Keep(path, std::move(what));
    changed_[at] = object_[at];
  }

  void Put(const Json::json_pointer& at, const std::string& path, const Json& value) {
    Put(at, path, value, value.dump().substr(0, 80));
  }

  void Keep(const std::string& path, std::string what) {
    if (made_++ % step_ == 0) mutations_.push_back({object_["kind"], path, std::move(what), changed_});
  }

  void Visit(const Json& schema, const Json::json_pointer& at, const std::string& path) {
    if (!object_.contains(at)) return;
    Remove(at, path);
    if (schema.contains("x-kubernetes-preserve-unknown-fields")) return OtherTypes(at, path, "any");
    const std::string type = schema.value("type", "");
    OtherTypes(at, path, type);
    if (type == "string") Texts(at, path);
    if (type == "integer") Numbers(schema, at, path);
    if (type == "array") Items(schema, at, path);
    if (type == "object") Members(schema, at, path);
  }

  void Remove(const Json::json_pointer& at, const std::string& path) {
    Json& parent = changed_[at.parent_pointer()];
    if (parent.is_array()) return;
    parent.erase(at.back());
    Keep(path, "removed");
    parent = object_[at.parent_pointer()];
  }

  void OtherTypes(const Json::json_pointer& at, const std::string& path, const std::string& type) {
    const std::vector<std::pair<std::string, Json>> values = {
        {"string", "text"},         {"integer", 1},       {"boolean", true}, {"array", Json::array()}, {"number", 1.5},
        {"object", Json::object()}, {"array", {nullptr}}, {"", nullptr}};
    for (const auto& [of, value] : values) {
      if (of != type) Put(at, path, value);
    }
  }

  void Texts(const Json::json_pointer& at, const std::string& path) {
    for (const auto& text : HostileTexts()) {
      Put(at, path, text);
      Put(at, path, object_[at].get<std::string>() + text);
    }
  }

  void Numbers(const Json& schema, const Json::json_pointer& at, const std::string& path) {
    for (const std::int64_t number : {std::int64_t{-1}, std::int64_t{0}, std::int64_t{1} << 31, INT64_MAX, INT64_MIN}) {
      Put(at, path, number);
    }
    Put(at, path, UINT64_MAX);
    Put(at, path, 1e300);
    for (const auto& [bound, beyond] : {std::pair("minimum", -1), std::pair("maximum", 1)}) {
      if (schema.contains(bound)) Put(at, path, schema[bound].get<std::int64_t>() + beyond);
    }
  }

  void Items(const Json& schema, const Json::json_pointer& at, const std::string& path) {
    const Json first = object_[at].at(0);
    Put(at, path, Json::array({first, first}), "the same item twice");
    Put(at, path, Json(std::size_t{1000}, first), "a thousand items");
    Visit(schema["items"], at / 0, path + "[0]");
  }

  void Members(const Json& schema, const Json::json_pointer& at, const std::string& path) {
    Json beside = object_[at];
    beside["hostile"] = "field";
    Put(at, path, beside, "an unknown field");
    if (schema.contains("additionalProperties")) return Labels(at, path);
    for (const auto& [name, member] : schema["properties"].items()) {
      Visit(member, at / name, path + "." + name);
    }
  }

  void Labels(const Json::json_pointer& at, const std::string& path) {
    for (const auto& text : HostileTexts()) {
      Put(at, path, {{"team", text}});
      Put(at, path, Json::object({{text, "shop"}}));
    }
  }

  const Json object_;
  Json changed_;
  const int step_;
  int made_ = 0;
  std::vector<Mutation> mutations_;
};

}  // namespace

const std::vector<std::string>& HostileTexts() {
  static const std::vector<std::string> texts = {"",
                                                 "\"",
                                                 "'",
                                                 "`",
                                                 "\\",
                                                 "a\nb",
                                                 "a\n",
                                                 std::string("a\0b", 3),
                                                 std::string(64, 'a'),
                                                 std::string(10'000, 'a'),
                                                 "\U0001F418",
                                                 "a\u202Eb",
                                                 "a\u2066b\u2069",
                                                 "\uFEFFa",
                                                 "\u00e9",
                                                 "pg_x",
                                                 "freehold_x",
                                                 "select",
                                                 "user",
                                                 "none",
                                                 "public",
                                                 "postgres",
                                                 "template0",
                                                 "information_schema",
                                                 "'; DROP TABLE x; --",
                                                 "$$",
                                                 "%s%n",
                                                 "{schema}",
                                                 "../../x",
                                                 "${x:y}",
                                                 "a b",
                                                 "A",
                                                 "-1",
                                                 "true",
                                                 "null"};
  return texts;
}

std::vector<Json> WholeObjects() {
  std::vector<Json> objects;
  for (auto& document : documents::ParseText(kObjects, "whole.yaml").documents) {
    objects.push_back(std::move(document.content));
  }
  return objects;
}

const Json& CrdOf(const Json& object) {
  for (const KindInfo& kind : Kinds()) {
    if (kind.type.kind == object.at("kind")) return kind.crd;
  }
  throw std::invalid_argument("not one of our kinds: " + object.dump());
}

Json SpecSchemaOf(const Json& object) {
  return CrdOf(object)["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"];
}

std::set<std::string> FieldsOf(const Json& schema, const std::string& path) {
  std::set<std::string> fields = {path};
  if (schema.contains("items")) fields.merge(FieldsOf(schema["items"], path + "[]"));
  if (schema.contains("properties")) {
    for (const auto& [name, member] : schema["properties"].items()) fields.merge(FieldsOf(member, path + "." + name));
  }
  return fields;
}

std::vector<Mutation> MutationsOf(const Json& object, int step) { return Mutator(object, step).Run(); }

int StepOfMutations(int usual) { return std::getenv("FREEHOLD_MUTATIONS") ? 1 : usual; }

}  // namespace freehold::api

// Objects that must be refused, by the rules in C++ on files and by the same rules in CEL at the API server.
#pragma once

#include <string>
#include <vector>

namespace freehold::api {

struct Refusal {
  std::string title;    ///< a word for the test's name
  std::string object;   ///< YAML without apiVersion
  std::string path;     ///< of the fault
  std::string message;  ///< part of it, as both tell it; empty where the API server has words of its own
};

inline std::string Sdb(const std::string& name, const std::string& spec) {
  return "{kind: ServiceDatabase, metadata: {name: " + name + "}, spec: {" + spec + "}}";
}
inline std::string Dbs(const std::string& spec) {
  return "{kind: DatabaseServer, metadata: {name: refused}, spec: {host: h, adminSecret: {name: a}, " + spec + "}}";
}
inline std::string Policy(const std::string& spec) {
  return "{kind: DataPolicy, metadata: {name: refused}, spec: {" + spec + "}}";
}
inline std::string Excepting(const std::string& service, const std::string& until, const std::string& reason) {
  return Policy("exceptions: [{service: " + service + ", isolation: Tables, until: " + until + ", reason: " + reason +
                "}]");
}

/// One event that is kept in a copy, of fields as written.
inline std::string Into(const std::string& fields) {
  return Sdb("a", "consumes: [{event: A, from: b, into: {" + fields + "}}]");
}
/// With one column of a path.
inline std::string IntoPath(const std::string& path) {
  return Into("table: t, key: id, columns: [{name: id, path: " + path + "}]");
}

inline const std::vector<Refusal>& Refusals() {
  const std::string service(55, 's'), long_name(58, 'n'), table(64, 't');
  static const std::vector<Refusal> refusals = {
      {"BusOfAnUnknownType", "{kind: EventBus, metadata: {name: refused}, spec: {type: Carrier pigeon}}", "spec.type",
       ""},
      {"WarehouseInAReservedDatabase",
       "{kind: ReportingWarehouse, metadata: {name: refused}, spec: {database: postgres}}", "spec.database",
       "reserved"},
      {"WarehouseWithOneReaderTwice",
       "{kind: ReportingWarehouse, metadata: {name: refused}, spec: {readers: [{name: a}, {name: a}]}}",
       "spec.readers[1]", ""},
      {"WarehouseOfALoaderWithViews",
       "{kind: ReportingWarehouse, metadata: {name: refused}, spec: {loader: {type: Airbyte}, views: [{schema: marts, "
       "configMap: {name: marts}}]}}",
       "spec.loader", "readers and views can't be set"},
      {"WarehouseWithViewsInItsOwnSchema",
       "{kind: ReportingWarehouse, metadata: {name: refused}, spec: {views: [{schema: freehold, configMap: {name: "
       "a}}]}}",
       "spec.views[0].schema", "reserved"},
      {"BusByConnectWithoutAPlace", "{kind: EventBus, metadata: {name: refused}, spec: {type: KafkaConnect}}",
       "spec.kafkaConnect", "type KafkaConnect needs kafkaConnect"},
      {"BusWithAPlaceThatItDoesNotUse",
       "{kind: EventBus, metadata: {name: refused}, spec: {type: Polling, kafkaConnect: {url: 'http://a'}}}",
       "spec.kafkaConnect", "no other type has it"},
      {"BusAtAUrlWithAPassword",
       "{kind: EventBus, metadata: {name: refused}, spec: {type: KafkaConnect, kafkaConnect: {url: 'http://u:p@a'}}}",
       "spec.kafkaConnect.url", "without a user"},
      {"BusWithAPathThatClimbs",
       "{kind: EventBus, metadata: {name: refused}, spec: {type: KafkaConnect, kafkaConnect: {url: 'http://a', "
       "secretsPath: 'opt}'}}}",
       "spec.kafkaConnect.secretsPath", "absolute path"},
      {"BusWithCapitals", Sdb("a", "bus: Kafka"), "spec.bus", "lower case letters"},
      {"ServiceWithCapitals", Sdb("a", "service: Orders"), "spec.service", "begins with a letter"},
      {"ServiceThatBeginsWithADigit", Sdb("a", "service: 1st"), "spec.service", "begins with a letter"},
      {"NameThatNamesNoService", Sdb("1st", ""), "spec", "set spec.service"},
      {"NameWithADotThatNamesNoService", Sdb("a.b", ""), "spec", "set spec.service"},
      {"NameWithSpace", Sdb("a", "name: \"a b\""), "spec.name", "without a schema or quotes"},
      {"NameWithQuote", Sdb("a", "name: 'a\"; drop database b; --'"), "spec.name", "without a schema or quotes"},
      {"NameWithALineAfterIt", Sdb("a", "name: \"a\\n\""), "spec.name", "without a schema or quotes"},
      {"NameWithCapitals", Sdb("a", "name: Orders"), "spec.name", "without a schema or quotes"},
      {"NameThatBeginsWithADigit", Sdb("a", "name: 1st"), "spec.name", "without a schema or quotes"},
      {"NameThatIsEmpty", Sdb("a", "name: ''"), "spec.name", ""},
      {"NameTooLongForItsRoles", Sdb("a", "name: " + long_name), "spec.name", ""},
      {"NamePostgres", Sdb("a", "name: postgres"), "spec.name", "reserved"},
      {"NameTemplate1", Sdb("a", "name: template1"), "spec.name", "reserved"},
      {"NamePublic", Sdb("a", "isolation: Schema, name: public"), "spec.name", "reserved"},
      {"NameOfTheSharedSchema", Sdb("a", "isolation: Schema, name: shared"), "spec.name", "reserved"},
      {"NameOfACatalogue", Sdb("a", "isolation: Schema, name: information_schema"), "spec.name", "reserved"},
      {"NameThatBeginsWithPg", Sdb("a", "name: pg_orders"), "spec.name", "names that begin with pg_ are reserved"},
      {"NameThatBeginsWithFreehold", Sdb("a", "name: freehold_a"), "spec.name", "reserved"},
      {"DerivedNameTooLong", Sdb("a", "service: " + service), "spec", "set spec.name"},
      {"DerivedNameTooLongFromItsOwnName", Sdb(service, ""), "spec", "set spec.name"},
      {"DerivedSchemaReserved", Sdb("public", "isolation: Schema"), "spec", "set spec.name"},
      {"DerivedSchemaThatBeginsWithPg", Sdb("pg-stat", "isolation: Schema"), "spec", "set spec.name"},
      {"SchemaOfADatabaseReserved", Sdb("public", "name: fine"), "spec", "name the service otherwise"},
      {"ServerThatIsNoName", Sdb("a", "server: Main"), "spec.server", "a name holds"},
      {"ServiceAccountThatIsNoName", Sdb("a", "serviceAccounts: [a, A]"), "spec.serviceAccounts[1]", "ServiceAccount"},
      {"ServiceAccountTwice", Sdb("a", "serviceAccounts: [a, a]"), "spec.serviceAccounts[1]", ""},
      {"UnknownEngine", Sdb("a", "engine: Oracle"), "spec.engine", ""},
      {"UnknownIsolation", Sdb("a", "isolation: Row"), "spec.isolation", ""},
      {"UnknownDeletionPolicy", Sdb("a", "deletionPolicy: Keep"), "spec.deletionPolicy", ""},
      {"AggregateInLowerCase", Sdb("a", "owns: [{aggregate: order}]"), "spec.owns[0].aggregate", "CamelCase"},
      {"AggregateMissing", Sdb("a", "owns: [{tables: [orders]}]"), "spec.owns[0]", ""},
      {"AggregateTwice", Sdb("a", "owns: [{aggregate: A}, {aggregate: A}]"), "spec.owns[1]", ""},
      {"TableWithASchema", Sdb("a", "owns: [{aggregate: A, tables: [b.orders]}]"), "spec.owns[0].tables[0]",
       "without a schema"},
      {"TableTooLong", Sdb("a", "owns: [{aggregate: A, tables: [" + table + "]}]"), "spec.owns[0].tables[0]", ""},
      {"TableTwice", Sdb("a", "owns: [{aggregate: A, tables: [t, t]}]"), "spec.owns[0].tables[1]", ""},
      {"EventInSnakeCase", Sdb("a", "publishes: [{event: order_confirmed}]"), "spec.publishes[0].event", "CamelCase"},
      {"EventTwice", Sdb("a", "publishes: [{event: A}, {event: A}]"), "spec.publishes[1]", ""},
      {"EventToNobody", Sdb("a", "publishes: [{event: A, to: []}]"), "spec.publishes[0].to", ""},
      {"EventToNoService", Sdb("a", "publishes: [{event: A, to: [a/b/c]}]"), "spec.publishes[0].to[0]",
       "namespace/service"},
      {"EventFromNowhere", Sdb("a", "consumes: [{event: A}]"), "spec.consumes[0]", ""},
      {"EventFromNoService", Sdb("a", "consumes: [{event: A, from: B}]"), "spec.consumes[0].from", "namespace/service"},
      {"UnknownPattern", Sdb("a", "consumes: [{event: A, from: b, pattern: Rpc}]"), "spec.consumes[0].pattern", ""},
      {"CopyWithoutKey", Into("table: t, columns: [{name: id, path: $.id}]"), "spec.consumes[0].into", ""},
      {"CopyWithoutColumns", Into("table: t, key: id, columns: []"), "spec.consumes[0].into.columns", ""},
      {"CopyWithASchema", Into("table: a.t, key: id, columns: [{name: id, path: $.id}]"), "spec.consumes[0].into.table",
       "without a schema"},
      {"CopyTooLong", Into("table: " + table + ", key: id, columns: [{name: id, path: $.id}]"),
       "spec.consumes[0].into.table", ""},
      {"CopyInTheInbox", Into("table: inbox, key: id, columns: [{name: id, path: $.id}]"),
       "spec.consumes[0].into.table", "belongs to Freehold"},
      {"CopyLikeAPartition", Into("table: outbox_default, key: id, columns: [{name: id, path: $.id}]"),
       "spec.consumes[0].into.table", "belong to Freehold"},
      {"CopyOfAnotherKey", Into("table: t, key: sku, columns: [{name: id, path: $.id}]"), "spec.consumes[0].into.key",
       "none of the columns"},
      {"CopyWithAKeyOfJson", Into("table: t, key: id, columns: [{name: id, path: $.id, type: jsonb}]"),
       "spec.consumes[0].into.key", "can't be of type jsonb"},
      {"ColumnTwice", Into("table: t, key: id, columns: [{name: id, path: $.a}, {name: id, path: $.b}]"),
       "spec.consumes[0].into.columns[1]", ""},
      {"ColumnOfTheOperator", Into("table: t, key: id, columns: [{name: id, path: $.id}, {name: _at, path: $.at}]"),
       "spec.consumes[0].into.columns[1].name", "columns that begin with _"},
      {"ColumnOfEveryTable", Into("table: t, key: id, columns: [{name: id, path: $.id}, {name: ctid, path: $.at}]"),
       "spec.consumes[0].into.columns[1].name", "every table has a column of this name"},
      {"ColumnWithAQuote", Into("table: t, key: id, columns: [{name: 'a\"b', path: $.id}]"),
       "spec.consumes[0].into.columns[0].name", "without a schema or quotes"},
      {"ColumnOfNoType", Into("table: t, key: id, columns: [{name: id, path: $.id, type: money}]"),
       "spec.consumes[0].into.columns[0].type", ""},
      {"ColumnWithoutPath", Into("table: t, key: id, columns: [{name: id}]"), "spec.consumes[0].into.columns[0]", ""},
      {"UnknownOperation", Into("table: t, key: id, operation: Merge, columns: [{name: id, path: $.id}]"),
       "spec.consumes[0].into.operation", ""},
      {"PathOfNothing", IntoPath("''"), "spec.consumes[0].into.columns[0].path", ""},
      {"PathThatIsAWord", IntoPath("payload"), "spec.consumes[0].into.columns[0].path", "must be a path"},
      {"PathWithoutMember", IntoPath("$."), "spec.consumes[0].into.columns[0].path", "must be a path"},
      {"PathWithAFilter", IntoPath("'$.a ? (@ like_regex \"(a+)+$\")'"), "spec.consumes[0].into.columns[0].path",
       "must be a path"},
      {"PathWithAMethod", IntoPath("'$.a.size()'"), "spec.consumes[0].into.columns[0].path", "must be a path"},
      {"PathOfAllItems", IntoPath("'$.a[*]'"), "spec.consumes[0].into.columns[0].path", "must be a path"},
      {"PathOfAFarItem", IntoPath("'$.a[10000]'"), "spec.consumes[0].into.columns[0].path", "must be a path"},
      {"PathWithAQuote", IntoPath("\"$.a'\""), "spec.consumes[0].into.columns[0].path", "must be a path"},
      {"PathWithABackslash", IntoPath("'$.\"a\\\\u0000\"'"), "spec.consumes[0].into.columns[0].path", "must be a path"},
      {"PathWithAnOpenQuote", IntoPath("'$.\"a'"), "spec.consumes[0].into.columns[0].path", "must be a path"},
      {"PathWithSql", IntoPath("\"$.a'::text); DROP TABLE x; --\""), "spec.consumes[0].into.columns[0].path",
       "must be a path"},
      {"PathWithADollarQuote", IntoPath("$.a$apply$"), "spec.consumes[0].into.columns[0].path", "must be a path"},
      {"PathWithALineAfterIt", IntoPath("\"$.a\\n\""), "spec.consumes[0].into.columns[0].path", "must be a path"},
      {"CallWithoutApi", Sdb("a", "calls: [{service: b}]"), "spec.calls[0]", ""},
      {"RetentionOfNoTime", Sdb("a", "outbox: {retention: weekly}"), "spec.outbox.retention", "must be a duration"},
      {"RetentionTooShort", Sdb("a", "outbox: {retention: 5m}"), "spec.outbox.retention", "must be at least 1h"},
      {"RotationWithoutUnit", Sdb("a", "credentials: {rotateEvery: '30'}"), "spec.credentials.rotateEvery",
       "must be a duration"},
      {"RotationOfNoTime", Sdb("a", "credentials: {rotateEvery: 0s}"), "spec.credentials.rotateEvery",
       "must be at least 1s"},
      {"OverlapNegative", Sdb("a", "credentials: {overlap: -1h}"), "spec.credentials.overlap", "must be a duration"},
      {"SecretNameWithSlash", Sdb("a", "credentials: {secretName: other/a}"), "spec.credentials.secretName", "Secret"},
      {"NoConnections", Sdb("a", "limits: {connections: 0}"), "spec.limits.connections", ""},
      {"TimeoutOfNoTime", Sdb("a", "limits: {statementTimeout: soon}"), "spec.limits.statementTimeout",
       "must be a duration"},
      {"ExtensionWithQuote", Sdb("a", "extensions: ['a\"b']"), "spec.extensions[0]", "extension"},
      {"WarehouseTableTwice", Sdb("a", "reporting: {warehouse: w, tables: [{name: t}, {name: t}]}"),
       "spec.reporting.tables[1]", ""},
      {"WarehouseMissing", Sdb("a", "reporting: {tables: [{name: t}]}"), "spec.reporting", ""},
      {"HostMissing", "{kind: DatabaseServer, metadata: {name: a}, spec: {adminSecret: {name: a}}}", "spec", ""},
      {"AdminSecretMissing", "{kind: DatabaseServer, metadata: {name: a}, spec: {host: a}}", "spec", ""},
      {"HostThatIsConninfo",
       "{kind: DatabaseServer, metadata: {name: a}, spec: {host: 'a port=1', adminSecret: {name: a}}}", "spec.host",
       "host name"},
      {"PortTooHigh", Dbs("port: 70000"), "spec.port", ""},
      {"TlsModeUnknown", Dbs("tls: {mode: Prefer}"), "spec.tls.mode", ""},
      {"SharedDatabaseOfTheServer", Dbs("sharedDatabase: postgres"), "spec.sharedDatabase", "belongs to the server"},
      {"NothingOffered", Dbs("isolation: []"), "spec.isolation", ""},
      {"IsolationTwice", Dbs("isolation: [Schema, Schema]"), "spec.isolation[1]", ""},
      {"NoOperatorConnections", Dbs("limits: {operatorConnections: 0}"), "spec.limits.operatorConnections", ""},
      {"SparesNegative", Dbs("spares: -1"), "spec.spares", ""},
      {"ReplicaWithoutHost", Dbs("readReplicas: [{port: 1}]"), "spec.readReplicas[0]", ""},
      {"ExceptionWithoutNamespace", Excepting("legacy", "\"2027-03-31\"", "r"), "spec.exceptions[0].service",
       "must be namespace/name"},
      {"ExceptionUntilNoDay", Excepting("a/b", "\"2027-02-30\"", "r"), "spec.exceptions[0].until", ""},
      {"ExceptionUntilSomeday", Excepting("a/b", "someday", "r"), "spec.exceptions[0].until", ""},
      {"ExceptionWithoutReason", Excepting("a/b", "\"2027-03-31\"", "''"), "spec.exceptions[0].reason", ""},
      {"ExceptionTwice",
       Policy("exceptions: [{service: a/b, isolation: Tables, until: \"2027-03-31\", reason: r}, "
              "{service: a/b, isolation: Schema, until: \"2027-03-31\", reason: r}]"),
       "spec.exceptions[1]", ""},
      {"NoEngineAllowed", Policy("engines: []"), "spec.engines", ""},
      {"RotationAtMostNothing", Policy("rotation: {atMost: 0s}"), "spec.rotation.atMost", "must be at least 1s"},
      {"EnforcementUnknown", Policy("enforcement: Maybe"), "spec.enforcement", ""},
      {"DriftUnknown", Policy("drift: Ignore"), "spec.drift", ""},
  };
  return refusals;
}

}  // namespace freehold::api

// The tables of a ServiceDatabase's spec: every field, what it means and what must hold of it.
#pragma once

#include <algorithm>

#include "reconcilers/api/common_tables.h"
#include "reconcilers/api/service_database.h"
#include "reconcilers/api/sorts.h"

namespace freehold::api::schema {

template <>
struct Words<ConsumePattern> {
  static constexpr std::array kWords{std::pair{ConsumePattern::kEventCarriedState, "EventCarriedState"},
                                     std::pair{ConsumePattern::kReadModel, "ReadModel"}};
};

template <>
struct Words<StartFrom> {
  static constexpr std::array kWords{std::pair{StartFrom::kNow, "Now"}, std::pair{StartFrom::kEarliest, "Earliest"}};
};

template <>
struct Words<Delivery> {
  static constexpr std::array kWords{std::pair{Delivery::kInbox, "Inbox"}, std::pair{Delivery::kTopic, "Topic"}};
};

template <>
struct Words<ColumnType> {
  static constexpr std::array kWords{
      std::pair{ColumnType::kText, "text"},       std::pair{ColumnType::kNumeric, "numeric"},
      std::pair{ColumnType::kBigint, "bigint"},   std::pair{ColumnType::kInteger, "integer"},
      std::pair{ColumnType::kBoolean, "boolean"}, std::pair{ColumnType::kTimestamptz, "timestamptz"},
      std::pair{ColumnType::kDate, "date"},       std::pair{ColumnType::kUuid, "uuid"},
      std::pair{ColumnType::kJsonb, "jsonb"}};
};

template <>
struct Words<ProjectionOperation> {
  static constexpr std::array kWords{std::pair{ProjectionOperation::kUpsert, "Upsert"},
                                     std::pair{ProjectionOperation::kDelete, "Delete"}};
};

template <>
struct Table<OwnedAggregate> {
  static const auto& Fields() {
    static const auto fields = std::make_tuple(
        Field("aggregate", &OwnedAggregate::aggregate, "The aggregate, in CamelCase: Order.",
              Rules().Required().Is(CamelCase("an aggregate"))),
        Field("tables", &OwnedAggregate::tables,
              "The tables that hold it, without a schema. In Tables mode these are all that the service may touch.",
              Rules().UpTo(32).Set().Each(Rules().Is(Identifier("a table")))));
    return fields;
  }
};

template <>
struct Codec<PayloadSchema> {
  static void Read(const Json& json, PayloadSchema& into, const Rules&, const Scope& scope) {
    into = ReadPayloadSchema(json, scope);
  }
  static Json Write(const PayloadSchema& value) { return base::ParseJson(value.text).value_or(Json::object()); }
  static Json Schema(const Rules&) { return {{"type", "object"}, {"x-kubernetes-preserve-unknown-fields", true}}; }
};

template <>
struct Table<PublishedEvent> {
  static const auto& Fields() {
    static const auto fields = std::make_tuple(
        Field("event", &PublishedEvent::event, "The event, in CamelCase and the past tense: OrderConfirmed.",
              Rules().Required().Is(CamelCase("an event"))),
        Field("to", &PublishedEvent::to, "The services that may consume it: payments, or namespace/payments.",
              Rules().Items(1, 64).Set().AbsentMeans("any service").Each(Rules().Is(ServiceReference()))),
        Field("schema", &PublishedEvent::schema,
              "What the payload looks like, in JSON Schema: type, enum, const, properties, required, "
              "additionalProperties, items, minimum, maximum. The outbox refuses what does not fit, and a consumer "
              "that asks for what can't be there is told.",
              Rules().AbsentMeans("any payload")));
    return fields;
  }
};

template <>
struct Table<ProjectedColumn> {
  static const auto& Fields() {
    static const auto fields =
        std::make_tuple(Field("name", &ProjectedColumn::name, "What the column is called.",
                              Rules().Required().Is(ProjectedColumnName())),
                        Field("path", &ProjectedColumn::path,
                              "Where its value is: a path into the payload ($.price.amount, $.lines[0], "
                              "$.\"unit-price\"), or aggregateid, source or created_at of the event. What isn't there "
                              "is NULL.",
                              Rules().Required().Is(EventPath())),
                        Field("type", &ProjectedColumn::type, "The type of the column."));
    return fields;
  }
};

template <>
struct Table<Projection> {
  static const auto& Fields() {
    static const auto fields = std::make_tuple(
        Field("table", &Projection::table,
              "What the copy is called in the service's schema: a view that the service may read and nobody may write. "
              "Several events may be kept in one.",
              Rules().Required().Is(ProjectionName())),
        Field("key", &Projection::key,
              "The column that tells one row from another. An event without it, or with a value that does not fit, is "
              "counted as failed and stays in the inbox.",
              Rules().Required().Is(ProjectedColumnName())),
        Field("columns", &Projection::columns, "The columns of the copy. A Delete needs no more than the key.",
              Rules().Required().Items(1, 32).KeyedBy({"name"})),
        Field(
            "operation", &Projection::operation,
            "What the event means. Upsert: the row of its key is as the event says. Delete: there is none any more."));
    return fields;
  }
  static std::vector<StructRule<Projection>> Conditions() {
    const auto key_of = [](const Projection& projection) {
      return std::ranges::find(projection.columns, projection.key, &ProjectedColumn::name);
    };
    return {{"self.columns.exists(c, c.name == self.key)", "the key is none of the columns: add it to them", "key",
             [=](const Projection& projection) { return key_of(projection) != projection.columns.end(); }},
            {"!self.columns.exists(c, c.name == self.key && c.type == 'jsonb')",
             "a key can't be of type jsonb: take a value out of it that has another type", "key",
             [=](const Projection& projection) {
               const auto key = key_of(projection);
               return key == projection.columns.end() || key->type != ColumnType::kJsonb;
             }}};
  }
};

template <>
struct Table<ConsumedEvent> {
  static const auto& Fields() {
    static const auto fields = std::make_tuple(
        Field("event", &ConsumedEvent::event, "The event, as its publisher calls it.",
              Rules().Required().Is(CamelCase("an event"))),
        Field("from", &ConsumedEvent::from, "The publishing service: catalog, or other-namespace/catalog.",
              Rules().Required().Is(ServiceReference())),
        Field("pattern", &ConsumedEvent::pattern,
              "What becomes of it here. EventCarriedState: the event carries what is needed, the service keeps what it "
              "wants of it. ReadModel: the service keeps a copy made for its own queries (CQRS)."),
        Field("startFrom", &ConsumedEvent::start_from,
              "With which event a new consumer begins. Now: with the next one. Earliest: with the oldest that the "
              "publisher's outbox still holds."),
        Field("into", &ConsumedEvent::into,
              "A copy in the service's schema that Freehold keeps current from these events. With pattern ReadModel "
              "Freehold alone processes the event: it is marked as processed once it is in the copy.",
              Rules().AbsentMeans("none")),
        Field("deliver", &ConsumedEvent::deliver,
              "Where the service finds the event. Inbox: in the view inbox of its schema. Topic: in Kafka, which it "
              "reads itself, with the Secret <name>.kafka.freehold, which opens its topics and its consumer group and "
              "nothing else. That takes a publisher whose EventBus is of type KafkaConnect or Strimzi; all events of "
              "one publisher go one way."));
    return fields;
  }
  static std::vector<StructRule<ConsumedEvent>> Conditions() {
    return {{"!(self.deliver == 'Topic' && has(self.into))",
             "a copy is kept from the inbox: leave into out, or set deliver: Inbox", "into",
             [](const ConsumedEvent& consumed) { return consumed.deliver != Delivery::kTopic || !consumed.into; }}};
  }
};

template <>
struct Table<Call> {
  static const auto& Fields() {
    static const auto fields = std::make_tuple(
        Field("service", &Call::service, "The service that is asked: inventory, or other-namespace/inventory.",
              Rules().Required().Is(ServiceReference())),
        Field("api", &Call::api, "What is asked of it: GET /stock/{sku}.", Rules().Required().Is(Prose(256))),
        Field("why", &Call::why, "Why the data is fetched when needed instead of being kept.", Rules().Is(Prose(512))));
    return fields;
  }
};

template <>
struct Table<OutboxSpec> {
  static const auto& Fields() {
    static const auto fields =
        std::make_tuple(Field("retention", &OutboxSpec::retention,
                              "How long published events stay in the outbox. Older ones go by whole partitions.",
                              Rules().AtLeast(std::chrono::hours(1))));
    return fields;
  }
};

template <>
struct Table<InboxSpec> {
  static const auto& Fields() {
    static const auto fields = std::make_tuple(
        Field("retention", &InboxSpec::retention,
              "How long processed events stay in the inbox. Older ones go by whole partitions; one that holds an event "
              "that was not processed stays.",
              Rules().AtLeast(std::chrono::hours(1))));
    return fields;
  }
};

template <>
struct Words<ReportedDeletes> {
  static constexpr std::array kWords{std::pair{ReportedDeletes::kDelete, "Delete"},
                                     std::pair{ReportedDeletes::kKeep, "Keep"},
                                     std::pair{ReportedDeletes::kMark, "Mark"}};
};

template <>
struct Table<ReportedTable> {
  static const auto& Fields() {
    static const auto fields = std::make_tuple(
        Field("name", &ReportedTable::name, "The table, without a schema.",
              Rules().Required().Is(Identifier("a table"))),
        Field("exclude", &ReportedTable::exclude, "Columns that never leave the service.",
              Rules().UpTo(64).Set().Each(Rules().Is(Identifier("a column")))),
        Field(
            "deletes", &ReportedTable::deletes,
            "What becomes of a row in the warehouse when the service deletes it. Delete: it goes there, too. Keep: it "
            "stays. Mark: it stays, and the column freehold_deleted_at says since when."));
    return fields;
  }
};

template <>
struct Table<ReportingSpec> {
  static const auto& Fields() {
    static const auto fields =
        std::make_tuple(Field("warehouse", &ReportingSpec::warehouse, "The ReportingWarehouse that may have copies.",
                              Rules().Required().Is(ObjectName())),
                        Field("tables", &ReportingSpec::tables, "The tables that are copied; no others are.",
                              Rules().UpTo(64).KeyedBy({"name"})));
    return fields;
  }
};

template <>
struct Table<CredentialsSpec> {
  static const auto& Fields() {
    static const auto fields = std::make_tuple(
        Field(
            "secretName", &CredentialsSpec::secret_name,
            "The Secret, in this namespace, that holds the credentials. Other than the default it is not protected by "
            "the reserved suffix .freehold.",
            Rules().Is(SecretName()).AbsentMeans("<metadata.name>.freehold")),
        Field("rotateEvery", &CredentialsSpec::rotate_every,
              "How old a password may become. A DataPolicy may ask for less.",
              Rules().AtLeast(std::chrono::seconds(1))),
        Field(
            "overlap", &CredentialsSpec::overlap,
            "How long the previous login still works after a rotation, so that nobody is locked out. The next rotation "
            "waits for its end."));
    return fields;
  }
};

template <>
struct Table<StoreLimits> {
  static const auto& Fields() {
    static const auto fields = std::make_tuple(
        Field("connections", &StoreLimits::connections, "How many connections the service may hold at once.",
              Rules().Between(1, 10000).AbsentMeans("no limit but the server's")),
        Field("statementTimeout", &StoreLimits::statement_timeout,
              "After which time a statement of the service is cancelled. 0s: never.",
              Rules().AbsentMeans("the server's")));
    return fields;
  }
};

template <>
struct Table<ServiceDatabaseSpec> {
  static const auto& Fields() {
    using Spec = ServiceDatabaseSpec;
    static const auto fields = std::make_tuple(
        Field(
            "service", &Spec::service,
            "The bounded context that owns the store. A service with several stores has several ServiceDatabases that "
            "name the same service.",
            Rules().Immutable().Is(ServiceName()).AbsentMeans("metadata.name")),
        Field("serviceAccounts", &Spec::service_accounts,
              "The ServiceAccounts of this namespace that may hold the credentials.",
              Rules()
                  .UpTo(32)
                  .Set()
                  .AbsentMeans("the one named like the service")
                  .Each(Rules().Is(ServiceAccountName()))),
        Field("engine", &Spec::engine, "The kind of database.", Rules().Immutable()),
        Field("isolation", &Spec::isolation,
              "How far the store is apart from those of other services. It may only be raised. Tables: all services "
              "share "
              "one schema, each may touch its own tables only. Schema: a schema of its own in the server's shared "
              "database. Database: a database of its own, which no other service can open. Instance: a server of its "
              "own.",
              Rules().Changing("self == oldSelf || oldSelf == 'Tables' || self == 'Instance' || "
                               "(oldSelf == 'Schema' && self == 'Database')",
                               "isolation may only be raised: Tables, Schema, Database, Instance")),
        Field("server", &Spec::server, "The DatabaseServer on which the store lives.",
              Rules().Is(ObjectName()).AbsentMeans("the default server of the engine")),
        Field("name", &Spec::name, "The physical name of the database or schema, from which role names are derived.",
              Rules()
                  .Immutable()
                  .Is(StoreName())
                  .AbsentMeans(
                      "the service with '-' turned into '_', followed by _db when it has a database of its own")),
        Field("owns", &Spec::owns,
              "The data of the bounded context: each aggregate and its tables. Nobody else writes it.",
              Rules().UpTo(64).KeyedBy({"aggregate"})),
        Field("publishes", &Spec::publishes, "The events that the service tells others, through its outbox.",
              Rules().UpTo(64).KeyedBy({"event"})),
        Field("bus", &Spec::bus, "The EventBus by which the events of `publishes` travel to other databases.",
              Rules().Is(ObjectName()).AbsentMeans("the default bus; without one, the databases carry them")),
        Field("consumes", &Spec::consumes, "The events of other services that this one listens to.",
              Rules().UpTo(64).KeyedBy({"event", "from"})),
        Field("calls", &Spec::calls,
              "Data fetched from other services when it is needed (API composition). Declared so that the map of data "
              "flows is whole; nothing is set up.",
              Rules().UpTo(64).KeyedBy({"service", "api"})),
        Field("outbox", &Spec::outbox,
              "The table `outbox` through which events leave in the transaction that made them.",
              Rules().AbsentMeans("present when publishes is not empty")),
        Field("inbox", &Spec::inbox,
              "The view `inbox` in which consumed events arrive; the service reads it and notes what it processed.",
              Rules().AbsentMeans("present when consumes is not empty")),
        Field("reporting", &Spec::reporting, "What is copied to a warehouse, where alone data of services is joined.",
              Rules().AbsentMeans("nothing")),
        Field("credentials", &Spec::credentials, "The Secret, and how often its password changes."),
        Field("limits", &Spec::limits, "What the service may use of the server."),
        Field("extensions", &Spec::extensions, "Extensions to have in the store; only those that the server allows.",
              Rules().UpTo(32).Set().Each(Rules().Is(ExtensionName()))),
        Field("adopt", &Spec::adopt, "Take over a store of this name that exists and that nobody owns."),
        Field("deletionPolicy", &Spec::deletion_policy,
              "What happens to the store when this object is deleted. Retain: every login is revoked, the data stays. "
              "Delete: the data goes, too, unless others still read it. Orphan: nothing is touched."));
    return fields;
  }
};

}  // namespace freehold::api::schema

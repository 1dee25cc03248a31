// The kind ReportingWarehouse: its tables, and how the outside sees it.
#include "reconcilers/api/common_tables.h"
#include "reconcilers/api/kind_frames.h"
#include "reconcilers/api/kinds.h"
#include "reconcilers/api/schema/object.h"
#include "reconcilers/api/service_database_status_tables.h"
#include "reconcilers/api/sorts.h"

namespace freehold::api {

template <>
struct schema::Words<WarehouseEngine> {
  using Engine = WarehouseEngine;
  static constexpr std::array kWords{
      std::pair{Engine::kPostgreSQL, "PostgreSQL"}, std::pair{Engine::kClickHouse, "ClickHouse"},
      std::pair{Engine::kSnowflake, "Snowflake"}, std::pair{Engine::kBigQuery, "BigQuery"},
      std::pair{Engine::kRedshift, "Redshift"}};
};

template <>
struct schema::Table<WarehouseSecret> {
  static const auto& Fields() {
    static const auto fields =
        std::make_tuple(Field("name", &WarehouseSecret::name, "The Secret, in the operator's namespace.",
                              Rules().Required().Is(SecretName())),
                        Field("key", &WarehouseSecret::key, "The key of it.", Rules().Is(Prose(253))));
    return fields;
  }
};

template <>
struct schema::Table<ClickHouseSpec> {
  static const auto& Fields() {
    using Spec = ClickHouseSpec;
    static const auto fields = std::make_tuple(
        Field("host", &Spec::host, "Where it is.", Rules().Required().Is(HostName())),
        Field("port", &Spec::port, "Of its HTTP interface.", Rules().Between(1, 65535)),
        Field("ssl", &Spec::ssl, "Whether it is reached over TLS."),
        Field("database", &Spec::database, "The database that has the tables, which somebody has to make there.",
              Rules().Is(Prose(253))),
        Field("username", &Spec::username, "Who writes them.", Rules().Is(Prose(253))),
        Field("secret", &Spec::secret,
              "The password. It is put into the Secret freehold-connect; a connector's configuration names a file.",
              Rules().Required()));
    return fields;
  }
};

template <>
struct schema::Table<SnowflakeSpec> {
  static const auto& Fields() {
    using Spec = SnowflakeSpec;
    static const auto fields = std::make_tuple(
        Field("accountUrl", &Spec::account_url, "The account: https://myorg-account.snowflakecomputing.com.",
              Rules().Required().Is(HttpUrl())),
        Field("database", &Spec::database, "The database.", Rules().Required().Is(Prose(253))),
        Field("schema", &Spec::schema, "The schema that has the tables.", Rules().Is(Prose(253))),
        Field("username", &Spec::username, "Who writes them.", Rules().Required().Is(Prose(253))),
        Field("role", &Spec::role, "As which role.", Rules().Is(Prose(253)).AbsentMeans("the user's default role")),
        Field("secret", &Spec::secret,
              "The private key of the user, without the first and the last line of its PEM. It is put into the Secret "
              "freehold-connect; a connector's configuration names a file.",
              Rules().Required()));
    return fields;
  }
};

template <>
struct schema::Table<BigQuerySpec> {
  static const auto& Fields() {
    using Spec = BigQuerySpec;
    static const auto fields = std::make_tuple(
        Field("project", &Spec::project, "The project.", Rules().Required().Is(Prose(253))),
        Field("dataset", &Spec::dataset, "The dataset that has the tables.", Rules().Required().Is(Prose(253))),
        Field("secret", &Spec::secret,
              "The key of a service account, in JSON. It is put into the Secret freehold-connect; a connector's "
              "configuration names a file.",
              Rules().Required()));
    return fields;
  }
};

template <>
struct schema::Table<RedshiftSpec> {
  static const auto& Fields() {
    using Spec = RedshiftSpec;
    static const auto fields = std::make_tuple(
        Field("host", &Spec::host, "Where it is.", Rules().Required().Is(HostName())),
        Field("port", &Spec::port, "Its port.", Rules().Between(1, 65535)),
        Field("database", &Spec::database, "The database that has the tables.", Rules().Required().Is(Prose(253))),
        Field("username", &Spec::username, "Who writes them.", Rules().Required().Is(Prose(253))),
        Field("secret", &Spec::secret,
              "The password. It is put into the Secret freehold-connect; a connector's configuration names a file.",
              Rules().Required()));
    return fields;
  }
};

/// Is the part of `engine` there just when it is the engine?
template <class Part>
schema::StructRule<ReportingWarehouseSpec> OfEngine(WarehouseEngine engine, const std::string& field, Part part) {
  const auto word = schema::WordOf(engine);
  return {"(has(self.engine) && self.engine == '" + word + "') == has(self." + field + ")",
          "engine " + word + " needs " + field + ", and no other engine has it", field,
          [engine, part](const ReportingWarehouseSpec& spec) {
            return (spec.engine == engine) == (spec.*part).has_value();
          }};
}

template <>
struct schema::Table<WarehouseReader> {
  static const auto& Fields() {
    static const auto fields = std::make_tuple(
        Field("name", &WarehouseReader::name, "The identity, for instance of a BI tool.",
              Rules().Required().Is(ServiceName())),
        Field("secretName", &WarehouseReader::secret_name,
              "The Secret, in the operator's namespace, that holds its credentials in the form of the Service Binding "
              "specification.",
              Rules().Is(SecretName()).AbsentMeans("<metadata.name>-<reader>.freehold")),
        Field("statementTimeout", &WarehouseReader::statement_timeout, "When a query of it is ended.",
              Rules().AtLeast(std::chrono::seconds(1)).AbsentMeans("no limit")),
        Field("readReplica", &WarehouseReader::read_replica,
              "The host of one of the server's readReplicas, to which its Secret leads.",
              Rules().Is(HostName()).AbsentMeans("the server itself")));
    return fields;
  }
};

template <>
struct schema::Words<LoaderType> {
  static constexpr std::array kWords{std::pair{LoaderType::kAirbyte, "Airbyte"},
                                     std::pair{LoaderType::kFivetran, "Fivetran"}};
};

template <>
struct schema::Table<WarehouseLoader> {
  static const auto& Fields() {
    using Loader = WarehouseLoader;
    static const auto fields = std::make_tuple(
        Field("type", &Loader::type,
              "The tool. It is given a publication, a slot and a login at each store, and a Secret with that in the "
              "operator's namespace, named <metadata.name>.<namespace>.<name>.freehold after the store; freehold "
              "report airbyte, or fivetran, prints its settings.",
              Rules().Required()),
        Field("holdBackAtMost", &Loader::hold_back_at_most,
              "How many GiB of WAL a store's server may keep for the tool while it doesn't read. A slot that holds "
              "back more is made again, and the tool has to copy that store anew.",
              Rules().Between(1, 4096)));
    return fields;
  }
};

template <>
struct schema::Table<ConfigMapReference> {
  static const auto& Fields() {
    static const auto fields = std::make_tuple(
        Field("name", &ConfigMapReference::name, "The ConfigMap.", Rules().Required().Is(ObjectName())),
        Field("namespace", &ConfigMapReference::ns,
              "Its namespace. Any but the operator's own has to be listed in rbac.configMapNamespaces of the chart.",
              Rules().Is(ObjectName()).AbsentMeans("the operator's own")));
    return fields;
  }
};

template <>
struct schema::Table<WarehouseViews> {
  static const auto& Fields() {
    using Views = WarehouseViews;
    static const auto fields = std::make_tuple(
        Field("schema", &Views::schema,
              "The schema of the views, made for them. No service whose schema is called so can report here.",
              Rules().Required().Is(StoreName())),
        Field("configMap", &Views::config_map,
              "Where their files are, one NAME.sql for each view: a SELECT in which every relation is named with its "
              "schema. A comment at its beginning, -- unique: day, product, names columns that tell its rows apart; "
              "then it can be read while it is refreshed. It runs with the rights of a reader.",
              Rules().Required()),
        Field("refreshEvery", &Views::refresh_every, "How long after a refresh the next one begins.",
              Rules().AtLeast(std::chrono::seconds(10))),
        Field("statementTimeout", &Views::statement_timeout, "When a query of a view is ended.",
              Rules().AtLeast(std::chrono::seconds(1))));
    return fields;
  }
};

template <>
struct schema::Table<ReaderCredentials> {
  static const auto& Fields() {
    static const auto fields = std::make_tuple(
        Field("rotateEvery", &ReaderCredentials::rotate_every, "How old a password may become.",
              Rules().AtLeast(std::chrono::seconds(1))),
        Field("overlap", &ReaderCredentials::overlap, "For how long the previous login still works after a rotation.",
              Rules().AtLeast(std::chrono::seconds(0))));
    return fields;
  }
};

template <>
struct schema::Table<ReportingWarehouseSpec> {
  static const auto& Fields() {
    using Spec = ReportingWarehouseSpec;
    static const auto fields = std::make_tuple(
        Field("engine", &Spec::engine,
              "The kind of database. All but PostgreSQL are filled by Kafka Connect, so they need a bus, and the "
              "workers need the engine's connector; who reads there is none of Freehold's business.",
              Rules().Immutable()),
        Field("clickHouse", &Spec::click_house, "For engine ClickHouse, which needs it: where it is."),
        Field("snowflake", &Spec::snowflake, "For engine Snowflake, which needs it: where it is."),
        Field("bigQuery", &Spec::big_query, "For engine BigQuery, which needs it: where it is."),
        Field("redshift", &Spec::redshift, "For engine Redshift, which needs it: where it is."),
        Field("server", &Spec::server,
              "The DatabaseServer on which it is. Its admin must be a superuser, or from PostgreSQL 16 on a member of "
              "pg_create_subscription, since the databases replicate.",
              Rules().Immutable().Is(ObjectName()).AbsentMeans("the default server for PostgreSQL")),
        Field("database", &Spec::database, "The database, which is made, and holds one schema for each service.",
              Rules().Immutable().Is(StoreName())),
        Field("bus", &Spec::bus,
              "The EventBus that brings the rows. By one of type KafkaConnect or Strimzi Debezium copies the tables "
              "and a "
              "sink writes them.",
              Rules().Is(ObjectName()).AbsentMeans("the databases replicate by themselves")),
        Field("loader", &Spec::loader,
              "A tool outside that reads the stores and fills the warehouse. Freehold makes what it reads by, and "
              "touches no warehouse: there are no server, bus or readers then.",
              Rules().Immutable().AbsentMeans("the warehouse is filled by Freehold")),
        Field("readers", &Spec::readers,
              "Identities that may read all of it and write nothing: the only ones that may join across services.",
              Rules().UpTo(32).KeyedBy({"name"})),
        Field("views", &Spec::views,
              "Materialized views over what was copied, for readers. They are made, refreshed and removed as their "
              "files are.",
              Rules().UpTo(16).KeyedBy({"schema"})),
        Field("credentials", &Spec::credentials, "How often the passwords of readers, or of a loader, change."),
        Field(
            "deletionPolicy", &Spec::deletion_policy,
            "What happens to the database when this object is deleted. Retain: nothing comes any more, nobody can log "
            "in, the data stays. Delete: the database goes, too. Orphan: nothing is touched."));
    return fields;
  }
  static std::vector<StructRule<ReportingWarehouseSpec>> Conditions() {
    return {{"!has(self.loader) || !(has(self.server) || has(self.bus) || has(self.readers) && size(self.readers) > 0 "
             "|| has(self.views) && size(self.views) > 0)",
             "a loader fills its own warehouse: server, bus, readers and views can't be set with it", "loader",
             [](const ReportingWarehouseSpec& spec) {
               return !spec.loader || !(spec.server || spec.bus || !spec.readers.empty() || !spec.views.empty());
             }},
            {"!has(self.engine) || self.engine == 'PostgreSQL' || !has(self.views) || size(self.views) == 0",
             "views can be had on PostgreSQL only", "views",
             [](const ReportingWarehouseSpec& spec) {
               return spec.engine == WarehouseEngine::kPostgreSQL || spec.views.empty();
             }},
            {"!has(self.engine) || self.engine == 'PostgreSQL' || has(self.loader) || has(self.bus)",
             "only a warehouse on PostgreSQL is filled by the databases themselves; name an EventBus of type "
             "KafkaConnect or Strimzi",
             "bus",
             [](const ReportingWarehouseSpec& spec) {
               return spec.engine == WarehouseEngine::kPostgreSQL || spec.loader || spec.bus;
             }},
            {"!has(self.engine) || self.engine == 'PostgreSQL' || !has(self.readers) || size(self.readers) == 0",
             "readers can be had on PostgreSQL only; give people access where the warehouse is", "readers",
             [](const ReportingWarehouseSpec& spec) {
               return spec.engine == WarehouseEngine::kPostgreSQL || spec.readers.empty();
             }},
            {"!has(self.engine) || self.engine == 'PostgreSQL' || !has(self.server)",
             "a server has a warehouse on PostgreSQL only; leave it out", "server",
             [](const ReportingWarehouseSpec& spec) {
               return spec.engine == WarehouseEngine::kPostgreSQL || !spec.server;
             }},
            OfEngine(WarehouseEngine::kClickHouse, "clickHouse", &ReportingWarehouseSpec::click_house),
            OfEngine(WarehouseEngine::kSnowflake, "snowflake", &ReportingWarehouseSpec::snowflake),
            OfEngine(WarehouseEngine::kBigQuery, "bigQuery", &ReportingWarehouseSpec::big_query),
            OfEngine(WarehouseEngine::kRedshift, "redshift", &ReportingWarehouseSpec::redshift)};
  }
};

template <>
struct schema::Table<WarehouseFeedStatus> {
  static const auto& Fields() {
    using Status = WarehouseFeedStatus;
    static const auto fields = std::make_tuple(
        Field("store", &Status::store, "The ServiceDatabase, as namespace/name.", Rules().Required()),
        Field("schema", &Status::schema, "Where its tables are in the warehouse."),
        Field("state", &Status::state, "Streaming: what changes is there within seconds. Otherwise why not."),
        Field("tables", &Status::tables, "How many tables it is to send.", Rules().Shown()),
        Field("copied", &Status::copied, "How many of them are there as a whole.", Rules().Shown()),
        Field("secret", &Status::secret, "With a loader: the Secret by which it reads, in the operator's namespace."),
        Field("message", &Status::message, "What there is to know of it, for people."));
    return fields;
  }
};

template <>
struct schema::Table<WarehouseReaderStatus> {
  static const auto& Fields() {
    using Status = WarehouseReaderStatus;
    static const auto fields = std::make_tuple(
        Field("name", &Status::name, "The reader.", Rules().Required()),
        Field("secret", &Status::secret, "The Secret with its credentials, in the operator's namespace."),
        Field("login", &Status::login, "The login that the Secret names now."),
        Field("phase", &Status::phase, "Where a rotation stands, as for a ServiceDatabase.", Rules().Shown()),
        Field("rotatedAt", &Status::rotated_at, "When the password was last changed."),
        Field("rotateAt", &Status::rotate_at, "When it will be changed next."));
    return fields;
  }
};

template <>
struct schema::Table<WarehouseViewStatus> {
  static const auto& Fields() {
    using Status = WarehouseViewStatus;
    static const auto fields = std::make_tuple(
        Field("name", &Status::name, "The view, as schema.name.", Rules().Required()),
        Field("lastSuccess", &Status::last_success, "When it was last refreshed, or made: as old are its rows."),
        Field("lastDuration", &Status::last_duration, "How long that took."),
        Field("nextRefresh", &Status::next_refresh, "When it is refreshed next, or tried again."),
        Field("rows", &Status::rows, "About how many rows it has."),
        Field("error", &Status::error,
              "Why its file could not be carried out, or the last refresh: rows and definition are then the last that "
              "worked. Values of rows are never told."));
    return fields;
  }
};

template <>
struct schema::Table<ReportingWarehouseStatus> {
  static const auto& Fields() {
    using Status = ReportingWarehouseStatus;
    static const auto fields = std::tuple_cat(
        StatusHead<Status>(),
        std::make_tuple(
            Field("server", &Status::server, "The DatabaseServer on which it is."),
            Field("streaming", &Status::streaming, "How many stores' tables are there as a whole and kept current.",
                  Rules().Shown()),
            Field("feeds", &Status::feeds, "The stores that send tables here.", Rules().KeyedBy({"store"})),
            Field("readers", &Status::readers, "Who may read, and by which Secret.", Rules().KeyedBy({"name"})),
            Field("views", &Status::views, "The materialized views, and how old their rows are.",
                  Rules().UpTo(kViewsTold).KeyedBy({"name"}))));
    return fields;
  }
};

const schema::KindFrame& ReportingWarehouseFrame() {
  static const schema::KindFrame frame{
      {kGroup, kVersion, "reportingwarehouses", "ReportingWarehouse", false},
      "reportingwarehouse",
      "rwh",
      "The one database in which data of several services is joined. Each service says in spec.reporting which tables "
      "are copied there; whoever reads it is named here.",
      {schema::ConditionColumn("Ready", "Whether it is there and its readers' Secrets work."),
       {"Server", "string", ".status.server", "The DatabaseServer on which it is."},
       {"Database", "string", ".spec.database", "The database."},
       {"Streaming", "integer", ".status.streaming", "How many stores' tables are kept current."},
       {"Engine", "string", ".spec.engine", "The kind of database.", true},
       {"Reason", "string", ".status.conditions[?(@.type==\"Ready\")].reason", "Why it is, or is not, ready.", true},
       schema::AgeColumn()},
      {}};
  return frame;
}

const kube::ResourceType& ReportingWarehouseType() { return ReportingWarehouseFrame().type; }
std::string ToString(WarehouseEngine engine) { return schema::WordOf(engine); }
std::string ToString(LoaderType type) { return schema::WordOf(type); }

const WarehouseSecret& EngineSecretOf(const ReportingWarehouseSpec& spec) {
  if (spec.click_house) return spec.click_house->secret;
  if (spec.snowflake) return spec.snowflake->secret;
  if (spec.big_query) return spec.big_query->secret;
  return spec.redshift->secret;
}

std::string ReaderSecretOf(const ReportingWarehouse& warehouse, const WarehouseReader& reader) {
  return reader.secret_name.value_or(warehouse.meta.name + "-" + reader.name + kReservedSuffix);
}

std::string LoaderSecretOf(const ReportingWarehouse& warehouse, const kube::Name& store) {
  return warehouse.meta.name + "." + store.ns + "." + store.name + kReservedSuffix;
}

Reading<ReportingWarehouse> ParseReportingWarehouse(const Json& object) {
  return schema::ParseObject<ReportingWarehouse>(object, ReportingWarehouseFrame());
}
base::Result<ReportingWarehouse> ReadReportingWarehouse(const Json& object) {
  return schema::ReadObject<ReportingWarehouse>(object);
}
Json ToJson(const ReportingWarehouse& object) { return schema::WriteObject(object, ReportingWarehouseFrame()); }
Json ToJson(const ReportingWarehouseSpec& spec) { return schema::Codec<ReportingWarehouseSpec>::Write(spec); }
Json ToJson(const ReportingWarehouseStatus& status) { return schema::Codec<ReportingWarehouseStatus>::Write(status); }
Json StatusObject(const kube::ObjectMeta& meta, const ReportingWarehouseStatus& status) {
  return schema::WriteStatus(meta, status, ReportingWarehouseFrame());
}
Json ReportingWarehouseCrd() { return schema::CrdOf<ReportingWarehouse>(ReportingWarehouseFrame()); }

}  // namespace freehold::api

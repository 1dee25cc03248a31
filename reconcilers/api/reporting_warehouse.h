// ReportingWarehouse (rwh): the one place where data of several services is joined. Cluster-scoped; written by the
// platform team. Services say in spec.reporting what of theirs goes there.
#pragma once

#include "reconcilers/api/common.h"
#include "reconcilers/api/service_database.h"

namespace freehold::api {

enum class WarehouseEngine { kPostgreSQL, kClickHouse, kSnowflake, kBigQuery, kRedshift };
std::string ToString(WarehouseEngine);

struct WarehouseSecret {
  std::string name;  ///< in the operator's namespace
  std::string key = "password";
  bool operator==(const WarehouseSecret&) const = default;
};

/// Warehouses that Kafka Connect fills and Freehold has no other way to.
struct ClickHouseSpec {
  std::string host;
  int port = 8443;
  bool ssl = true;
  std::string database = "default";
  std::string username = "default";
  WarehouseSecret secret;  ///< the password
  bool operator==(const ClickHouseSpec&) const = default;
};

struct SnowflakeSpec {
  std::string account_url;  ///< "https://myorg-account.snowflakecomputing.com"
  std::string database;
  std::string schema = "PUBLIC";
  std::string username;
  std::optional<std::string> role;
  WarehouseSecret secret;  ///< the private key: PEM without its first and last line
  bool operator==(const SnowflakeSpec&) const = default;
};

struct BigQuerySpec {
  std::string project;
  std::string dataset;
  WarehouseSecret secret;  ///< the key of a service account, JSON
  bool operator==(const BigQuerySpec&) const = default;
};

struct RedshiftSpec {
  std::string host;
  int port = 5439;
  std::string database;
  std::string username;
  WarehouseSecret secret;  ///< the password
  bool operator==(const RedshiftSpec&) const = default;
};

/// An identity of a BI tool.
struct WarehouseReader {
  std::string name;
  std::optional<std::string> secret_name;  ///< absent: "<warehouse>-<reader>.freehold"
  std::optional<Duration> statement_timeout;
  std::optional<std::string> read_replica;  ///< host of one of the server's read replicas; absent: the server itself
  bool operator==(const WarehouseReader&) const = default;
};

/// A tool outside that reads the stores itself and fills a warehouse which Freehold doesn't touch.
enum class LoaderType { kAirbyte, kFivetran };
std::string ToString(LoaderType);

struct WarehouseLoader {
  LoaderType type = LoaderType::kAirbyte;
  int hold_back_at_most = 16;  ///< GiB of WAL, by the slot of a store
  bool operator==(const WarehouseLoader&) const = default;
};

struct ConfigMapReference {
  std::string name;
  std::optional<std::string> ns;  ///< absent: the operator's own
  bool operator==(const ConfigMapReference&) const = default;
};

/// Materialized views of one schema: their SELECTs are the files of a ConfigMap, "<view>.sql" each.
struct WarehouseViews {
  std::string schema;  ///< in the warehouse, made for them
  ConfigMapReference config_map;
  Duration refresh_every = std::chrono::hours(1);
  Duration statement_timeout = std::chrono::minutes(10);
  bool operator==(const WarehouseViews&) const = default;
};

struct ReaderCredentials {
  Duration rotate_every = std::chrono::hours(720);
  Duration overlap = std::chrono::hours(24);
  bool operator==(const ReaderCredentials&) const = default;
};

struct ReportingWarehouseSpec {
  WarehouseEngine engine = WarehouseEngine::kPostgreSQL;
  std::optional<ClickHouseSpec> click_house;
  std::optional<SnowflakeSpec> snowflake;
  std::optional<BigQuerySpec> big_query;
  std::optional<RedshiftSpec> redshift;
  std::optional<std::string> server;  ///< absent: the default server for PostgreSQL
  std::string database = "warehouse";
  std::optional<std::string> bus;
  std::optional<WarehouseLoader> loader;
  std::vector<WarehouseReader> readers;
  std::vector<WarehouseViews> views;
  ReaderCredentials credentials;
  DeletionPolicy deletion_policy = DeletionPolicy::kRetain;
  bool operator==(const ReportingWarehouseSpec&) const = default;
};

/// What one store sends.
struct WarehouseFeedStatus {
  std::string store;   ///< "shop/orders"
  std::string schema;  ///< in the warehouse, as in the store
  std::string state;   ///< "Streaming", or a reason
  int tables = 0, copied = 0;
  std::string secret;  ///< with a loader: by which it reads
  std::string message;
  bool operator==(const WarehouseFeedStatus&) const = default;
};

struct WarehouseReaderStatus {
  std::string name;
  std::string secret;
  std::string login;
  CredentialPhase phase = CredentialPhase::kAbsent;
  std::optional<base::Timestamp> rotated_at;
  std::optional<base::Timestamp> rotate_at;
  bool operator==(const WarehouseReaderStatus&) const = default;
};

/// How many views a status can tell of.
inline constexpr std::size_t kViewsTold = 1024;

struct WarehouseViewStatus {
  std::string name;                             ///< "marts.daily_sales"
  std::optional<base::Timestamp> last_success;  ///< since then its rows are what they are
  std::optional<Duration> last_duration;        ///< of what brought them
  std::optional<base::Timestamp> next_refresh;
  std::int64_t rows = 0;  ///< about as many
  std::string error;      ///< why the file, or the last refresh, could not be carried out; empty: it could
  bool operator==(const WarehouseViewStatus&) const = default;
};

struct ReportingWarehouseStatus {
  std::int64_t observed_generation = 0;
  std::vector<kube::Condition> conditions;
  std::string server;  ///< where it is
  int streaming = 0;   ///< of the feeds
  std::vector<WarehouseFeedStatus> feeds;
  std::vector<WarehouseReaderStatus> readers;
  std::vector<WarehouseViewStatus> views;
  bool operator==(const ReportingWarehouseStatus&) const = default;
};

struct ReportingWarehouse {
  kube::ObjectMeta meta;
  ReportingWarehouseSpec spec;
  ReportingWarehouseStatus status;
};

const kube::ResourceType& ReportingWarehouseType();

/// The secret by which Connect reaches a warehouse of another engine than PostgreSQL. REQUIRES: it is one.
const WarehouseSecret& EngineSecretOf(const ReportingWarehouseSpec&);
std::string ReaderSecretOf(const ReportingWarehouse&, const WarehouseReader&);
/// By which a loader reads the store: "main.shop.orders.freehold".
std::string LoaderSecretOf(const ReportingWarehouse&, const kube::Name& store);

}  // namespace freehold::api

#include "reconcilers/reports/warehouse_sources.h"

#include <algorithm>

#include "operator/base/text.h"
#include "reconcilers/api/schema/yaml.h"
#include "reconcilers/engines/reporting.h"
#include "reconcilers/reports/places.h"

namespace freehold::reports {
namespace {

using base::Json;

constexpr int kWarnAfterHours = 1;
constexpr int kErrorAfterHours = 24;

std::vector<std::string> AggregatesOf(const api::ServiceDatabase& object, const std::string& table) {
  std::vector<std::string> aggregates;
  for (const auto& owned : object.spec.owns) {
    if (std::ranges::count(owned.tables, table) > 0) aggregates.push_back(owned.aggregate);
  }
  return aggregates;
}

Json TableOf(const api::ServiceDatabase& object, const api::ReportedTable& table) {
  const auto service = ToString(events::OwnerOf(object));
  const auto aggregates = AggregatesOf(object, table.name);
  Json meta = {{"owner", service}, {"deletes", ToString(table.deletes)}};
  if (!aggregates.empty()) meta["aggregates"] = aggregates;
  if (!table.exclude.empty()) meta["excluded_columns"] = table.exclude;
  const auto holds = aggregates.empty() ? "Table " + table.name : base::Join(aggregates);
  return {
      {"name", table.name}, {"description", holds + " of service " + service}, {"config", {{"meta", std::move(meta)}}}};
}

/// Where dbt finds the tables: database and schema.
std::pair<std::string, std::string> PlaceIn(const api::ReportingWarehouseSpec& spec, const engines::Layout& layout) {
  if (const auto& there = spec.click_house) return {"", there->database};
  if (const auto& there = spec.snowflake) return {there->database, there->schema};
  if (const auto& there = spec.big_query) return {there->project, there->dataset};
  if (const auto& there = spec.redshift) return {there->database, "public"};
  return {spec.database, layout.schema};
}

std::string LoadedAt(const engines::Layout& layout, bool by_connect) {
  const auto feed = engines::FeedOf(layout);
  if (by_connect) {
    return "select to_timestamp(max(ts_ms) / 1000.0) from \"" + layout.schema + "\".\"" + engines::BeatTableOf(feed) +
           "\"";
  }
  return "select max(last_msg_receipt_time) from pg_stat_subscription where subname = 'freehold_" + feed + "'";
}

Json SourceOf(const api::ReportingWarehouse& warehouse, const api::ServiceDatabase& object,
              const engines::Layout& layout, bool by_connect) {
  const bool postgres = warehouse.spec.engine == api::WarehouseEngine::kPostgreSQL;
  Json tables = Json::array();
  for (const auto& table : object.spec.reporting->tables) {
    tables.push_back(TableOf(object, table));
    if (!postgres) tables.back()["identifier"] = layout.schema + "_" + table.name;
  }
  const auto within = [](int hours) { return Json{{"count", hours}, {"period", "hour"}}; };
  const auto [database, schema] = PlaceIn(warehouse.spec, layout);
  Json source = {
      {"name", layout.schema},
      {"schema", schema},
      {"description", "What service " + ToString(events::OwnerOf(object)) + " reports, as it is in its own store"},
      {"config",
       {{"meta",
         {{"owner", ToString(events::OwnerOf(object))}, {"service_database", ToString(object.meta.full_name())}}}}},
      {"tables", std::move(tables)}};
  if (!database.empty()) source["database"] = database;
  if (!postgres) return source;
  source["config"]["loaded_at_query"] = LoadedAt(layout, by_connect);
  source["config"]["freshness"] = {{"warn_after", within(kWarnAfterHours)}, {"error_after", within(kErrorAfterHours)}};
  return source;
}

/// Where a tool finds what isn't printed.
Json FromSecret(const api::ReportingWarehouse& warehouse, const api::WarehouseReader& reader, const char* key) {
  return "<key " + std::string(key) + " of Secret " + ReaderSecretOf(warehouse, reader) + ">";
}

const api::ReadReplica* ReplicaOf(const api::WarehouseReader& reader, const api::DatabaseServer* server) {
  if (!server || !reader.read_replica) return nullptr;
  const auto& replicas = server->spec.read_replicas;
  const auto found = std::ranges::find(replicas, *reader.read_replica, &api::ReadReplica::host);
  return found == replicas.end() ? nullptr : &*found;
}

std::string HostOf(const api::WarehouseReader& reader, const api::DatabaseServer* server) {
  if (reader.read_replica) return *reader.read_replica;
  return server ? server->spec.host : "<host of the server>";
}

int PortOf(const api::WarehouseReader& reader, const api::DatabaseServer* server) {
  if (const auto* replica = ReplicaOf(reader, server)) return replica->port;
  return server ? server->spec.port : api::DatabaseServerSpec{}.port;
}

}  // namespace

std::string DbtSources(const api::ReportingWarehouse& warehouse, events::Services objects, ownership::Servers servers,
                       bool by_connect) {
  Json sources = Json::array();
  for (const auto& object : objects) {
    const auto& reporting = object->spec.reporting;
    if (!reporting || reporting->warehouse != warehouse.meta.name) continue;
    sources.push_back(SourceOf(warehouse, *object, LayoutOf(*object, servers), by_connect));
  }
  return api::schema::Yaml({{"version", 2}, {"sources", std::move(sources)}});
}

Json MetabaseConnection(const api::ReportingWarehouse& warehouse, const api::WarehouseReader& reader,
                        const api::DatabaseServer* server) {
  const auto tls = server ? server->spec.tls.mode : api::TlsMode::kVerifyFull;
  return {{"engine", "postgres"},
          {"name", warehouse.meta.name},
          {"details",
           {{"host", HostOf(reader, server)},
            {"port", PortOf(reader, server)},
            {"dbname", warehouse.spec.database},
            {"user", FromSecret(warehouse, reader, "username")},
            {"password", FromSecret(warehouse, reader, "password")},
            {"ssl", tls != api::TlsMode::kDisable},
            {"ssl-mode", api::SslModeOf(tls)},
            {"schema-filters-type", "exclusion"},
            {"schema-filters-patterns", "freehold"}}}};
}

Json LookerConnection(const api::ReportingWarehouse& warehouse, const api::WarehouseReader& reader,
                      const api::DatabaseServer* server) {
  const auto tls = server ? server->spec.tls.mode : api::TlsMode::kVerifyFull;
  return {{"name", warehouse.meta.name},
          {"dialect_name", "postgres"},
          {"host", HostOf(reader, server)},
          {"port", std::to_string(PortOf(reader, server))},
          {"database", warehouse.spec.database},
          {"username", FromSecret(warehouse, reader, "username")},
          {"password", FromSecret(warehouse, reader, "password")},
          {"ssl", tls != api::TlsMode::kDisable},
          {"verify_ssl", tls == api::TlsMode::kVerifyFull}};
}

}  // namespace freehold::reports

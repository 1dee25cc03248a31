#include "reconcilers/reports/loader_sources.h"

#include <algorithm>

#include "reconcilers/engines/reporting.h"
#include "reconcilers/reports/places.h"

namespace freehold::reports {
namespace {

using base::Json;

/// One store, as a tool reaches it.
struct Reached {
  kube::Name store;
  std::string host, database, schema, slot, secret;
  int port = 0;
  api::TlsMode tls = api::TlsMode::kVerifyFull;
  bool own_authority = false;

  /// Where the tool's operator finds what isn't printed.
  std::string Key(const char* key) const { return "<key " + std::string(key) + " of Secret " + secret + ">"; }
};

std::vector<Reached> Stores(const api::ReportingWarehouse& warehouse, events::Services objects,
                            ownership::Servers servers) {
  std::vector<Reached> stores;
  for (const auto& object : objects) {
    const auto& reporting = object->spec.reporting;
    if (!reporting || reporting->warehouse != warehouse.meta.name) continue;
    const auto layout = LayoutOf(*object, servers);
    const auto place = ownership::PlaceOf(*object, servers);
    const auto spec = place ? (*place)->spec : api::DatabaseServerSpec{};
    stores.push_back({.store = object->meta.full_name(),
                      .host = place ? spec.host : "<host of the server>",
                      .database = layout.database,
                      .schema = layout.schema,
                      .slot = "freehold_" + engines::FeedOf(layout),
                      .secret = LoaderSecretOf(warehouse, object->meta.full_name()),
                      .port = spec.port,
                      .tls = spec.tls.mode,
                      .own_authority = spec.tls.ca_secret.has_value()});
  }
  return stores;
}

Json SslModeFor(const Reached& store) {
  Json mode = {{"mode", api::SslModeOf(store.tls)}};
  if (store.tls == api::TlsMode::kVerifyFull) {
    mode["ca_certificate"] =
        store.own_authority ? store.Key("certificates") : "<certificate of the server's authority>";
  }
  return mode;
}

}  // namespace

Json AirbyteSources(const api::ReportingWarehouse& warehouse, events::Services objects, ownership::Servers servers) {
  Json sources = Json::array();
  for (const auto& store : Stores(warehouse, objects, servers)) {
    sources.push_back(
        {{"name", ToString(store.store)},
         {"workspaceId", "<id of the workspace>"},
         {"configuration",
          {{"sourceType", "postgres"},
           {"host", store.host},
           {"port", store.port},
           {"database", store.database},
           {"schemas", Json::array({store.schema})},
           {"username", store.Key("username")},
           {"password", store.Key("password")},
           {"ssl_mode", SslModeFor(store)},
           {"replication_method",
            {{"method", "CDC"}, {"plugin", "pgoutput"}, {"replication_slot", store.slot}, {"publication", store.slot}}},
           {"tunnel_method", {{"tunnel_method", "NO_TUNNEL"}}}}}});
  }
  return sources;
}

Json FivetranConnections(const api::ReportingWarehouse& warehouse, events::Services objects,
                         ownership::Servers servers) {
  Json connections = Json::array();
  for (const auto& store : Stores(warehouse, objects, servers)) {
    connections.push_back({{"service", "postgres"},
                           {"group_id", "<id of the group>"},
                           {"config",
                            {{"schema_prefix", store.store.ns},
                             {"host", store.host},
                             {"port", store.port},
                             {"database", store.database},
                             {"user", store.Key("username")},
                             {"password", store.Key("password")},
                             {"always_encrypted", store.tls != api::TlsMode::kDisable},
                             {"connection_type", "Directly"},
                             {"update_method", "WAL_PGOUTPUT"},
                             {"publication_name", store.slot},
                             {"replication_slot", store.slot}}}});
  }
  return connections;
}

}  // namespace freehold::reports

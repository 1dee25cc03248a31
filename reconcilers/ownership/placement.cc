#include "reconcilers/ownership/placement.h"

namespace freehold::ownership {
namespace {

using Place = std::expected<std::shared_ptr<const api::DatabaseServer>, Misplaced>;

Place Named(const std::string& name, api::EngineKind engine, Servers servers) {
  for (const auto& server : servers) {
    if (server->meta.name != name) continue;
    if (server->spec.engine == engine) return server;
    return std::unexpected(Misplaced{api::Reason::kEngineNotSupported, "DatabaseServer " + name + " is " +
                                                                           ToString(server->spec.engine) +
                                                                           ", the store asks for " + ToString(engine)});
  }
  return std::unexpected(
      Misplaced{api::Reason::kServerNotFound, "there is no DatabaseServer " + name + "; create it or name another"});
}

Place Default(api::EngineKind engine, Servers servers) {
  std::shared_ptr<const api::DatabaseServer> found;
  for (const auto& server : servers) {
    if (!server->spec.is_default || server->spec.engine != engine) continue;
    if (found) {
      return std::unexpected(
          Misplaced{api::Reason::kServerAmbiguous, "DatabaseServers " + found->meta.name + " and " + server->meta.name +
                                                       " are both the default for " + ToString(engine) +
                                                       "; name one in spec.server"});
    }
    found = server;
  }
  if (found) return found;
  return std::unexpected(Misplaced{api::Reason::kServerNotFound, "no DatabaseServer is the default for " +
                                                                     ToString(engine) + "; name one in spec.server"});
}

}  // namespace

Place PlaceOf(const api::ServiceDatabase& object, Servers servers) {
  if (object.spec.server) return Named(*object.spec.server, object.spec.engine, servers);
  if (object.status.store) return Named(object.status.store->server, object.spec.engine, servers);
  return Default(object.spec.engine, servers);
}

Place PlaceOf(const api::ReportingWarehouse& object, Servers servers) {
  constexpr auto kEngine = api::EngineKind::kPostgreSQL;
  if (object.spec.server) return Named(*object.spec.server, kEngine, servers);
  if (!object.status.server.empty()) return Named(object.status.server, kEngine, servers);
  return Default(kEngine, servers);
}

engines::Layout LayoutFor(const api::ServiceDatabase& object, const api::DatabaseServer& server) {
  return engines::LayoutOf(object.spec.isolation, StoreNameOf(object), SchemaOf(object), server.spec.shared_database);
}

engines::Layout AsMade(engines::Layout layout, const api::ServiceDatabase& object) {
  const auto& made = object.status.store;
  if (!made) return layout;
  layout.database = made->database;
  layout.schema = made->schema;
  return layout;
}

std::optional<Misplaced> Displacement(const api::ServiceDatabase& object, const api::DatabaseServer& server) {
  const auto& made = object.status.store;
  if (!made) return std::nullopt;
  const auto layout = LayoutFor(object, server);
  const bool stays =
      made->server == server.meta.name && made->database == layout.database && made->schema == layout.schema;
  if (stays) return std::nullopt;
  return Misplaced{api::Reason::kStoreNotEmpty,
                   "the store is " + made->server + "/" + made->database + "/" + made->schema + ", the spec asks for " +
                       server.meta.name + "/" + layout.database + "/" + layout.schema +
                       "; take the change back, or make a second ServiceDatabase and move the data"};
}

}  // namespace freehold::ownership

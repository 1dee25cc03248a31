#include "commands/plan/blank.h"

#include "reconcilers/ownership/placement.h"

namespace freehold::commands::plan {

documents::Resources AsMade(const documents::Resources& resources, const engines::ServerSnapshot& snapshot) {
  constexpr int kEnough = 1000;
  auto made = resources;
  for (auto& server : made.servers) {
    auto seen = *server.object;
    seen.status.version = snapshot.version;
    seen.status.capabilities = snapshot.capabilities;
    seen.status.capabilities->replicate = seen.status.capabilities->subscribe = true;
    seen.status.capabilities->wal_level = "logical";
    seen.status.capabilities->replication_slots = seen.status.capabilities->subscriptions = kEnough;
    server.object = std::make_shared<const api::DatabaseServer>(std::move(seen));
  }
  const auto servers = documents::Objects(made.servers);
  for (auto& store : made.databases) {
    const auto server = ownership::PlaceOf(*store.object, servers);
    if (!server) continue;
    const auto layout = ownership::LayoutFor(*store.object, **server);
    auto there = *store.object;
    there.status.store = api::StoreStatus{
        .server = (*server)->meta.name, .database = layout.database, .schema = layout.schema, .fingerprint = {}};
    store.object = std::make_shared<const api::ServiceDatabase>(std::move(there));
  }
  return made;
}

}  // namespace freehold::commands::plan

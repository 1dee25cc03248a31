#include "reconcilers/ownership/claim.h"

#include <tuple>

namespace freehold::ownership {

std::string ToString(const Thing& thing) {
  switch (thing.kind) {
    case Thing::Kind::kServer:
      return "the whole server " + thing.place;
    case Thing::Kind::kStore:
      return "store " + thing.name + " on " + thing.place;
    case Thing::Kind::kTable:
      return "table " + thing.name + " on " + thing.place;
    case Thing::Kind::kSecret:
      return "Secret " + thing.place + "/" + thing.name;
  }
  return {};
}

std::string AddressOf(const api::DatabaseServer& server) {
  return server.spec.host + ":" + std::to_string(server.spec.port);
}

bool Precedes(const Claimant& a, const Claimant& b) {
  return std::tuple(!a.incumbent, a.since, a.uid, a.name) < std::tuple(!b.incumbent, b.since, b.uid, b.name);
}

Claimant ClaimantOf(const api::ServiceDatabase& object) {
  return {object.meta.full_name(), object.meta.uid, object.meta.created, object.status.store.has_value()};
}

std::vector<Thing> ClaimsOf(const api::ServiceDatabase& object, const api::DatabaseServer* server) {
  std::vector<Thing> things;
  for (auto& secret : api::SecretsOf(object))
    things.push_back({Thing::Kind::kSecret, object.meta.ns, std::move(secret)});
  if (!server) return things;

  const std::string place = AddressOf(*server);
  things.push_back({Thing::Kind::kStore, place, api::StoreNameOf(object)});
  if (object.spec.isolation == api::Isolation::kInstance) things.push_back({Thing::Kind::kServer, place, {}});
  if (object.spec.isolation != api::Isolation::kTables) return things;
  for (const auto& table : api::OwnedTablesOf(object)) things.push_back({Thing::Kind::kTable, place, table});
  return things;
}

}  // namespace freehold::ownership

#include "reconcilers/ownership/registry.h"
#include "reconcilers/validation/rules.h"

namespace freehold::validation {
namespace {

using Database = documents::Resource<api::ServiceDatabase>;
using ownership::Thing;

/// Where the store would be: the server among the resources, or one that stands for it.
api::DatabaseServer HomeOf(const api::ServiceDatabase& object, const documents::Resources& resources) {
  if (const auto* server = ServerOf(object, resources)) return *server->object;
  api::DatabaseServer unseen;
  unseen.meta.name = object.spec.server.value_or("the default server for " + ToString(object.spec.engine));
  unseen.spec.engine = object.spec.engine;
  unseen.spec.host = unseen.meta.name;
  return unseen;
}

/// The field that makes the claim.
std::string PathOf(const Thing& thing, const api::ServiceDatabase& object) {
  switch (thing.kind) {
    case Thing::Kind::kSecret:
      return object.spec.credentials.secret_name ? "spec.credentials.secretName" : "metadata.name";
    case Thing::Kind::kServer:
      return "spec.isolation";
    case Thing::Kind::kStore:
      return object.spec.name ? "spec.name" : object.spec.service ? "spec.service" : "metadata.name";
    case Thing::Kind::kTable:
      return "spec.owns";
  }
  return "spec";
}

std::string RemedyFor(const Thing& thing) {
  switch (thing.kind) {
    case Thing::Kind::kSecret:
      return "choose another credentials.secretName";
    case Thing::Kind::kServer:
      return "choose another server, or have the data by events, a read model or an API";
    case Thing::Kind::kStore:
    case Thing::Kind::kTable:
      return "choose another spec.name, or have the data by events, a read model or an API";
  }
  return {};
}

/// A store that is there stays; one more than the server may have is not made.
void CheckRoom(const Database& database, const World& world, const ownership::Registry& registry, Findings& findings) {
  const auto* server = ServerOf(*database.object, world.resources);
  if (!server || database.object->status.store) return;
  const auto& spec = server->object->spec;
  if (registry.StoresAt(ownership::AddressOf(*server->object)) <= spec.limits.databases) return;
  findings.Add(Severity::kError, ToString(api::Reason::kLimitReached), database,
               database.object->spec.server ? "spec.server" : "spec",
               "DatabaseServer " + server->object->meta.name + " has its " + std::to_string(spec.limits.databases) +
                   " stores; have limits.databases raised, or choose another server");
}

/// What is only in a file is younger than all that a cluster has; among themselves the first one counts.
ownership::Claimant ClaimantOf(const Database& database, std::size_t index, base::Timestamp now) {
  ownership::Claimant claimant = ownership::ClaimantOf(*database.object);
  if (!claimant.uid.empty()) return claimant;
  claimant.since = now + std::chrono::seconds(index);
  claimant.incumbent = false;
  return claimant;
}

}  // namespace

void CheckOwners(const World& world, Findings& findings) {
  ownership::Registry registry;
  std::map<kube::Name, const Database*> by_name;
  const auto& databases = world.resources.databases;
  for (std::size_t at = 0; at < databases.size(); ++at) {
    const api::ServiceDatabase& object = *databases[at].object;
    if (!by_name.emplace(object.meta.full_name(), &databases[at]).second) continue;
    const api::DatabaseServer home = HomeOf(object, world.resources);
    auto things = ownership::ClaimsOf(object, &home);
    std::erase_if(things, [](const Thing& thing) { return thing.kind == Thing::Kind::kTable; });
    registry.Put(ClaimantOf(databases[at], at, world.now), std::move(things));
  }
  for (const auto& [name, database] : by_name) {
    const auto conflict = registry.ConflictOf(name);
    if (!conflict) {
      CheckRoom(*database, world, registry, findings);
      continue;
    }
    const Database& owner = *by_name.at(conflict->owner.name);
    const std::string path = PathOf(conflict->thing, *database->object);
    const std::string owner_path = PathOf(conflict->thing, *owner.object);
    const std::string code = ToString(api::Reason::kStoreOwnedByAnother), what = ToString(conflict->thing);
    findings.Add(Severity::kError, code, *database, path,
                 what + " belongs to " + MentionOf(owner, owner_path) + "; " + RemedyFor(conflict->thing));
    findings.Add(Severity::kNote, code, owner, owner_path,
                 what + " is claimed by " + MentionOf(*database, path) + ", too");
  }
}

}  // namespace freehold::validation

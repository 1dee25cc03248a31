#include "reconcilers/admission/scene.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <tuple>

#include "reconcilers/events/graph.h"
#include "reconcilers/ownership/claim.h"
#include "reconcilers/ownership/placement.h"

namespace freehold::admission {
namespace {

using api::ServiceDatabase;
using Pointer = std::shared_ptr<const ServiceDatabase>;

/// What a store has that others may run into, worked out once.
class Surface {
 public:
  explicit Surface(const ServiceDatabase& object)
      : object_(object),
        secrets_(api::SecretsOf(object)),
        store_(api::StoreNameOf(object)),
        service_(events::OwnerOf(object)) {
    for (const auto& owned : object.spec.owns) tables_.insert(owned.tables.begin(), owned.tables.end());
    for (const auto& consumed : object.spec.consumes) {
      publishers_.insert(events::Resolve(consumed.from, object.meta.ns));
    }
  }

  bool Touches(const ServiceDatabase& other) const {
    if (Whole(object_) || Whole(other)) return true;
    if (other.meta.ns == object_.meta.ns && SharesSecret(other)) return true;
    if (api::StoreNameOf(other) == store_) return true;
    return SharesTable(other) || Publishes(other) || Consumes(other);
  }

 private:
  static bool Whole(const ServiceDatabase& object) { return object.spec.isolation == api::Isolation::kInstance; }

  bool SharesSecret(const ServiceDatabase& other) const {
    return std::ranges::any_of(api::SecretsOf(other),
                               [&](const std::string& secret) { return std::ranges::count(secrets_, secret) > 0; });
  }
  bool SharesTable(const ServiceDatabase& other) const {
    return !tables_.empty() && std::ranges::any_of(other.spec.owns, [&](const api::OwnedAggregate& owned) {
      return std::ranges::any_of(owned.tables, [&](const std::string& table) { return tables_.contains(table); });
    });
  }
  /// A publisher may be meant by the name of its service or by its own.
  bool Publishes(const ServiceDatabase& other) const {
    return std::ranges::any_of(publishers_, [&](const events::Service& publisher) {
      return publisher.ns == other.meta.ns &&
             (publisher.name == other.meta.name || publisher.name == api::ServiceOf(other));
    });
  }
  /// Nearly all are sorted out by the end of their `from`, which needs no taking apart.
  bool Consumes(const ServiceDatabase& other) const {
    return std::ranges::any_of(other.spec.consumes, [&](const api::ConsumedEvent& consumed) {
      if (!consumed.from.ends_with(service_.name) && !consumed.from.ends_with(object_.meta.name)) return false;
      const auto from = events::Resolve(consumed.from, other.meta.ns);
      return from == service_ || from == events::Service{object_.meta.ns, object_.meta.name};
    });
  }

  const ServiceDatabase& object_;
  const std::vector<std::string> secrets_;
  const std::string store_;
  const events::Service service_;
  std::set<std::string> tables_;
  std::set<events::Service> publishers_;
};

bool IsOn(const ServiceDatabase& object, const api::DatabaseServer& server) {
  if (object.spec.server) return *object.spec.server == server.meta.name;
  if (object.status.store) return object.status.store->server == server.meta.name;
  return server.spec.is_default && server.spec.engine == object.spec.engine;
}

bool ClaimsBefore(const documents::Resource<ServiceDatabase>& a, const documents::Resource<ServiceDatabase>& b) {
  return ownership::Precedes(ownership::ClaimantOf(*a.object), ownership::ClaimantOf(*b.object));
}

/// Validation takes what has no UID for younger than all that has one.
template <class Kind>
std::shared_ptr<const Kind> Newcomer(const Kind& object) {
  Kind copy = object;
  copy.meta.uid.clear();
  return std::make_shared<const Kind>(std::move(copy));
}

}  // namespace

Databases RelativesOf(std::span<const Pointer> versions, const kube::Cache<ServiceDatabase>& all) {
  std::vector<Surface> surfaces;
  kube::Name name;
  for (const auto& version : versions) {
    if (!version) continue;
    surfaces.emplace_back(*version);
    name = version->meta.full_name();
  }
  Databases relatives;
  for (auto& other : all.All()) {
    if (other->meta.name == name.name && other->meta.ns == name.ns) continue;
    const auto touches = [&](const Surface& surface) { return surface.Touches(*other); };
    if (std::ranges::any_of(surfaces, touches)) relatives.push_back(std::move(other));
  }
  return relatives;
}

void AddCrowd(Databases& relatives, std::span<const Pointer> versions, const stores::World& world) {
  const auto servers = world.servers.All();
  for (const auto& version : versions) {
    if (!version || version->status.store) continue;
    const auto home = ownership::PlaceOf(*version, servers);
    if (!home) continue;
    const auto& [host, port, limit] = std::tie((*home)->spec.host, (*home)->spec.port, (*home)->spec.limits.databases);
    std::vector<std::shared_ptr<const api::DatabaseServer>> there;
    std::ranges::copy_if(servers, std::back_inserter(there),
                         [&](const auto& server) { return server->spec.host == host && server->spec.port == port; });
    auto crowd = TenantsOf(there, world.databases);
    if (static_cast<int>(crowd.size()) < limit) continue;
    std::erase_if(crowd, [&](const Pointer& object) {
      return object->meta.full_name() == version->meta.full_name() || std::ranges::count(relatives, object) > 0;
    });
    std::ranges::move(crowd, std::back_inserter(relatives));
  }
}

Databases TenantsOf(std::span<const std::shared_ptr<const api::DatabaseServer>> versions,
                    const kube::Cache<ServiceDatabase>& all) {
  Databases tenants;
  for (auto& object : all.All()) {
    const auto holds = [&](const auto& version) { return version && IsOn(*object, *version); };
    if (std::ranges::any_of(versions, holds)) tenants.push_back(std::move(object));
  }
  return tenants;
}

documents::Resources SceneWith(Databases databases, const std::string& ns, const stores::World& world) {
  documents::Resources scene;
  std::set<std::string> namespaces{ns};
  for (auto& object : databases) {
    namespaces.insert(object->meta.ns);
    scene.databases.push_back({std::move(object), {}, {}});
  }
  std::ranges::sort(scene.databases, ClaimsBefore);
  for (auto& server : world.servers.All()) scene.servers.push_back({std::move(server), {}, {}});
  for (auto& policy : world.policies.All()) scene.policies.push_back({std::move(policy), {}, {}});
  for (auto& bus : world.buses.All()) scene.buses.push_back({std::move(bus), {}, {}});
  for (const auto& name : namespaces) {
    if (const auto known = world.namespaces.Find({"", name})) scene.namespaces.emplace(name, known->meta.labels);
  }
  return scene;
}

void Enter(documents::Resources& scene, const Pointer& object, Standing standing) {
  if (!object) return;
  if (standing == Standing::kNewcomer) return scene.databases.push_back({Newcomer(*object), {}, {}});
  const documents::Resource<ServiceDatabase> resource{object, {}, {}};
  scene.databases.insert(std::ranges::upper_bound(scene.databases, resource, ClaimsBefore), resource);
}

void Enter(documents::Resources& scene, const kube::Name& name,
           const std::shared_ptr<const api::DatabaseServer>& server, Standing standing) {
  const auto same = [&](const auto& resource) { return resource.object->meta.full_name() == name; };
  const auto found = std::ranges::find_if(scene.servers, same);
  if (server && standing == Standing::kAsItIs && found != scene.servers.end()) {
    found->object = server;
    return;
  }
  std::erase_if(scene.servers, same);
  if (server) scene.servers.push_back({server, {}, {}});
}

}  // namespace freehold::admission

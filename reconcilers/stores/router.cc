#include "reconcilers/stores/router.h"

#include "reconcilers/ownership/placement.h"
#include "reconcilers/stores/desired.h"

namespace freehold::stores {
namespace {

Urgency UrgencyOf(Change change) { return change == Change::kInitial ? Urgency::kResync : Urgency::kFresh; }

/// The part of status.store.fingerprint that was seen; what stands before it was wanted.
std::string SeenPart(const std::string& fingerprint) {
  const auto dash = fingerprint.find('-');
  return dash == std::string::npos ? "" : fingerprint.substr(dash + 1);
}

}  // namespace

Router::Router(World world, ownership::Registry& registry, const engines::Engine& engine, Enqueue stores,
               Enqueue servers)
    : world_(world), registry_(registry), engine_(engine), stores_(std::move(stores)), servers_(std::move(servers)) {}

void Router::DatabaseChanged(const kube::Name& name, Change change) {
  const auto object = world_.databases.Find(name);
  std::set<kube::Name> touched;
  if (!object) {
    touched = registry_.Erase(name);
    std::lock_guard lock(mutex_);
    aspects_.erase(name);
  } else {
    Claim(*object, touched);
    Aspect aspect{object->meta.generation, object->meta.deleted.has_value(), object->meta.annotations};
    std::lock_guard lock(mutex_);
    const auto known = aspects_.find(name);
    if (known == aspects_.end() || known->second != aspect) touched.insert(name);
    aspects_[name] = std::move(aspect);
  }
  EnqueueAll(touched, UrgencyOf(change));
}

void Router::ServerChanged(const kube::Name& name, Change change) {
  servers_(name, UrgencyOf(change));
  std::set<kube::Name> touched;
  for (const auto& object : world_.databases.All()) {
    Claim(*object, touched);
    const auto server = ServerOf(*object);
    if (!server || server->meta.name == name.name) touched.insert(object->meta.full_name());
  }
  EnqueueAll(touched, UrgencyOf(change));
}

void Router::PolicyChanged(Change change) {
  if (change == Change::kInitial) return;
  for (const auto& object : world_.databases.All()) stores_(object->meta.full_name(), UrgencyOf(change));
}

void Router::NamespaceChanged(const kube::Name& name, Change change) {
  if (change != Change::kChanged) return;
  for (const auto& object : world_.databases.All()) {
    if (object->meta.ns == name.name) stores_(object->meta.full_name(), UrgencyOf(change));
  }
}

void Router::ServerSeen(const std::string& name, const std::optional<servers::Standing>& before,
                        const servers::Standing& now) {
  const bool was_ready = before && before->ready();
  const bool turned = !before || was_ready != now.ready() || (before && before->access != now.access);
  if (!turned && !now.ready()) return;
  for (const auto& object : world_.databases.All()) {
    const auto server = ServerOf(*object);
    if (!server || server->meta.name != name) continue;
    if (turned) {
      stores_(object->meta.full_name(), Urgency::kFresh);
      continue;
    }
    if (!object->status.store) continue;
    const std::string seen = engine_.Fingerprint(*now.snapshot, LayoutFor(*object, *server));
    if (seen != SeenPart(object->status.store->fingerprint)) stores_(object->meta.full_name(), Urgency::kFresh);
  }
}

std::string Router::LaneOf(const kube::Name& name) const {
  const auto object = world_.databases.Find(name);
  const auto server = object ? ServerOf(*object) : nullptr;
  return server ? server->meta.name : "";
}

std::shared_ptr<const api::DatabaseServer> Router::ServerOf(const api::ServiceDatabase& object) const {
  const auto servers = world_.servers.All();
  return ownership::PlaceOf(object, servers).value_or(nullptr);
}

void Router::Claim(const api::ServiceDatabase& object, std::set<kube::Name>& touched) {
  const auto server = ServerOf(object);
  touched.merge(registry_.Put(ownership::ClaimantOf(object), ownership::ClaimsOf(object, server.get())));
}

void Router::EnqueueAll(const std::set<kube::Name>& names, Urgency urgency) {
  for (const kube::Name& name : names) stores_(name, urgency);
}

}  // namespace freehold::stores

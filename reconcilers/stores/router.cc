#include "reconcilers/stores/router.h"

#include <algorithm>
#include <utility>

#include "reconcilers/ownership/placement.h"
#include "reconcilers/stores/desired.h"

namespace freehold::stores {
namespace {

Urgency UrgencyOf(Change change) { return change == Change::kInitial ? Urgency::kResync : Urgency::kFresh; }

}  // namespace

Router::Router(World world, ownership::Registry& registry, const engines::Engine& engine, Enqueue stores,
               Enqueue servers, std::function<void(const std::string& server)> made)
    : world_(world),
      registry_(registry),
      engine_(engine),
      stores_(std::move(stores)),
      servers_(std::move(servers)),
      made_(std::move(made)) {}

void Router::DatabaseChanged(const kube::Name& name, Change change) {
  const auto object = world_.databases.Find(name);
  std::set<kube::Name> touched;
  Aspect aspect;
  if (object) {
    Claim(*object, touched);
    aspect = {.generation = object->meta.generation,
              .deleted = object->meta.deleted.has_value(),
              .annotations = object->meta.annotations,
              .resync = api::ResyncRequestOf(*object),
              .service = events::OwnerOf(*object),
              .publishes = object->spec.publishes,
              .bus = object->spec.bus,
              .consumes = object->spec.consumes,
              .seen = SeenPart(*object),
              .made = object->status.store.has_value()};
  } else {
    touched = registry_.Erase(name);
  }
  const Aspect before = Exchange(name, object ? std::optional(aspect) : std::nullopt);
  if (object && !aspect.AsksForNoMoreThan(before)) touched.insert(name);
  // The first list names everybody.
  const bool turned = aspect.publishes != before.publishes || aspect.bus != before.bus ||
                      (!aspect.publishes.empty() && aspect.seen != before.seen);
  if (change != Change::kInitial && turned) {
    TouchConsumersOf(object ? aspect.service : before.service, touched);
  }
  const bool own_database = object && object->spec.isolation >= api::Isolation::kDatabase;
  if (change != Change::kInitial && made_ && own_database && aspect.made && !before.made) {
    if (const auto server = ServerOf(*object)) made_(server->meta.name);
  }
  const bool moved = aspect.generation != before.generation || aspect.deleted != before.deleted ||
                     aspect.made != before.made || aspect.consumes != before.consumes || aspect.resync != before.resync;
  if (change != Change::kInitial && moved) {
    for (const Aspect* which : {&before, &std::as_const(aspect)}) TouchPublishersFor(*which, name.ns, touched);
  }
  EnqueueAll(touched, UrgencyOf(change));
}

Router::Aspect Router::Exchange(const kube::Name& name, std::optional<Aspect> aspect) {
  std::lock_guard lock(mutex_);
  Aspect before = std::exchange(aspects_[name], aspect.value_or(Aspect{}));
  if (!aspect) aspects_.erase(name);
  return before;
}

void Router::TouchConsumersOf(const events::Service& publisher, std::set<kube::Name>& touched) const {
  for (const auto& other : world_.databases.All()) {
    const bool consumes = std::ranges::any_of(other->spec.consumes, [&](const api::ConsumedEvent& consumed) {
      return events::Resolve(consumed.from, other->meta.ns) == publisher;
    });
    if (consumes) touched.insert(other->meta.full_name());
  }
}

void Router::TouchPublishersFor(const Aspect& consumer, const std::string& ns, std::set<kube::Name>& touched) const {
  if (consumer.consumes.empty()) return;
  std::set<events::Service> services;
  for (const auto& consumed : consumer.consumes) services.insert(events::Resolve(consumed.from, ns));
  for (const auto& other : world_.databases.All()) {
    if (other->spec.publishes.empty()) continue;
    const events::Service by_name{other->meta.ns, other->meta.name};
    const bool meant = services.contains(events::OwnerOf(*other)) || services.contains(by_name);
    if (meant) touched.insert(other->meta.full_name());
  }
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

void Router::BusChanged(Change change) {
  if (change == Change::kInitial) return;
  for (const auto& object : world_.databases.All()) {
    if (object->spec.publishes.empty() && object->spec.consumes.empty() && !object->spec.bus) continue;
    stores_(object->meta.full_name(), UrgencyOf(change));
  }
}

void Router::NamespaceChanged(const kube::Name& name, Change change) {
  if (change != Change::kChanged) return;
  for (const auto& object : world_.databases.All()) {
    if (object->meta.ns == name.name) stores_(object->meta.full_name(), UrgencyOf(change));
  }
}

void Router::IndexChanged(const kube::Name& name, Change change) {
  if (change == Change::kInitial) return;
  for (const auto& object : world_.databases.All()) {
    if (object->meta.ns != name.ns || !api::NeedsIndex(*object)) continue;
    stores_(object->meta.full_name(), UrgencyOf(change));
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
    const std::string seen = engine_.Fingerprint(*now.snapshot, ownership::LayoutFor(*object, *server));
    if (seen != SeenPart(*object)) stores_(object->meta.full_name(), Urgency::kFresh);
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

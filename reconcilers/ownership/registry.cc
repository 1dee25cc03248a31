#include "reconcilers/ownership/registry.h"

#include <algorithm>

namespace freehold::ownership {
namespace {

/// All stores of one server stand together in the order of things.
Thing FirstStoreAt(const std::string& place) { return {Thing::Kind::kStore, place, {}}; }

Thing WholeServer(const std::string& place) { return {Thing::Kind::kServer, place, {}}; }

bool IsStoreAt(const Thing& thing, const std::string& place) {
  return thing.kind == Thing::Kind::kStore && thing.place == place;
}

}  // namespace

std::set<kube::Name> Registry::Put(const Claimant& claimant, std::vector<Thing> things) {
  std::lock_guard lock(mutex_);
  const auto known = entries_.find(claimant.name);
  if (known != entries_.end() && known->second.claimant == claimant && known->second.things == things) return {};

  std::set<kube::Name> touched;
  Retract(claimant.name, touched);
  for (const Thing& thing : things) {
    holders_[thing].insert(claimant);
    Touch(thing, touched);
  }
  entries_[claimant.name] = {claimant, std::move(things)};
  touched.erase(claimant.name);
  return touched;
}

std::set<kube::Name> Registry::Erase(const kube::Name& name) {
  std::lock_guard lock(mutex_);
  std::set<kube::Name> touched;
  Retract(name, touched);
  touched.erase(name);
  return touched;
}

void Registry::Retract(const kube::Name& name, std::set<kube::Name>& touched) {
  const auto entry = entries_.find(name);
  if (entry == entries_.end()) return;
  for (const Thing& thing : entry->second.things) {
    Touch(thing, touched);
    const auto holders = holders_.find(thing);
    holders->second.erase(entry->second.claimant);
    if (holders->second.empty()) holders_.erase(holders);
  }
  entries_.erase(entry);
}

void Registry::TouchHolders(const Thing& thing, std::set<kube::Name>& touched) const {
  const auto holders = holders_.find(thing);
  if (holders == holders_.end()) return;
  for (const Claimant& holder : holders->second) touched.insert(holder.name);
}

void Registry::Touch(const Thing& thing, std::set<kube::Name>& touched) const {
  TouchHolders(thing, touched);
  if (thing.kind == Thing::Kind::kStore) TouchHolders(WholeServer(thing.place), touched);
  if (thing.kind != Thing::Kind::kServer) return;
  for (auto at = holders_.lower_bound(FirstStoreAt(thing.place)); at != holders_.end(); ++at) {
    if (!IsStoreAt(at->first, thing.place)) return;
    for (const Claimant& holder : at->second) touched.insert(holder.name);
  }
}

std::optional<Conflict> Registry::ConflictOf(const kube::Name& name) const {
  std::lock_guard lock(mutex_);
  const auto entry = entries_.find(name);
  if (entry == entries_.end()) return std::nullopt;
  for (const Thing& thing : entry->second.things) {
    if (auto conflict = RivalFor(entry->second.claimant, thing)) return conflict;
  }
  return std::nullopt;
}

std::optional<Conflict> Registry::RivalFor(const Claimant& claimant, const Thing& thing) const {
  if (const auto holders = holders_.find(thing); holders != holders_.end()) {
    const Claimant& first = *holders->second.begin();
    if (first.name != claimant.name) return Conflict{thing, first};
  }
  if (thing.kind == Thing::Kind::kStore) {
    const Thing whole = WholeServer(thing.place);
    const auto holders = holders_.find(whole);
    if (holders == holders_.end()) return std::nullopt;
    const Claimant& first = *holders->second.begin();
    if (first.name != claimant.name && Precedes(first, claimant)) return Conflict{whole, first};
  }
  if (thing.kind == Thing::Kind::kServer) {
    for (auto at = holders_.lower_bound(FirstStoreAt(thing.place)); at != holders_.end(); ++at) {
      if (!IsStoreAt(at->first, thing.place)) break;
      const Claimant& first = *at->second.begin();
      if (first.name != claimant.name && Precedes(first, claimant)) return Conflict{at->first, first};
    }
  }
  return std::nullopt;
}

std::optional<Claimant> Registry::OwnerOf(const Thing& thing) const {
  std::lock_guard lock(mutex_);
  const auto holders = holders_.find(thing);
  if (holders == holders_.end()) return std::nullopt;
  return *holders->second.begin();
}

int Registry::StoresAt(const std::string& place) const {
  std::lock_guard lock(mutex_);
  int stores = 0;
  for (auto at = holders_.lower_bound(FirstStoreAt(place)); at != holders_.end() && IsStoreAt(at->first, place); ++at) {
    ++stores;
  }
  return stores;
}

}  // namespace freehold::ownership

// Who must be looked at when something changes: watch events in, names to reconcile out. Keeps the registry of owners
// current on the way.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>

#include "reconcilers/engines/engine.h"
#include "reconcilers/events/graph.h"
#include "reconcilers/servers/board.h"
#include "reconcilers/stores/world.h"

namespace freehold::stores {

/// What became of an object in a cache; the cache is up to date when this is told.
enum class Change { kInitial, kChanged, kGone };

/// How soon a name should be looked at.
enum class Urgency { kFresh, kResync };

/// Thread-safe.
class Router {
 public:
  using Enqueue = std::function<void(const kube::Name&, Urgency)>;

  /// `registry` is the one in `world`. All of it outlives the router.
  /// `made` is told on which server a database of a store's own was made.
  Router(World world, ownership::Registry& registry, const engines::Engine& engine, Enqueue stores, Enqueue servers,
         std::function<void(const std::string& server)> made = {});

  /// Reconciles it when anything but its status and labels changed, those whose claims may have become free, and those
  /// that consume its events when what it publishes changed, or what was seen of its store, and those whose events it
  /// consumes when that changed, or it came or went.
  void DatabaseChanged(const kube::Name&, Change);
  /// Its own reconcile, and all stores that are or could be on it.
  void ServerChanged(const kube::Name&, Change);
  /// All stores; the first list is passed over, since that of the stores names them all.
  void PolicyChanged(Change);
  /// All stores that publish or consume events.
  void BusChanged(Change);
  void NamespaceChanged(const kube::Name&, Change);
  /// The stores of the namespace whose Secret only the index protects: one may wait for being listed.
  void IndexChanged(const kube::Name&, Change);
  /// A server was looked at: all its stores when it came back or went away, else those whose fingerprint moved.
  void ServerSeen(const std::string& server, const std::optional<servers::Standing>& before,
                  const servers::Standing& now);

  /// The bulkhead of a store: its server; "" when it has none.
  std::string LaneOf(const kube::Name&) const;

 private:
  /// What of an object asks for a pass when it changes.
  struct Aspect {
    std::int64_t generation = 0;
    bool deleted = false;
    std::map<std::string, std::string> annotations;
    std::string resync;  ///< that of them which concerns those whose events it consumes
    events::Service service;
    std::vector<api::PublishedEvent> publishes;
    std::optional<std::string> bus;
    std::vector<api::ConsumedEvent> consumes;
    std::string seen;   ///< of its store; concerns those who consume from it
    bool made = false;  ///< its store; concerns those whose events it consumes
    bool AsksForNoMoreThan(Aspect before) const {
      before.seen = seen;
      before.made = made;
      return *this == before;
    }
    bool operator==(const Aspect&) const = default;
  };

  /// Remembers what is known of an object now, or that it is gone; what was known before, nothing by default.
  Aspect Exchange(const kube::Name&, std::optional<Aspect>);
  std::shared_ptr<const api::DatabaseServer> ServerOf(const api::ServiceDatabase&) const;
  void Claim(const api::ServiceDatabase&, std::set<kube::Name>& touched);
  void TouchPublishersFor(const Aspect&, const std::string& ns, std::set<kube::Name>& touched) const;
  void TouchConsumersOf(const events::Service&, std::set<kube::Name>& touched) const;
  void EnqueueAll(const std::set<kube::Name>&, Urgency);

  const World world_;
  ownership::Registry& registry_;
  const engines::Engine& engine_;
  const Enqueue stores_;
  const Enqueue servers_;
  const std::function<void(const std::string&)> made_;
  std::mutex mutex_;
  std::map<kube::Name, Aspect> aspects_;  ///< guarded by mutex_
};

}  // namespace freehold::stores

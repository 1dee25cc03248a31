// Events on their way from one database to another, consumer by consumer. The polling publisher where the operator is
// the carrier, otherwise the one who watches whether replication really gets through.
//
// https://microservices.io/patterns/data/polling-publisher.html
//
// Flow: the ways into this store (caches only) -> is something waiting? -> one batch, through the gate; or: is the slot
// there, read, and not too far behind?
// Guarantees: an event is taken from its publisher's end only once the consumer's has it; a crash in between brings it
// twice, which the consumer's end knows. Asks each publisher once in `interval` while nothing waits, and goes on at
// once while something does. What replicates by itself is looked at in longer intervals, by all consumers at the same
// time, see Looks.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "operator/base/clock.h"
#include "operator/runtime/gate.h"
#include "operator/runtime/outcome.h"
#include "reconcilers/channels/looks.h"
#include "reconcilers/engines/engine.h"
#include "reconcilers/servers/board.h"
#include "reconcilers/stores/sights.h"
#include "reconcilers/stores/troubles.h"
#include "reconcilers/stores/world.h"

namespace freehold::channels {

/// Thread-safe; one consumer is worked on by one thread at a time.
class Reconciler {
 public:
  /// All of it outlives the reconciler and is thread-safe.
  struct Parts {
    stores::World world;
    const servers::Board& board;
    engines::Engine& engine;
    runtime::Gate& gate;
    const base::Clock& clock;
    stores::Troubles& troubles;
    stores::Sights& sights;
    /// A consumer's trouble came, changed or went.
    std::function<void(const kube::Name& consumer)> turned;
    /// What is wrong with the connector of a link or a channel; empty: nothing.
    std::function<std::string(const std::string& part)> connector_trouble = [](const std::string&) { return ""; };
  };

  explicit Reconciler(Parts parts, std::chrono::milliseconds interval = std::chrono::seconds(1))
      : parts_(std::move(parts)), interval_(interval), looks_(parts_.engine, parts_.clock, interval) {}

  /// `consumer` names a ServiceDatabase.
  runtime::Outcome Reconcile(const kube::Name& consumer);

 private:
  using Stays = std::vector<std::unique_ptr<engines::Engine::Stay>>;

  struct Way {
    engines::Carrier carrier;
    engines::Delivery delivery;
    std::string sink;  ///< by Connect: the channel that the connector at the consumer's fills
  };
  struct Seen {
    std::string trouble;  ///< empty: none
    bool more = false;    ///< another batch is waiting
    stores::Sight sight{};
  };
  /// The end of a polled channel, looked at more seldom than it is polled.
  struct Glance {
    std::chrono::steady_clock::time_point at;
    stores::Sight sight;
  };

  std::vector<Way> WaysTo(const kube::Name& consumer) const;
  base::Result<Seen> Poll(const engines::Delivery&);
  base::Result<stores::Sight> SightOfPolled(const engines::Delivery&);
  base::Result<Seen> Watch(const Way&);
  /// For so long that nobody is just about to: a subscription that lost its connection comes back within seconds.
  bool IsAbandoned(const std::string& channel, bool active);
  base::Result<engines::Delivered> Deliver(const engines::Delivery&);
  std::chrono::milliseconds UntilAllLook() const;
  /// Keeps the connections of those that are polled for the next time.
  void Stay(const kube::Name& consumer, const std::vector<Way>&);

  const Parts parts_;
  const std::chrono::milliseconds interval_;
  Looks looks_;
  std::mutex mutex_;
  std::map<kube::Name, Stays> stays_;                                          ///< guarded by mutex_
  std::map<std::string, Glance> glances_;                                      ///< by polled channel; guarded by mutex_
  std::map<std::string, std::chrono::steady_clock::time_point> unread_since_;  ///< by channel; guarded by mutex_
};

}  // namespace freehold::channels

// Keeps the spare databases of each DatabaseServer, so that a new store costs a rename only.
//
// Flow: the last look at the server -> how many are there, how many should be -> nobody waits for a store there -> one
// step -> the next look. No statement of its own while there are as many as there should be.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "operator/base/clock.h"
#include "operator/kube/client.h"
#include "operator/kube/store.h"
#include "operator/runtime/gate.h"
#include "operator/runtime/outcome.h"
#include "reconcilers/engines/engine.h"
#include "reconcilers/ownership/registry.h"
#include "reconcilers/servers/board.h"

namespace freehold::servers {

/// spec.spares, where stores get databases of their own; no more than there is room for within limits.databases.
int SparesWanted(const api::DatabaseServer&, const ownership::Registry&);

/// Drops all that are left, by looks of its own; the failure of the last that couldn't be dropped.
base::Result<void> DropSpares(const engines::ServerAccess&, engines::Engine&, runtime::Gate&);

/// Thread-safe; one name is reconciled by one thread at a time. Ask for a pass after each look at the server, and when
/// Used was called.
class SpareKeeper {
 public:
  /// All of it outlives the keeper and is thread-safe.
  struct Parts {
    const kube::Cache<api::DatabaseServer>& servers;
    const ownership::Registry& registry;
    const Board& board;
    engines::Engine& engine;
    kube::Writer& writer;
    runtime::Gate& gate;
    const base::Clock& clock;
    /// Has any store of this server something to do now? That goes first.
    std::function<bool(const std::string& server)> busy;
    /// Asks for a look at this server.
    std::function<void(const std::string& server)> look;
  };

  explicit SpareKeeper(Parts parts) : parts_(std::move(parts)) {}

  /// One step at most. Adds the finalizer before the first spare, and removes it when there are to be none any more and
  /// none is left: a deletion is the affair of Reconciler.
  runtime::Outcome Reconcile(const kube::Name& name);

  /// There may be fewer or more than the last look saw: a store was made there, say.
  void Used(const std::string& server);

 private:
  using Time = std::chrono::steady_clock::time_point;

  bool UsedSince(const std::string& server, Time look);
  base::Result<void> Promise(const api::DatabaseServer&, bool add);

  const Parts parts_;
  std::mutex mutex_;
  std::map<std::string, Time> used_;  ///< guarded by mutex_; when Used was called last, by server
};

}  // namespace freehold::servers

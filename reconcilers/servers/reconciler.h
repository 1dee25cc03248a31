// The reconciler of DatabaseServers: one look at the whole server per resync, on which all its stores rely.
//
// Flow: credentials of the admin -> one query on the shared catalogs -> what the server needs once (PUBLIC closed, the
// shared database) -> the board -> its status, if it differs -> the stores that changed are looked at.
#pragma once

#include <chrono>
#include <functional>

#include "operator/base/clock.h"
#include "operator/kube/client.h"
#include "operator/kube/store.h"
#include "operator/runtime/gate.h"
#include "operator/runtime/outcome.h"
#include "reconcilers/engines/engine.h"
#include "reconcilers/ownership/registry.h"
#include "reconcilers/servers/board.h"

namespace freehold::servers {

struct ReconcilerSettings {
  /// Where admin credentials and CAs are read, and nowhere else.
  std::string operator_namespace;
  std::chrono::milliseconds resync = std::chrono::seconds(60);
};

/// Called after each look. `before` is what the board said until then.
using Seen = std::function<void(const std::string& server, const std::optional<Standing>& before, const Standing& now)>;

/// Thread-safe; one name is reconciled by one thread at a time.
class Reconciler {
 public:
  /// All of it outlives the reconciler and is thread-safe.
  struct Parts {
    const kube::Cache<api::DatabaseServer>& servers;
    const ownership::Registry& registry;
    Board& board;
    engines::Engine& engine;
    kube::Reader& reader;
    kube::Writer& writer;
    runtime::Gate& gate;
    const base::Clock& clock;
    Seen seen;
  };

  Reconciler(Parts parts, ReconcilerSettings settings) : parts_(std::move(parts)), settings_(std::move(settings)) {}

  runtime::Outcome Reconcile(const kube::Name& name);

  /// One look, no change: what `freehold plan` starts from.
  base::Result<Standing> Look(const api::DatabaseServer&);

  static constexpr const char* kStatusManager = "freehold-status";

 private:
  using Snapshot = std::shared_ptr<const engines::ServerSnapshot>;

  /// The end of a DatabaseServer that keeps spare databases: they go, then the finalizer.
  runtime::Outcome Release(const api::DatabaseServer&);
  base::Result<Snapshot> Prepare(const api::DatabaseServer&, const engines::ServerAccess&);
  runtime::Outcome Publish(const api::DatabaseServer&, Standing);
  base::Result<void> Report(const api::DatabaseServer&, const Standing&);

  const Parts parts_;
  const ReconcilerSettings settings_;
};

}  // namespace freehold::servers

// The reconciler of reports: what policy dashboards are told of each namespace, and of the servers.
//
// Flow: the report that the cached conditions ask for -> one create, apply or delete, if the cached report differs.
// Guarantees: reads caches only; what is as it should be isn't written; a report of our name that we didn't write is
// left alone, and told once; a namespace without ServiceDatabases has no report of ours, nor has a cluster without
// DatabaseServers.
#pragma once

#include <chrono>
#include <mutex>
#include <set>

#include "operator/kube/client.h"
#include "operator/runtime/gate.h"
#include "operator/runtime/outcome.h"
#include "reconcilers/policyreports/shelf.h"
#include "reconcilers/stores/world.h"

namespace freehold::policyreports {

/// Thread-safe; one report is reconciled by one thread at a time.
class Reconciler {
 public:
  /// All of it outlives the reconciler and is thread-safe. `retry`: when a write that was refused is tried again.
  struct Parts {
    stores::World world;
    CurrentShelf shelf;
    kube::Writer& writer;
    runtime::Gate& gate;
    std::chrono::milliseconds retry = std::chrono::seconds(60);
  };

  explicit Reconciler(Parts parts) : parts_(std::move(parts)) {}

  /// `report` names the report: that of namespace `ns`, that of the servers when it is empty.
  runtime::Outcome Reconcile(const kube::Name& report);

  static constexpr const char* kManager = "freehold";

 private:
  Report Wanted(const kube::Name&) const;
  bool MayBeWritten(const std::string& ns) const;
  bool IsForeign(const ReportSeen&);
  base::Result<void> Write(const Shelf&, const Report&, const ReportSeen* seen);
  base::Result<void> Remove(const Shelf&, const ReportSeen&);

  const Parts parts_;
  std::mutex mutex_;
  std::set<std::string> foreign_;  ///< guarded by mutex_: UIDs of those that were told
};

}  // namespace freehold::policyreports

// The reconciler of the materialized views of ReportingWarehouses, apart from that of the warehouses themselves, since
// a refresh may take minutes.
//
// Flow: the files of the ConfigMaps (each is read by its name) -> one look at the views -> what is to be made, replaced
// or dropped -> what is due to be refreshed -> the board, from which the warehouse's status is told.
// Guarantees: a query that fails changes nothing of what is there; of a ConfigMap that can't be read nothing is
// dropped; a pass over an unchanged world writes nothing until a view is due. Queries run as engines::ViewsRoleOf, see
// engines::StepRole. Assumptions: the database is made by the reconciler of warehouses.
#pragma once

#include <functional>
#include <map>
#include <mutex>

#include "operator/base/clock.h"
#include "operator/kube/client.h"
#include "operator/runtime/gate.h"
#include "operator/runtime/outcome.h"
#include "reconcilers/engines/engine.h"
#include "reconcilers/servers/board.h"
#include "reconcilers/stores/world.h"
#include "reconcilers/views/board.h"
#include "reconcilers/views/schedule.h"
#include "reconcilers/views/wanted.h"

namespace freehold::views {

const kube::ResourceType& ConfigMapType();

/// The ConfigMaps of spec.views, each read by its name. What can't be read for a while fails the whole.
base::Result<std::vector<Folder>> ReadFolders(const api::ReportingWarehouse&, kube::Reader&,
                                              const std::string& operator_namespace);

struct ReconcilerSettings {
  std::string operator_namespace;
  std::chrono::milliseconds resync = std::chrono::seconds(60);  ///< and how soon another file is seen
};

/// Thread-safe; one name is reconciled by one thread at a time.
class Reconciler {
 public:
  /// All of it outlives the reconciler and is thread-safe.
  struct Parts {
    stores::World world;  ///< with warehouses
    const servers::Board& servers;
    engines::Engine& engine;
    kube::Reader& reader;
    runtime::Gate& gate;
    const base::Clock& clock;
    Board& board;
    /// What people are told of a warehouse's views has changed.
    std::function<void(const kube::Name& warehouse)> turned;
  };

  Reconciler(Parts parts, ReconcilerSettings settings) : parts_(std::move(parts)), settings_(std::move(settings)) {}

  runtime::Outcome Reconcile(const kube::Name& warehouse);

 private:
  using Memories = std::map<std::string, Memory>;
  /// One pass over one warehouse.
  struct Pass {
    const api::ReportingWarehouse& object;
    const engines::ServerAccess& access;
    const std::vector<Folder>& folders;
    Memories& memories;
    engines::ViewsSeen seen;
    Wanted wanted;
  };

  runtime::Outcome Converge(const api::ReportingWarehouse&, const engines::ServerAccess&, Memories&);
  /// False: the database isn't there yet, or is another's.
  base::Result<bool> Look(Pass&);
  base::Result<void> Make(Pass&);
  base::Result<void> Refresh(Pass&);
  /// The failure is one for which the whole pass ends; others are remembered.
  base::Result<void> Try(Pass&, const engines::Step&, Memory&, Attempts&, const std::string& file);
  base::Result<void> Carry(Pass&, const engines::Step&);
  void Tell(const Pass&);
  runtime::Outcome Next(const Pass&) const;
  runtime::Outcome Unable(const api::ReportingWarehouse&, const base::Failure&) const;
  Memories Recall(const api::ReportingWarehouse&);
  void Forget(const kube::Name& warehouse);

  const Parts parts_;
  const ReconcilerSettings settings_;
  std::mutex mutex_;
  std::map<kube::Name, Memories> memories_;  ///< by warehouse and full name; guarded by mutex_
};

}  // namespace freehold::views

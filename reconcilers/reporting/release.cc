// The end of a ReportingWarehouse: what its deletionPolicy says, then the finalizer.
#include "operator/runtime/log.h"
#include "reconcilers/api/finalizer.h"
#include "reconcilers/api/kinds.h"
#include "reconcilers/ownership/placement.h"
#include "reconcilers/reporting/reconciler.h"

namespace freehold::reporting {
namespace {

using runtime::Done;
using runtime::Failed;
using runtime::Outcome;

constexpr runtime::log::Logger kLog("reporting");
constexpr int kRounds = 3;

}  // namespace

Outcome Reconciler::Release(const Object& object) {
  // Stores end their part by themselves; what they know of it is no longer true.
  for (const auto& store : parts_.world.databases.All()) {
    const auto& reporting = store->spec.reporting;
    if (!reporting || reporting->warehouse != object->meta.name) continue;
    parts_.reports.Erase(store->meta.full_name());
    parts_.turned(store->meta.full_name());
  }
  if (!api::HasFinalizer(object->meta)) return Done{};
  const engines::Warehouse wanted{.database = object->spec.database,
                                  .comment = engines::WarehouseComment(object->meta.name, object->meta.uid)};
  const bool touches = object->spec.deletion_policy != api::DeletionPolicy::kOrphan &&
                       object->spec.engine == api::WarehouseEngine::kPostgreSQL;
  const auto servers = parts_.world.servers.All();
  const auto server = ownership::PlaceOf(*object, servers);
  if (touches && !server) {
    return Hinder(*object, {server.error().reason, server.error().message + "; or set deletionPolicy: Orphan"}, {});
  }
  const auto standing = server ? parts_.board.Find((*server)->meta.name) : std::nullopt;
  if (touches && !standing) return runtime::Again{.after = std::chrono::seconds(1)};
  if (touches && !standing->ready()) return FailedWith(*object, *standing->failure, {});
  for (int round = 0; touches && round < kRounds; ++round) {
    const auto seen = parts_.engine.ObserveWarehouse(standing->access, object->spec.database);
    if (!seen) return FailedWith(*object, seen.error(), {});
    const auto steps = parts_.engine.PlanWarehouseRemoval(wanted, object->spec.deletion_policy, *seen);
    if (steps.empty()) break;
    std::map<std::string, std::string> given_up;
    if (const auto done = Carry(steps, standing->access, given_up); !done) return FailedWith(*object, done.error(), {});
  }
  const auto removed = parts_.gate.Pass({"api", "remove-finalizer", object->meta.name}, [&] {
    return api::PatchFinalizer(parts_.writer, api::ReportingWarehouseType(), object->meta, false);
  });
  if (!removed) return Failed{removed.error()};
  kLog.Info("warehouse released", {{"object", object->meta.name},
                                   {"policy", api::ToString(object->spec.deletion_policy)},
                                   {"database", object->spec.database}});
  return Done{};
}

}  // namespace freehold::reporting

#include "reconcilers/views/preview.h"

namespace freehold::views {

base::Result<Preview> PreviewOf(const api::ReportingWarehouse& object, const std::vector<Folder>& folders,
                                const engines::ServerAccess& access, engines::Engine& engine) {
  const auto seen = engine.ObserveViews(access, object.spec.database);
  if (!seen) return std::unexpected(seen.error());
  const bool others = seen->exists && seen->comment != engines::WarehouseComment(object.meta.name, object.meta.uid);
  if (others) return Preview{};
  const auto wanted = WantedOf(object.spec.database, folders, *seen);
  Preview preview{.steps = engine.PlanViews(wanted.views, *seen), .faults = wanted.troubles};
  for (const auto& [name, fault] : wanted.faults) preview.faults.push_back(name + ": " + fault);
  return preview;
}

}  // namespace freehold::views

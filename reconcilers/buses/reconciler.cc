#include "reconcilers/buses/reconciler.h"

#include "reconcilers/api/kinds.h"
#include "reconcilers/buses/status.h"

namespace freehold::buses {

runtime::Outcome Reconciler::Reconcile(const kube::Name& name) {
  const auto bus = parts_.buses.Find(name);
  if (!bus || bus->meta.deleted) return runtime::Done{};
  const auto status =
      StatusOf(*bus, parts_.buses.All(), parts_.databases.All(), parts_.trouble(name.name), parts_.clock.Now());
  if (status == bus->status) return runtime::Done{};
  const auto applied = parts_.gate.Pass({"api", "apply-status", name.name}, [&] {
    return kube::Dropping(
        parts_.writer.Apply(api::EventBusType(), name, api::StatusObject(bus->meta, status), kStatusManager, "status"));
  });
  if (applied || applied.error().http_status == 404) return runtime::Done{};
  return runtime::Failed{applied.error()};
}

}  // namespace freehold::buses

#include "reconcilers/buses/choice.h"
#include "reconcilers/validation/rules.h"

namespace freehold::validation {
namespace {

using api::Reason;

void CheckDefault(const World& world, Findings& findings) {
  const auto buses = documents::Objects(world.resources.buses);
  const auto first = buses::DefaultOf(buses);
  for (const auto& bus : world.resources.buses) {
    if (!bus.object->spec.is_default || bus.object->meta.name == first->meta.name) continue;
    findings.Add(Severity::kError, ToString(Reason::kBusAmbiguous), bus, "spec.default",
                 "EventBus " + first->meta.name + " is the default already; keep default: true on one of them");
  }
}

}  // namespace

void CheckBuses(const World& world, Findings& findings) {
  CheckDefault(world, findings);
  const auto severity = world.scope == Scope::kCluster ? Severity::kError : Severity::kNote;
  const auto buses = documents::Objects(world.resources.buses);
  for (const auto& database : world.resources.databases) {
    const auto choice = buses::ChoiceOf(*database.object, buses);
    if (choice.missing.empty()) continue;
    findings.Add(severity, ToString(Reason::kBusNotFound), database, "spec.bus",
                 "there is no EventBus " + choice.missing +
                     (severity == Severity::kNote ? " among these resources" : "; create it or name another"));
  }
}

}  // namespace freehold::validation

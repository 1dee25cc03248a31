#include "reconcilers/buses/status.h"

#include <algorithm>

#include "operator/kube/conditions.h"
#include "reconcilers/api/reasons.h"

namespace freehold::buses {
namespace {

using Is = kube::Condition::Status;

bool PublishesBy(const api::ServiceDatabase& object, const std::string& bus, Buses buses) {
  if (object.spec.publishes.empty() || object.meta.deleted) return false;
  const auto choice = ChoiceOf(object, buses);
  return choice.bus && choice.bus->meta.name == bus;
}

}  // namespace

api::EventBusStatus StatusOf(const api::EventBus& bus, Buses buses, Databases databases, const std::string& trouble,
                             base::Timestamp now) {
  api::EventBusStatus status = bus.status;
  status.observed_generation = bus.meta.generation;
  status.publishers = static_cast<int>(
      std::ranges::count_if(databases, [&](const auto& object) { return PublishesBy(*object, bus.meta.name, buses); }));
  const auto set = [&](const char* type, Is is, api::Reason reason, const std::string& message) {
    kube::SetCondition(status.conditions, type, is, ToString(reason), message, bus.meta.generation, now);
  };
  const auto other = DefaultOf(buses);
  if (bus.spec.is_default && other && other->meta.name != bus.meta.name) {
    const auto message = "EventBus " + other->meta.name + " is the default, and older; keep default: true on one";
    set("Ready", Is::kFalse, api::Reason::kBusAmbiguous, message);
    set("Stalled", Is::kTrue, api::Reason::kBusAmbiguous, message);
    return status;
  }
  std::erase_if(status.conditions, [](const auto& condition) { return condition.type == "Stalled"; });
  if (!trouble.empty()) {
    set("Ready", Is::kFalse, api::Reason::kConnectUnusable, trouble);
    return status;
  }
  set("Ready", Is::kTrue, api::Reason::kReady, "events travel by " + ToString(bus.spec.type));
  return status;
}

}  // namespace freehold::buses

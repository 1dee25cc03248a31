#include "reconcilers/buses/choice.h"

#include <algorithm>
#include <tuple>

namespace freehold::buses {

std::shared_ptr<const api::EventBus> DefaultOf(Buses buses) {
  const auto age = [](const api::EventBus& bus) { return std::tie(bus.meta.created, bus.meta.name); };
  std::shared_ptr<const api::EventBus> oldest;
  for (const auto& bus : buses) {
    if (!bus->spec.is_default || bus->meta.deleted) continue;
    if (!oldest || age(*bus) < age(*oldest)) oldest = bus;
  }
  return oldest;
}

Choice ChoiceOf(const api::ServiceDatabase& publisher, Buses buses) {
  const auto& named = publisher.spec.bus;
  if (!named) return {.bus = DefaultOf(buses), .missing = {}};
  const auto found =
      std::ranges::find_if(buses, [&](const auto& bus) { return bus->meta.name == *named && !bus->meta.deleted; });
  if (found == buses.end()) return {.bus = nullptr, .missing = *named};
  return {.bus = *found, .missing = {}};
}

bool IsPolled(const Choice& choice) {
  return !choice.missing.empty() || (choice.bus && choice.bus->spec.type == api::BusType::kPolling);
}

bool IsByConnect(const Choice& choice) { return choice.bus && api::IsOnConnect(choice.bus->spec.type); }

}  // namespace freehold::buses

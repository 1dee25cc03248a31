// Which EventBus a store publishes by. Pure.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "reconcilers/api/event_bus.h"
#include "reconcilers/api/service_database.h"

namespace freehold::buses {

using Buses = std::span<const std::shared_ptr<const api::EventBus>>;

/// Of those that want to be the default the oldest, so that a second one changes nothing; null when there is none.
std::shared_ptr<const api::EventBus> DefaultOf(Buses);

struct Choice {
  std::shared_ptr<const api::EventBus> bus;  ///< null: none is meant, or the one that is meant isn't there
  std::string missing;                       ///< the name of the one that isn't there; empty otherwise
  bool operator==(const Choice&) const = default;
};

Choice ChoiceOf(const api::ServiceDatabase& publisher, Buses);

/// Does the operator carry all that leaves the store? So it does while a bus that is named isn't there: that way needs
/// nothing of anybody, and loses nothing.
bool IsPolled(const Choice&);
bool IsByConnect(const Choice&);

}  // namespace freehold::buses

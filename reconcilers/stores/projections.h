// What copies a store keeps from events.
#pragma once

#include <vector>

#include "reconcilers/engines/store.h"
#include "reconcilers/events/graph.h"

namespace freehold::stores {

/// Those that can be made as they are written; an event is known by the service that really publishes it.
/// REQUIRES: one subscription per entry of `consumes`, in that order. Pure.
std::vector<engines::ProjectionWanted> ProjectionsOf(const api::ServiceDatabase&,
                                                     const std::vector<events::Subscription>&);

}  // namespace freehold::stores

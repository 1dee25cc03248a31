// The ways into a store that its database opens.
#pragma once

#include <span>
#include <vector>

#include "reconcilers/isolation/edge.h"
#include "reconcilers/isolation/stores.h"

namespace freehold::isolation {

/// The owner's own edge and one for each foreign access that the engine saw. Pure.
std::vector<Edge> DatabaseEdges(const StoreAsked&, std::span<const engines::ForeignAccess>, const RoleOwners&,
                                base::Timestamp seen_at);

}  // namespace freehold::isolation

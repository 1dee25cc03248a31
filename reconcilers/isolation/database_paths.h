// The ways into a store that its database opens.
#pragma once

#include <vector>

#include "reconcilers/isolation/edge.h"
#include "reconcilers/isolation/stores.h"

namespace freehold::isolation {

/// What an engine saw of who reaches one store.
struct DatabaseSeen {
  std::vector<engines::ForeignAccess> foreign;
  std::vector<engines::FeedAccess> feeds;
};

/// The owner's own edge and one for each access that the engine saw: a finding, or a feed. Pure.
std::vector<Edge> DatabaseEdges(const StoreAsked&, const DatabaseSeen&, const RoleOwners&, base::Timestamp seen_at);

}  // namespace freehold::isolation

// The ways into a store that are open to the roles of feeds, which Freehold made itself.
#pragma once

#include <vector>

#include "reconcilers/engines/postgres/store_view.h"

namespace freehold::engines::postgres {

/// What those roles are there for. Whatever else one of them may do is in ForeignIn. Of a database that was not visited
/// its rights inside are left out. Pure.
std::vector<FeedAccess> FeedsIn(const StoreDetail&, const Layout&);

/// It may use something inside the database. Pure.
bool FeedHoldsObjects(const SharedFacts&);

}  // namespace freehold::engines::postgres

// The look at one store.
#pragma once

#include "reconcilers/engines/postgres/snapshot.h"
#include "reconcilers/engines/postgres/snapshot_query.h"

namespace freehold::engines::postgres {

/// With `visit` the connection is one to the store's database. One round trip, and another one where the first shows
/// that there is more than a store with tables of its own: other roles, events, reports, views of others.
Result<StoreRows> LookAtStore(Connection&, const Dialect&, const Layout&, bool visit);

}  // namespace freehold::engines::postgres

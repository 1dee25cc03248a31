// The look at one store.
#pragma once

#include "reconcilers/engines/postgres/server_view.h"
#include "reconcilers/engines/postgres/snapshot_query.h"

namespace freehold::engines::postgres {

/// With `visit` the connection is one to the store's database. One round trip, and another one where the first shows
/// that there is more than a store with tables of its own: other roles, events, reports, views of others.
Result<StoreRows> LookAtStore(Connection&, const Dialect&, const Layout&, bool visit);

/// Of a store that Plan has just made out of nothing: what changed in the shared catalogs is asked, all else is known.
/// Absent when others have a part in it. One round trip. REQUIRES: IsPlain.
Result<std::optional<StoreRows>> LookAtMade(Connection&, const Dialect&, const Store&, const PostgresSnapshot& server);

}  // namespace freehold::engines::postgres

// The small questions of the sieve.
#pragma once

#include <vector>

#include "reconcilers/engines/postgres/connection.h"
#include "reconcilers/engines/store.h"

namespace freehold::engines::postgres {

/// {"sessions": [[database, role]], "slots": [database]}, superusers and the operator's own slots aside.
Query ActivityQuery();

/// A JSON array of the numbers, from 1 on, of the stores in the shared database where nothing is open that the shared
/// catalogs don't show. REQUIRES: `stores` are of Schema mode and of one database.
Query ClosedSchemasQuery(int major, const std::vector<Layout>& stores);
/// The same of the only store of a database: [1] or []. What pg_shdepend shows it does not ask.
Query ClosedDatabaseQuery(const Layout& store);

}  // namespace freehold::engines::postgres

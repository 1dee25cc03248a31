// The queries that see a server or a store: each returns one JSON document in one round trip.
//
// They read catalogs only, by qualified built-ins; nothing that a tenant made is ever called.
#pragma once

#include <string>

#include "reconcilers/engines/postgres/connection.h"
#include "reconcilers/engines/store.h"

namespace freehold::engines::postgres {

/// What the text of a query depends on besides names.
struct Dialect {
  int major = 0;
  Insights insights;
};

/// Everything shared, of all stores. Run in the shared database it also tells that database's schemas.
std::string ServerQuery(const Dialect&, const std::string& shared_database);

/// What is shared, of one store, at a cost that does not grow with the number of stores; with `visit`, which must run
/// in the store's database, also what is in it. The text is the same for all stores of one mode.
Query StoreQuery(const Dialect&, const Layout&, bool visit);

}  // namespace freehold::engines::postgres

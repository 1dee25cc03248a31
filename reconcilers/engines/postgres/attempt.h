// Really trying to read a store.
#pragma once

#include "reconcilers/engines/engine.h"
#include "reconcilers/engines/postgres/connection.h"

namespace freehold::engines::postgres {

/// `stranger` is connected to where the store is. Reads a row of some of its tables, until one lets it.
Result<Attempt> TryTables(Connection& stranger, const Layout&);

}  // namespace freehold::engines::postgres

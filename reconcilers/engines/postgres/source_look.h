// A store's end of the way to a warehouse, as the warehouse sees it.
#pragma once

#include "reconcilers/engines/postgres/connection.h"
#include "reconcilers/engines/reporting.h"

namespace freehold::engines::postgres {

/// One round trip. `connection` is to the store's database; `verifiers`: its admin may read them.
Result<SourceSeen> LookAtSource(Connection& connection, const Layout&, const std::vector<std::string>& tables,
                                bool verifiers);

}  // namespace freehold::engines::postgres

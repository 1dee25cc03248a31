// Which tables of a store go to a warehouse: publications of just the columns that may, a slot, and the rights by which
// the role that replicates copies what is there at the beginning.
// https://www.postgresql.org/docs/current/logical-replication-col-lists.html
#pragma once

#include "reconcilers/engines/postgres/plan_context.h"

namespace freehold::engines::postgres {

/// Makes what is wanted, and ends what isn't. Best effort: the store is whole without it.
std::vector<Step> PlanReport(const PlanContext&);

/// All of it ends.
std::vector<std::string> EndReport(const Layout&, const ReportingSeen&);

}  // namespace freehold::engines::postgres

// A database of a store's own: the operator owns it, the store's owner role may connect, nobody else.
#pragma once

#include "reconcilers/engines/postgres/plan_context.h"

namespace freehold::engines::postgres {

/// The steps for the database itself, run outside it. REQUIRES: context.has_own_database.
std::vector<Step> PlanDatabase(const PlanContext&);

}  // namespace freehold::engines::postgres

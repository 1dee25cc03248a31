// What is in a store's database that concerns it: its schema, extensions, default privileges, who owns and who may.
#pragma once

#include "reconcilers/engines/postgres/plan_context.h"

namespace freehold::engines::postgres {

/// Statements for the store's database, the outbox aside, in one transaction.
std::vector<std::string> PlanInside(const PlanContext&);

}  // namespace freehold::engines::postgres

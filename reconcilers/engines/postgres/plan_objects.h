// Objects in a store's schemas: owned by the owner role, open to nobody else.
#pragma once

#include "reconcilers/engines/postgres/plan_context.h"

namespace freehold::engines::postgres {

/// Adds to `statements`, which run in the store's database.
void PlanObjects(const PlanContext&, std::vector<std::string>& statements);

}  // namespace freehold::engines::postgres

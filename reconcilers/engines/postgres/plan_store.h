// The planner of one store. See Engine::Plan.
#pragma once

#include "reconcilers/engines/postgres/store_view.h"

namespace freehold::engines::postgres {

/// Pure.
std::vector<Step> PlanStore(const Store& wanted, const StoreSeen& seen);

}  // namespace freehold::engines::postgres

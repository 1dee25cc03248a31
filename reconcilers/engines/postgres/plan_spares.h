// How many spare databases there should be, brought about.
#pragma once

#include "reconcilers/engines/postgres/server_view.h"

namespace freehold::engines::postgres {

/// See Engine::PlanSpares. None for an admin that may not make databases, and without a uid.
std::vector<Step> PlanSpares(const PostgresSnapshot&, const ServerAccess&, int wanted);

}  // namespace freehold::engines::postgres

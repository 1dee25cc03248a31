// What a server needs once, before its first store. See Engine::PlanServer.
#pragma once

#include "reconcilers/engines/postgres/server_view.h"

namespace freehold::engines::postgres {

/// Pure.
std::vector<Step> PlanServer(const PostgresSnapshot&, const ServerAccess&, bool tables_mode);

}  // namespace freehold::engines::postgres

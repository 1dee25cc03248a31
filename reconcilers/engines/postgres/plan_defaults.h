// Default privileges: what the roles of a store make later is closed to others, and usable by the owner role.
#pragma once

#include "reconcilers/engines/postgres/plan_context.h"

namespace freehold::engines::postgres {

/// Adds to `statements`, which run in the store's database.
void PlanDefaults(const PlanContext&, std::vector<std::string>& statements);

/// What its statements leave of a store's roles that were just made. Pure.
std::vector<DefaultAcl> DefaultsAsMade(const Layout&);

}  // namespace freehold::engines::postgres

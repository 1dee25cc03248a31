// The roles of a store: a NOLOGIN owner, two logins that work as the owner, and nobody else in them.
#pragma once

#include "reconcilers/engines/postgres/plan_context.h"

namespace freehold::engines::postgres {

using Statements = std::vector<std::string>;

/// What makes the roles as wanted; runs in any database of the server.
Statements PlanRoles(const PlanContext&);

/// What a login finds first: the store's schema, those that were adopted with it, extensions.
std::vector<std::string> SearchPath(const PlanContext&);

}  // namespace freehold::engines::postgres

// Open sessions survive a revoke, so they are ended after it.
#pragma once

#include <optional>

#include "reconcilers/engines/postgres/plan_context.h"

namespace freehold::engines::postgres {

/// Sessions in the store's own database of whoever has no business there, and of its logins that must not log in.
std::optional<Step> EndSessionsOfStrangers(const PlanContext&);

/// Ends all sessions of these roles, in `database` if one is named, and waits until they are gone.
std::string EndSessions(const std::vector<std::string>& roles, const std::string& database = {});

}  // namespace freehold::engines::postgres

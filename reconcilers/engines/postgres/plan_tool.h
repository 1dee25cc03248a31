// The two logins of a tool outside that reads what a store reports: REPLICATION, this database, and by PlanReport what
// is published of its tables.
#pragma once

#include "reconcilers/engines/postgres/plan_context.h"

namespace freehold::engines::postgres {

/// Best effort, as PlanReport is. Those of nobody's marker are left alone.
std::vector<Step> PlanToolLogins(const PlanContext&);

/// Those that are there and are this store's.
std::vector<std::string> DropToolLogins(const ReportingSeen&, const std::string& uid);

}  // namespace freehold::engines::postgres

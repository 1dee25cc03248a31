// The schema in which the operator keeps what services have a part in and must not own.
#pragma once

#include <string>
#include <vector>

#include "reconcilers/engines/postgres/plan_context.h"

namespace freehold::engines::postgres {

/// Makes it where it isn't there, and refuses to work in one that somebody else owns. First in a transaction.
std::vector<std::string> EnsureOperatorSchema(const PlanContext&);

/// Gives up soon on a lock: whoever waits for one that changes a table holds up all who come after it.
extern const char* const kBePolite;

}  // namespace freehold::engines::postgres

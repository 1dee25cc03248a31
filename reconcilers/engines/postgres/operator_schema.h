// The schema in which the operator keeps what services have a part in and must not own.
#pragma once

#include <string>
#include <vector>

#include "reconcilers/engines/postgres/plan_context.h"

namespace freehold::engines::postgres {

/// Holds tables of a service's schema and makes sure that they are the operator's, first in the transaction that reads
/// or changes them: whoever owns the schema may drop them and put others in their place, whose code would run with the
/// operator's rights. Fails Retryable "ServerBusy" when they aren't. Names are quoted.
std::vector<std::string> HoldOurs(const std::vector<std::string>& tables);

/// Stores that share a database may make the same thing at the same moment: the second one waits and finds it there.
/// Who may connect may take such a lock, too, so nobody waits for long, and goes on without.
std::string TakeTurns(const std::string& what);

/// Makes it where it isn't there, and refuses to work in one that somebody else owns. First in a transaction.
std::vector<std::string> EnsureOperatorSchema(const PlanContext&);

/// Gives up soon on a lock: whoever waits for one that changes a table holds up all who come after it.
extern const char* const kBePolite;

}  // namespace freehold::engines::postgres

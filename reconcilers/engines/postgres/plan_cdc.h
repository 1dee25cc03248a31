// The role by which events leave a store and come into it, if databases or Kafka Connect carry them: it may log in and
// connects to the store's database. It replicates where events leave, and has no right in the database but to add to
// the ends of the channels that Connect fills.
#pragma once

#include "reconcilers/engines/postgres/plan_context.h"

namespace freehold::engines::postgres {

/// Made after those ends and before the first channel that needs it, dropped after the last. A role of that name that
/// is nobody's, or another's, is left alone.
std::vector<Step> PlanCdcRole(const PlanContext&);

/// A policy of a table that it copies is code of the service's, and would run with its right to replicate: it fails
/// instead.
std::string NoPolicies(const std::string& role);

/// Is it of the store of `uid`?
bool IsCdcOf(const CdcSeen&, const std::string& uid);
/// Statements that drop the role `name`, for the store's database; none when it isn't of the store of `uid`.
std::vector<std::string> DropCdcRole(const std::string& name, const std::optional<CdcSeen>&, const std::string& uid);

}  // namespace freehold::engines::postgres

// The role by which consumers in other databases replicate what leaves a store: it may log in and replicate, connects
// to the store's database, and has no right in it.
#pragma once

#include "reconcilers/engines/postgres/plan_context.h"

namespace freehold::engines::postgres {

/// Made before the first channel that needs it, dropped after the last. A role of that name that is nobody's, or
/// another's, is left alone.
std::vector<Step> PlanCdcRole(const PlanContext&);

/// Statements that drop it, for the store's database; none when it isn't of the store of `uid`.
std::vector<std::string> DropCdcRole(const Layout&, const std::optional<CdcSeen>&, const std::string& uid);

}  // namespace freehold::engines::postgres

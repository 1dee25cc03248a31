// Which events leave for stores in other databases: for each consumer a table of the operator's, filled by a trigger on
// the outbox in the publisher's own transaction, from which a carrier takes them.
#pragma once

#include "reconcilers/engines/postgres/plan_context.h"

namespace freehold::engines::postgres {

/// Makes the channels that are wanted and ends those that aren't, with what is still on its way in them. Nothing before
/// the outbox is there, and nothing when none is wanted.
std::vector<Step> PlanOutgoing(const PlanContext&);

/// All channels end; the outbox stays.
std::vector<std::string> EndOutgoing(const Layout&, const std::vector<OutgoingSeen>&);

}  // namespace freehold::engines::postgres

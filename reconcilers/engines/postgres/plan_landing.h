// Where events of stores in other databases come in: a table for each channel that keeps nothing, since a trigger hands
// each row on to the inbox.
#pragma once

#include "reconcilers/engines/postgres/plan_context.h"

namespace freehold::engines::postgres {

/// Makes what is wanted and ends what isn't. Nothing before the inbox is there.
std::vector<Step> PlanLanding(const PlanContext&);

/// Is it the end of a channel, rather than a trigger on an outbox?
bool IsLanding(const FeedTrigger&);

/// All of them end.
std::vector<std::string> EndLanding(const std::vector<FeedTrigger>&);

}  // namespace freehold::engines::postgres

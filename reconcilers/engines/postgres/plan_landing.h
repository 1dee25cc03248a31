// Where events of stores in other databases come in: a table for each channel that keeps nothing, since a trigger hands
// each row on to the inbox; and for a channel by replication a subscription that fills it. Its slot is the publisher's
// to make: CREATE SUBSCRIPTION waits for ever when it makes one on its own server.
// https://www.postgresql.org/docs/current/sql-createsubscription.html
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

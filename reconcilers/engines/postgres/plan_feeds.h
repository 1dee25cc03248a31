// Who brings events into the inbox. Where publisher and consumer share a database that is a trigger on the outbox, in
// the publisher's own transaction; it is made after both stores are there.
#pragma once

#include "reconcilers/engines/postgres/plan_context.h"

namespace freehold::engines::postgres {

/// Makes what is wanted and can be had now: an outbox that isn't there yet is waited for, one in another database is
/// out of reach. Ends what isn't wanted. No event that was to come gets lost between the look and the step.
std::vector<Step> PlanFeeds(const PlanContext&);

}  // namespace freehold::engines::postgres

// Services in the order in which data flows.
#pragma once

#include <vector>

#include "reconcilers/events/graph.h"

namespace freehold::events {

/// Every service of `graph` and `services`: those that nobody feeds first, each after those that feed it. Events that
/// flow back towards the sources don't count, otherwise circles would have no order. Equals: fewer inputs, then by
/// name.
std::vector<Service> InFlowOrder(const Graph& graph, const std::vector<Service>& services);

}  // namespace freehold::events

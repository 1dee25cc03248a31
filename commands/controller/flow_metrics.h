// How events and reports fare on their way, as gauges measured when somebody asks.
#pragma once

#include <memory>

#include "operator/runtime/metrics.h"
#include "reconcilers/connect/board.h"
#include "reconcilers/stores/sights.h"

namespace freehold::commands {

/// freehold_flow_…{server, transport}, freehold_flow_troubled{receiver} for 50 at most, freehold_connectors_troubled:
/// see docs/metrics.md. Sights and board outlive what is returned.
std::unique_ptr<runtime::Metrics::Subscription> ShowFlows(runtime::Metrics&, const stores::Sights&,
                                                          const connect::Board&);

}  // namespace freehold::commands

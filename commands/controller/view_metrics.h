// How old the materialized views of the warehouses are, as gauges measured when somebody asks.
#pragma once

#include <memory>

#include "operator/base/clock.h"
#include "operator/runtime/metrics.h"
#include "reconcilers/views/board.h"

namespace freehold::commands {

/// freehold_views…{warehouse} and freehold_view_age_seconds{warehouse}: see docs/metrics.md. Board and clock outlive
/// what is returned.
std::unique_ptr<runtime::Metrics::Subscription> ShowViews(runtime::Metrics&, const views::Board&, const base::Clock&);

}  // namespace freehold::commands

// Which connectors fill warehouses by a bus. Reads caches and what the warehouses' passes have told.
#pragma once

#include "reconcilers/connect/wanted.h"

namespace freehold::connect {

/// A source and a sink for each store that reports to a warehouse by the bus, by the slot that the warehouse is ready
/// for. While it isn't known whether there should be any, those that there are stay.
void AddReports(const api::EventBus&, const stores::World&, const servers::Board&, Wanted&);

}  // namespace freehold::connect

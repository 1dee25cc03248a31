// Warehouses among services, as something that data flows into. Pure.
#pragma once

#include "reconcilers/events/graph.h"

namespace freehold::reports {

/// All flows between services, and after them what each store reports; a warehouse stands as a service of a namespace
/// that can't be, "ReportingWarehouse/main".
events::Graph WithWarehouses(events::Services);
bool IsWarehouse(const events::Service&);
/// By what it is called there.
bool IsWarehouse(const std::string& service);

}  // namespace freehold::reports

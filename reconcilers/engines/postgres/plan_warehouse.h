// A warehouse: a schema for each service with tables as the service has them, subscriptions that fill them, readers.
#pragma once

#include "reconcilers/engines/reporting.h"

namespace freehold::engines::postgres {

/// Makes and mends what is wanted, and ends subscriptions and readers that aren't. Data are never dropped. Nothing when
/// the database is somebody else's. Pure.
std::vector<Step> PlanWarehouse(const Warehouse&, const WarehouseSeen&);

/// Retain: nothing comes any more and no reader gets in. Delete: the database goes, too. Orphan: nothing is touched.
std::vector<Step> PlanWarehouseRemoval(const Warehouse&, api::DeletionPolicy, const WarehouseSeen&);

}  // namespace freehold::engines::postgres

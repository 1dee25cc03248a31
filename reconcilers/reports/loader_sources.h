// What a tool that fills a warehouse of its own needs to know of each store. Pure; passwords stay in their Secrets.
#pragma once

#include "operator/base/json.h"
#include "reconcilers/api/reporting_warehouse.h"
#include "reconcilers/events/graph.h"
#include "reconcilers/ownership/placement.h"

namespace freehold::reports {

/// For each store that reports there, the body of POST /v1/sources.
/// https://reference.airbyte.com/reference/createsource
base::Json AirbyteSources(const api::ReportingWarehouse&, events::Services, ownership::Servers);

/// For each store that reports there, the body of POST /v1/connections.
/// https://fivetran.com/docs/connectors/databases/postgresql/setup-guide/api-configuration
base::Json FivetranConnections(const api::ReportingWarehouse&, events::Services, ownership::Servers);

}  // namespace freehold::reports

// What tools that read a warehouse need to know of it: dbt, Metabase, Looker. Pure; passwords stay in their Secrets.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "operator/base/json.h"
#include "reconcilers/api/reporting_warehouse.h"
#include "reconcilers/events/graph.h"
#include "reconcilers/ownership/placement.h"

namespace freehold::reports {

/// sources.yml of dbt: a source for each store that reports, with its owner, its tables, what they hold and what was
/// left out, and by what dbt tells how fresh they are, where anything does. `by_connect`: Kafka Connect fills it.
/// https://docs.getdbt.com/reference/source-properties
std::string DbtSources(const api::ReportingWarehouse&, events::Services, ownership::Servers, bool by_connect = false);

/// The body of POST /api/database. `server` may be null when it isn't known.
base::Json MetabaseConnection(const api::ReportingWarehouse&, const api::WarehouseReader&,
                              const api::DatabaseServer* server);
/// The body of POST /api/4.0/connections.
base::Json LookerConnection(const api::ReportingWarehouse&, const api::WarehouseReader&,
                            const api::DatabaseServer* server);

}  // namespace freehold::reports

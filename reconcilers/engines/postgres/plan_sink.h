// What Kafka Connect needs to fill the tables of a feed in a warehouse: a role that can write just those, and a table
// for heartbeats.
#pragma once

#include "reconcilers/engines/reporting.h"

namespace freehold::engines::postgres {

/// The steps for one feed, once its tables are there. A role for another slot than the last time is made in one
/// transaction with all that it means: the one before goes, and with it who still writes, and the tables are emptied,
/// those aside where deleted rows stay. REQUIRES: `landing.sink`. Pure.
std::vector<Step> PlanSink(const std::string& database, const LandingWanted& landing, const WarehouseSeen&);

/// The group that all sinks are members of, which may connect. None where it is there. Pure.
std::vector<Step> PlanSinks(const std::string& database, const WarehouseSeen&);

/// A superuser acts for anybody; another admin for those whom it is a member of.
std::vector<std::string> ActFor(const std::string& role, const WarehouseSeen&, std::vector<std::string> statements);

/// Ends a role and whoever works as it.
std::vector<std::string> EndRole(const std::string& name, const WarehouseSeen&);

}  // namespace freehold::engines::postgres

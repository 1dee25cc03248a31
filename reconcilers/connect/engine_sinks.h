// What Connect is told to write a store's tables into a warehouse that isn't PostgreSQL. Pure.
//
// Each engine has a connector of its maker's, which the workers must have. Tables are called "<schema>_<table>".
#pragma once

#include "reconcilers/api/reporting_warehouse.h"
#include "reconcilers/connect/copy_connector.h"

namespace freehold::connect {

/// A key of the workers' Secret: what they have to show to the warehouse.
std::string EngineSecretKey(const std::string& warehouse);

/// After SinkOf in the name of the sink for tables whose deleted rows stay, where there are two.
inline constexpr const char* kKeeping = "-keep";

struct EngineSink {
  std::string part;  ///< see SinkOf; the first one is called just so
  Config config;
};

/// The sinks of a copy whose rows are Form::kMarked. ClickHouse, Snowflake and Redshift add each change as a row, which
/// says in __deleted and __lsn what it means; BigQuery keeps one row for each key, and those that are deleted go where
/// the table's policy says so, by a sink of their own.
/// REQUIRES: the engine isn't PostgreSQL.
std::vector<EngineSink> CopyIntoEngine(const Workers&, const Copy&, const std::string& warehouse,
                                       const api::ReportingWarehouseSpec&);

}  // namespace freehold::connect

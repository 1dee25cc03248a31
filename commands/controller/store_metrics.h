// How the stores and the policies' exceptions stand, as gauges measured when somebody asks.
#pragma once

#include <memory>

#include "operator/base/clock.h"
#include "operator/kube/store.h"
#include "operator/runtime/metrics.h"
#include "reconcilers/api/data_policy.h"
#include "reconcilers/api/service_database.h"

namespace freehold::commands {

/// freehold_stores{condition, status}: how many ServiceDatabases say so; "Unknown" also when they don't say.
/// EventsReady counts those that consume events, ReportingReady those that report.
/// freehold_policy_exception_next_expiry_timestamp_seconds: when the next exception of a DataPolicy ends; 0: none will.
/// The caches and the clock outlive what is returned.
std::unique_ptr<runtime::Metrics::Subscription> ShowStores(runtime::Metrics&, const kube::Cache<api::ServiceDatabase>&,
                                                           const kube::Cache<api::DataPolicy>&, const base::Clock&);

}  // namespace freehold::commands

#include "commands/controller/store_metrics.h"

#include <array>
#include <map>

#include "operator/kube/conditions.h"
#include "reconcilers/policy/exceptions.h"

namespace freehold::commands {
namespace {

constexpr std::array kConditions = {"Ready", "Isolated", "EventsReady", "ReportingReady"};
constexpr std::array kStatuses = {"True", "False", "Unknown"};

/// EventsReady is said of consumers only, ReportingReady of stores that report.
bool Concerns(const std::string& condition, const api::ServiceDatabase& object) {
  if (condition == "EventsReady") return !object.spec.consumes.empty();
  return condition != "ReportingReady" || object.spec.reporting.has_value();
}

std::string StatusOf(const api::ServiceDatabase& object, const char* type) {
  const auto* condition = kube::FindCondition(object.status.conditions, type);
  return condition ? ToString(condition->status) : "Unknown";
}

}  // namespace

std::unique_ptr<runtime::Metrics::Subscription> ShowStores(runtime::Metrics& metrics,
                                                           const kube::Cache<api::ServiceDatabase>& databases,
                                                           const kube::Cache<api::DataPolicy>& policies,
                                                           const base::Clock& clock) {
  std::map<std::pair<std::string, std::string>, runtime::Gauge> gauges;
  for (const char* condition : kConditions) {
    for (const char* status : kStatuses) {
      gauges.emplace(std::pair(condition, status),
                     metrics.AddGauge("freehold_stores", "ServiceDatabases by what a condition of theirs says",
                                      {{"condition", condition}, {"status", status}}));
    }
  }
  auto expiry = metrics.AddGauge("freehold_policy_exception_next_expiry_timestamp_seconds",
                                 "When the next exception of a DataPolicy ends, in Unix time; 0 when none will");
  return metrics.BeforeText([=, &databases, &policies, &clock]() mutable {
    std::map<std::pair<std::string, std::string>, int> counts;
    for (const auto& object : databases.All()) {
      for (const char* condition : kConditions) {
        if (Concerns(condition, *object)) ++counts[{condition, StatusOf(*object, condition)}];
      }
    }
    for (auto& [key, gauge] : gauges) gauge.Set(counts[key]);
    const auto next = policy::NextExpiry(policies.All(), clock.Now());
    expiry.Set(next ? std::chrono::duration<double>(next->time_since_epoch()).count() : 0);
  });
}

}  // namespace freehold::commands

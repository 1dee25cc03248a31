#include "reconcilers/policyreports/content.h"

#include <algorithm>

#include "operator/kube/conditions.h"
#include "reconcilers/api/reasons.h"

namespace freehold::policyreports {
namespace {

using Is = kube::Condition::Status;

std::map<std::string, std::string> PropertiesOf(const kube::Condition& condition) {
  std::map<std::string, std::string> properties{{"reason", condition.reason}};
  const auto reasons = api::Reasons();
  const auto known = std::ranges::find(reasons, condition.reason, &api::ReasonInfo::word);
  if (known != reasons.end() && !known->remedy.empty()) properties["remedy"] = known->remedy;
  return properties;
}

ReportResult ResultOf(const api::ServiceDatabase& object) {
  ReportResult result{.verdict = Verdict::kError,
                      .severity = Severity::kNone,
                      .subject = Subject{"ServiceDatabase", object.meta.ns, object.meta.name},
                      .policy = "isolation",
                      .rule = "isolated",
                      .message = "not looked at yet",
                      .properties = {},
                      .at = object.meta.created};
  const auto* condition = kube::FindCondition(object.status.conditions, "Isolated");
  if (!condition) return result;
  result.message = condition->message;
  result.at = condition->last_transition;
  result.properties = PropertiesOf(*condition);
  if (condition->status == Is::kTrue) result.verdict = Verdict::kPass;
  if (condition->status == Is::kFalse) {
    result.verdict = Verdict::kFail;
    result.severity = Severity::kHigh;
  }
  return result;
}

std::vector<ReportResult> ResultsOf(const api::DatabaseServer& object) {
  ReportResult result{.verdict = Verdict::kError,
                      .severity = Severity::kNone,
                      .subject = Subject{"DatabaseServer", "", object.meta.name},
                      .policy = "server",
                      .rule = "closed",
                      .message = "not looked at yet",
                      .properties = {},
                      .at = object.meta.created};
  const auto* ready = kube::FindCondition(object.status.conditions, "Ready");
  if (!ready) return {result};
  result.message = ready->message;
  result.at = ready->last_transition;
  result.properties = PropertiesOf(*ready);
  if (ready->status != Is::kTrue) return {result};
  if (object.status.findings.empty()) {
    result.verdict = Verdict::kPass;
    return {result};
  }
  std::vector<ReportResult> results;
  for (const auto& finding : object.status.findings) {
    result.verdict = Verdict::kWarn;
    result.severity = Severity::kMedium;
    result.message = finding;
    result.properties = {};
    results.push_back(result);
  }
  return results;
}

}  // namespace

Report ReportOfStores(const std::string& ns, std::span<const std::shared_ptr<const api::ServiceDatabase>> objects) {
  std::vector<ReportResult> results;
  for (const auto& object : objects) {
    if (object->meta.ns == ns) results.push_back(ResultOf(*object));
  }
  return MakeReport({ns, kReportName}, std::move(results));
}

Report ReportOfServers(std::span<const std::shared_ptr<const api::DatabaseServer>> objects) {
  std::vector<ReportResult> results;
  for (const auto& object : objects) {
    for (auto& result : ResultsOf(*object)) results.push_back(std::move(result));
  }
  return MakeReport({"", kReportName}, std::move(results));
}

}  // namespace freehold::policyreports

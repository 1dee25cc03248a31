#include "reconcilers/isolation/report.h"

#include <algorithm>
#include <map>
#include <set>

#include "operator/base/text.h"
#include "reconcilers/policyreports/report.h"
#include "reconcilers/reports/grid.h"

namespace freehold::isolation {
namespace {

using base::Json;

std::string Counted(std::size_t count, const std::string& singular, const std::string& plural) {
  return std::to_string(count) + " " + (count == 1 ? singular : plural);
}

policyreports::Severity SeverityOf(Severity severity) {
  switch (severity) {
    case Severity::kLow:
      return policyreports::Severity::kLow;
    case Severity::kMedium:
      return policyreports::Severity::kMedium;
    case Severity::kHigh:
      return policyreports::Severity::kHigh;
    case Severity::kCritical:
      return policyreports::Severity::kCritical;
  }
  return policyreports::Severity::kNone;
}

/// None for the whole cluster.
std::optional<policyreports::Subject> SubjectOf(const std::string& store) {
  const auto slash = store.find('/');
  if (slash == std::string::npos) return std::nullopt;
  return policyreports::Subject{"ServiceDatabase", store.substr(0, slash), store.substr(slash + 1)};
}

std::string WhatOf(const Unknown& unknown) { return unknown.what + " could not be looked at: " + unknown.why; }

Json FeedsOf(const AccessModel& model) {
  Json feeds = Json::array();
  for (const auto& edge : model.Feeds()) {
    feeds.push_back({{"store", edge.store},
                     {"principal", edge.principal},
                     {"path", edge.path},
                     {"allowedAs", ToString(edge.rule)},
                     {"evidence", edge.evidence},
                     {"seenAt", base::FormatTime(edge.seen_at)}});
  }
  return feeds;
}

/// What one role may do for one store by one rule.
struct FeedLine {
  std::string store, principal, rule;
  std::vector<std::string> paths;
};

std::vector<FeedLine> FeedLines(const AccessModel& model) {
  std::vector<FeedLine> lines;
  for (const auto& edge : model.Feeds()) {
    const bool same = !lines.empty() && lines.back().store == edge.store && lines.back().principal == edge.principal &&
                      lines.back().rule == ToString(edge.rule);
    if (!same) lines.push_back({edge.store, edge.principal, ToString(edge.rule), {}});
    lines.back().paths.push_back(edge.path);
  }
  return lines;
}

}  // namespace

std::string Summary(const AccessModel& model) {
  const auto findings = model.Findings();
  std::map<Severity, int, std::greater<>> by_severity;
  std::set<std::string> touched;
  for (const auto& finding : findings) {
    ++by_severity[finding.severity];
    touched.insert(finding.store);
  }
  std::vector<std::string> parts;
  for (const auto& [severity, count] : by_severity) parts.push_back(std::to_string(count) + " " + ToString(severity));
  std::string text = Counted(findings.size(), "finding", "findings");
  if (!parts.empty())
    text += " (" + base::Join(parts) + ") in " + std::to_string(touched.size()) + " of";
  else
    text += " in";
  text += " " + Counted(model.stores.size(), "store", "stores");
  if (!model.unknown.empty()) {
    text += ", " + Counted(model.unknown.size(), "thing", "things") + " could not be looked at";
  }
  return text;
}

Json ToJson(const AccessModel& model) {
  Json findings = Json::array();
  for (const auto& finding : model.Findings()) {
    findings.push_back({{"store", finding.store},
                        {"principal", finding.principal},
                        {"path", finding.path},
                        {"severity", ToString(finding.severity)},
                        {"evidence", finding.evidence},
                        {"remedy", finding.remedy},
                        {"seenAt", base::FormatTime(finding.seen_at)}});
  }
  Json unknown = Json::array();
  for (const auto& part : model.unknown) {
    unknown.push_back({{"store", part.store}, {"what", part.what}, {"why", part.why}});
  }
  return {{"findings", std::move(findings)},
          {"feeds", FeedsOf(model)},
          {"unknown", std::move(unknown)},
          {"stores", model.stores.size()}};
}

std::string TextTable(const AccessModel& model) {
  const auto findings = model.Findings();
  std::string text;
  if (!findings.empty()) {
    reports::Grid grid{.head = {"severity", "store", "principal", "path"}, .rows = {}};
    for (const auto& finding : findings) {
      grid.rows.push_back({ToString(finding.severity), finding.store, finding.principal, finding.path});
    }
    text += Columns(grid) + "\n";
    for (const auto& finding : findings) {
      text += finding.store + ": " + finding.principal + "\n  evidence: " + finding.evidence +
              "\n  remedy: " + finding.remedy + "\n";
    }
    text += "\n";
  }
  if (const auto feeds = FeedLines(model); !feeds.empty()) {
    reports::Grid grid{.head = {"allowed as", "store", "principal", "path"}, .rows = {}};
    for (const auto& line : feeds) grid.rows.push_back({line.rule, line.store, line.principal, base::Join(line.paths)});
    text += Columns(grid) + "\n";
  }
  for (const auto& unknown : model.unknown) {
    text += (unknown.store.empty() ? "cluster" : unknown.store) + ": " + WhatOf(unknown) + "\n";
  }
  return text + Summary(model) + "\n";
}

Json ToSarif(const AccessModel& model) {
  Json rules = Json::array();
  for (const auto& [ground, text] : {std::pair{Ground::kDatabase, "No foreign role has a right in a store"},
                                     std::pair{Ground::kRbac, "Nobody but its service gets at a credential by RBAC"},
                                     std::pair{Ground::kPods, "No Pod names a credential that isn't its own"},
                                     std::pair{Ground::kCopies, "No credential is copied"},
                                     std::pair{Ground::kProbe, "No credential opens a foreign store"},
                                     std::pair{Ground::kTopics, "No topic is read or written by a stranger"}}) {
    rules.push_back({{"id", ToString(ground)}, {"shortDescription", {{"text", text}}}});
  }
  Json results = Json::array();
  for (const auto& finding : model.Findings()) {
    results.push_back(
        {{"ruleId", ToString(finding.ground)},
         {"level", finding.severity >= Severity::kHigh     ? "error"
                   : finding.severity == Severity::kMedium ? "warning"
                                                           : "note"},
         {"message", {{"text", finding.principal + ": " + finding.path + ". " + finding.remedy}}},
         {"locations", Json::array({{{"logicalLocations",
                                      Json::array({{{"fullyQualifiedName", finding.store}, {"kind", "resource"}}})}}})},
         {"partialFingerprints", {{"way/v1", finding.store + "|" + finding.principal + "|" + finding.path}}}});
  }
  Json notifications = Json::array();
  for (const auto& unknown : model.unknown) {
    notifications.push_back({{"level", "error"}, {"message", {{"text", unknown.store + " " + WhatOf(unknown)}}}});
  }
  return {{"version", "2.1.0"},
          {"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
          {"runs", Json::array({{{"tool", {{"driver", {{"name", "freehold"}, {"rules", std::move(rules)}}}}},
                                 {"invocations", Json::array({{{"executionSuccessful", model.unknown.empty()},
                                                               {"toolExecutionNotifications", notifications}}})},
                                 {"properties", {{"feeds", FeedsOf(model)}}},
                                 {"results", std::move(results)}}})}};
}

Json ToOpenReport(const AccessModel& model, base::Timestamp at) {
  using policyreports::Verdict;
  std::vector<policyreports::ReportResult> results;
  const auto add = [&](Verdict verdict, const std::string& store, std::string policy, std::string message) -> auto& {
    return results.emplace_back(policyreports::ReportResult{.verdict = verdict,
                                                            .subject = SubjectOf(store),
                                                            .policy = std::move(policy),
                                                            .rule = "isolated",
                                                            .message = std::move(message),
                                                            .properties = {},
                                                            .at = at});
  };
  std::set<std::string> clean(model.stores.begin(), model.stores.end());
  for (const auto& finding : model.Findings()) {
    clean.erase(finding.store);
    auto& result =
        add(Verdict::kFail, finding.store, ToString(finding.ground), finding.principal + ": " + finding.path);
    result.severity = SeverityOf(finding.severity);
    result.properties = {{"evidence", finding.evidence}, {"remedy", finding.remedy}};
  }
  for (const auto& unknown : model.unknown) {
    if (unknown.store.empty()) clean.clear();
    clean.erase(unknown.store);
    add(Verdict::kError, unknown.store, unknown.what, WhatOf(unknown));
  }
  for (const auto& store : clean) add(Verdict::kPass, store, "isolation", "no way into it was found");
  for (const auto& line : FeedLines(model)) {
    add(Verdict::kPass, line.store, ToString(Ground::kDatabase),
        line.principal + ", allowed as " + line.rule + ": " + base::Join(line.paths));
  }
  const auto all = results.size();
  return ToJson(policyreports::MakeReport({"", "freehold-isolation"}, std::move(results), all),
                policyreports::Api::kOpenReports);
}

}  // namespace freehold::isolation

// What a report for policy dashboards looks like: that of openreports.io, and that of wgpolicyk8s.io, which came
// before. https://github.com/openreports/reports-api, https://github.com/kubernetes-sigs/wg-policy-prototypes
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "operator/base/clock.h"
#include "operator/kube/object.h"

namespace freehold::policyreports {

/// The APIs that take reports, the one that is preferred first.
enum class Api { kOpenReports, kWgPolicy };
inline constexpr std::array kApis = {Api::kOpenReports, Api::kWgPolicy};
std::string ToString(Api);  ///< "openreports.io", "wgpolicyk8s.io"

/// Of one namespace, or of the cluster: Report and ClusterReport, PolicyReport and ClusterPolicyReport.
enum class Scope { kNamespace, kCluster };
const kube::ResourceType& TypeOf(Api, Scope);

/// The worst first.
enum class Verdict { kFail, kWarn, kError, kPass };
std::string ToString(Verdict);  ///< "fail", "warn", "error", "pass"

enum class Severity { kNone, kLow, kMedium, kHigh, kCritical };

/// One of our objects; `ns` is empty for a cluster-scoped one.
struct Subject {
  std::string kind, ns, name;
  auto operator<=>(const Subject&) const = default;
};

struct ReportResult {
  Verdict verdict = Verdict::kError;
  Severity severity = Severity::kNone;  ///< kNone: nothing is said of it
  std::optional<Subject> subject;       ///< none: the whole cluster
  std::string policy;
  std::string rule;
  std::string message;
  std::map<std::string, std::string> properties;
  base::Timestamp at{};
  bool operator==(const ReportResult&) const = default;
};

struct Report {
  kube::Name name;  ///< `ns` is empty for one of the cluster
  std::vector<ReportResult> results;
  std::map<std::string, int> summary;  ///< how many results each verdict has, by its word
  bool operator==(const Report&) const = default;
};

/// The worst first, then by subject, policy and message; no more than `most`, while the summary counts all. A message
/// that is longer than 1 KiB is cut: an object has its limits.
Report MakeReport(kube::Name, std::vector<ReportResult>, std::size_t most = 1000);

/// The object to write, labelled as Freehold's. wgpolicyk8s.io knows no severity above high.
base::Json ToJson(const Report&, Api);

/// A report as an API serves it.
struct ReportSeen {
  kube::ObjectMeta meta;
  Report report;  ///< what ToJson would write; of other fields nothing is read

  /// Did Freehold write it? Told by its label.
  bool ours() const;
};
/// Never fails for what is not ours: whatever is unknown in it is passed over. Terminal "InvalidObject" when it is no
/// object of Kubernetes.
base::Result<ReportSeen> ReadReport(const base::Json& object);

}  // namespace freehold::policyreports

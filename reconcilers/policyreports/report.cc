#include "reconcilers/policyreports/report.h"

#include <algorithm>
#include <tuple>

#include "operator/kube/text.h"

namespace freehold::policyreports {
namespace {

using base::Json;

constexpr const char* kSource = "freehold";
constexpr const char* kCategory = "Data ownership";
constexpr const char* kSubjectVersion = "freehold.dev/v1alpha1";
constexpr const char* kManagedBy = "app.kubernetes.io/managed-by";
constexpr std::size_t kLongestMessage = 1024;

constexpr std::array kVerdicts = {Verdict::kFail, Verdict::kWarn, Verdict::kError, Verdict::kPass};
constexpr std::array kSeverities = {"", "low", "medium", "high", "critical"};

bool ComesBefore(const ReportResult& a, const ReportResult& b) {
  return std::tie(a.verdict, b.severity, a.subject, a.policy, a.message) <
         std::tie(b.verdict, a.severity, b.subject, b.policy, b.message);
}

Json ToJson(const Subject& subject) {
  Json json{{"apiVersion", kSubjectVersion}, {"kind", subject.kind}};
  if (!subject.ns.empty()) json["namespace"] = subject.ns;
  json["name"] = subject.name;
  return json;
}

Json ToJson(const ReportResult& result, Api api) {
  Json json{{"source", kSource}, {"policy", result.policy}, {"rule", result.rule}, {"category", kCategory}};
  const auto highest = api == Api::kOpenReports ? Severity::kCritical : Severity::kHigh;
  const auto severity = std::min(result.severity, highest);
  if (severity != Severity::kNone) json["severity"] = kSeverities[static_cast<int>(severity)];
  json["result"] = ToString(result.verdict);
  if (result.subject) json["resources"] = Json::array({ToJson(*result.subject)});
  json["message"] = result.message;
  if (!result.properties.empty()) json["properties"] = result.properties;
  json["timestamp"] = {{"seconds", result.at.time_since_epoch().count()}, {"nanos", 0}};
  return json;
}

const Json& At(const Json& object, const char* key) {
  static const Json kNothing;
  if (!object.is_object()) return kNothing;
  const auto found = object.find(key);
  return found == object.end() ? kNothing : *found;
}

std::string TextAt(const Json& object, const char* key) {
  const Json& text = At(object, key);
  return text.is_string() ? text.get<std::string>() : std::string();
}

template <class Enum, class Words>
Enum Find(const std::string& word, const Words& words, Enum otherwise) {
  const auto found = std::ranges::find(words, word);
  return found == words.end() ? otherwise : static_cast<Enum>(found - words.begin());
}

ReportResult ReadResult(const Json& json) {
  static const std::array<std::string, kVerdicts.size()> kWords = {ToString(Verdict::kFail), ToString(Verdict::kWarn),
                                                                   ToString(Verdict::kError), ToString(Verdict::kPass)};
  ReportResult result{.verdict = Find(TextAt(json, "result"), kWords, Verdict::kError),
                      .severity = Find(TextAt(json, "severity"), kSeverities, Severity::kNone),
                      .subject = {},
                      .policy = TextAt(json, "policy"),
                      .rule = TextAt(json, "rule"),
                      .message = TextAt(json, "message"),
                      .properties = {}};
  for (const Json& subject : At(json, "resources")) {
    result.subject = Subject{TextAt(subject, "kind"), TextAt(subject, "namespace"), TextAt(subject, "name")};
  }
  if (const Json& properties = At(json, "properties"); properties.is_object()) {
    for (const auto& [key, value] : properties.items()) {
      if (value.is_string()) result.properties[key] = value.get<std::string>();
    }
  }
  if (const Json& seconds = At(At(json, "timestamp"), "seconds"); seconds.is_number_integer()) {
    result.at = base::Timestamp(std::chrono::seconds(seconds.get<std::int64_t>()));
  }
  return result;
}

}  // namespace

std::string ToString(Api api) { return TypeOf(api, Scope::kCluster).group; }

const kube::ResourceType& TypeOf(Api api, Scope scope) {
  static const kube::ResourceType kOpenReport{"openreports.io", "v1alpha1", "reports", "Report", true};
  static const kube::ResourceType kOpenCluster{"openreports.io", "v1alpha1", "clusterreports", "ClusterReport", false};
  static const kube::ResourceType kWgReport{"wgpolicyk8s.io", "v1alpha2", "policyreports", "PolicyReport", true};
  static const kube::ResourceType kWgCluster{"wgpolicyk8s.io", "v1alpha2", "clusterpolicyreports",
                                             "ClusterPolicyReport", false};
  if (api == Api::kOpenReports) return scope == Scope::kNamespace ? kOpenReport : kOpenCluster;
  return scope == Scope::kNamespace ? kWgReport : kWgCluster;
}

std::string ToString(Verdict verdict) {
  switch (verdict) {
    case Verdict::kFail:
      return "fail";
    case Verdict::kWarn:
      return "warn";
    case Verdict::kError:
      return "error";
    case Verdict::kPass:
      return "pass";
  }
  return {};
}

Report MakeReport(kube::Name name, std::vector<ReportResult> results, std::size_t most) {
  Report report{.name = std::move(name), .results = std::move(results), .summary = {{"skip", 0}}};
  for (const Verdict verdict : kVerdicts) report.summary[ToString(verdict)] = 0;
  for (ReportResult& result : report.results) {
    ++report.summary[ToString(result.verdict)];
    result.message = kube::CutUtf8(result.message, kLongestMessage);
  }
  std::ranges::stable_sort(report.results, ComesBefore);
  if (report.results.size() > most) report.results.resize(most);
  return report;
}

Json ToJson(const Report& report, Api api) {
  const auto& type = TypeOf(api, report.name.ns.empty() ? Scope::kCluster : Scope::kNamespace);
  Json meta{{"name", report.name.name}};
  if (type.namespaced) meta["namespace"] = report.name.ns;
  meta["labels"] = {{kManagedBy, kSource}};
  Json json{{"apiVersion", type.api_version()}, {"kind", type.kind}, {"metadata", std::move(meta)}};
  if (api == Api::kOpenReports) json["source"] = kSource;
  json["summary"] = Json::object();
  for (const char* word : {"pass", "fail", "warn", "error", "skip"}) json["summary"][word] = report.summary.at(word);
  json["results"] = Json::array();
  for (const ReportResult& result : report.results) json["results"].push_back(ToJson(result, api));
  return json;
}

bool ReportSeen::ours() const {
  const auto label = meta.labels.find(kManagedBy);
  return label != meta.labels.end() && label->second == kSource;
}

base::Result<ReportSeen> ReadReport(const Json& object) {
  auto meta = kube::ParseMeta(object);
  if (!meta) return std::unexpected(meta.error());
  ReportSeen seen{.meta = std::move(*meta), .report = {}};
  seen.report.name = seen.meta.full_name();
  if (!seen.ours()) return seen;
  for (const Json& result : At(object, "results")) seen.report.results.push_back(ReadResult(result));
  for (const char* word : {"pass", "fail", "warn", "error", "skip"}) {
    const Json& count = At(At(object, "summary"), word);
    seen.report.summary[word] = count.is_number_integer() ? count.get<int>() : 0;
  }
  return seen;
}

}  // namespace freehold::policyreports

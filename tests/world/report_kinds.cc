#include "report_kinds.h"

#include <stdexcept>

#include "await.h"

namespace freehold::test {
namespace {

using base::Json;
using policyreports::Api;
using policyreports::Scope;
using policyreports::TypeOf;
using std::chrono::seconds;

constexpr std::array kScopes = {Scope::kNamespace, Scope::kCluster};
const kube::ResourceType kDefinitions{"apiextensions.k8s.io", "v1", "customresourcedefinitions",
                                      "CustomResourceDefinition", false};

const Json kText{{"type", "string"}};
const Json kNumber{{"type", "integer"}};

Json Object(Json properties) { return {{"type", "object"}, {"properties", std::move(properties)}}; }
Json ListOf(Json items) { return {{"type", "array"}, {"items", std::move(items)}}; }
Json OneOf(Json words) { return {{"type", "string"}, {"enum", std::move(words)}}; }

Json Reference() {
  Json properties;
  for (const char* field : {"apiVersion", "kind", "namespace", "name", "uid", "resourceVersion", "fieldPath"}) {
    properties[field] = kText;
  }
  return Object(properties);
}

Json ResultSchema(Api api) {
  Json severities = {"high", "low", "medium"};
  if (api == Api::kOpenReports) severities.insert(severities.end(), {"critical", "info"});
  Json timestamp = Object(
      {{"seconds", {{"type", "integer"}, {"format", "int64"}}}, {"nanos", {{"type", "integer"}, {"format", "int32"}}}});
  timestamp["required"] = {"seconds", "nanos"};
  Json result = Object({{"source", kText},
                        {"policy", kText},
                        {"rule", kText},
                        {"category", kText},
                        {"severity", OneOf(severities)},
                        {"result", OneOf({"pass", "fail", "warn", "error", "skip"})},
                        {"scored", {{"type", "boolean"}}},
                        {"resources", ListOf(Reference())},
                        {"message", kText},
                        {"properties", {{"type", "object"}, {"additionalProperties", kText}}},
                        {"timestamp", std::move(timestamp)}});
  result["required"] = {"policy"};
  return result;
}

Json Definition(Api api, Scope scope) {
  const auto& type = TypeOf(api, scope);
  Json properties{
      {"apiVersion", kText},
      {"kind", kText},
      {"metadata", {{"type", "object"}}},
      {"scope", Reference()},
      {"summary",
       Object({{"pass", kNumber}, {"fail", kNumber}, {"warn", kNumber}, {"error", kNumber}, {"skip", kNumber}})},
      {"results", ListOf(ResultSchema(api))}};
  if (api == Api::kOpenReports) properties["source"] = kText;
  Json names{{"kind", type.kind}, {"plural", type.plural}, {"singular", type.plural.substr(0, type.plural.size() - 1)}};
  return {{"apiVersion", kDefinitions.api_version()},
          {"kind", kDefinitions.kind},
          {"metadata", {{"name", type.plural + "." + type.group}}},
          {"spec",
           {{"group", type.group},
            {"names", std::move(names)},
            {"scope", type.namespaced ? "Namespaced" : "Cluster"},
            {"versions", Json::array({{{"name", type.version},
                                       {"served", true},
                                       {"storage", true},
                                       {"schema", {{"openAPIV3Schema", Object(std::move(properties))}}}}})}}}};
}

bool Served(Api api, Scope scope) {
  return Cluster::Instance().admin().List(TypeOf(api, scope), {}, [](const Json&) {}).has_value();
}

}  // namespace

ReportKinds::ReportKinds(Api api) : api_(api) {
  for (const Scope scope : kScopes) {
    const auto made = Cluster::Instance().admin().Create(kDefinitions, "", Definition(api, scope));
    if (!made) throw std::runtime_error(made.error().message);
  }
  for (const Scope scope : kScopes) {
    if (!Await(seconds(30), [&] { return Served(api, scope); })) throw std::runtime_error("reports are not served");
  }
}

ReportKinds::~ReportKinds() { Remove(); }

void ReportKinds::Remove() {
  if (!std::exchange(there_, false)) return;
  for (const Scope scope : kScopes) {
    const auto& type = TypeOf(api_, scope);
    (void)Cluster::Instance().admin().Delete(kDefinitions, {"", type.plural + "." + type.group}, "");
  }
  for (const Scope scope : kScopes) {
    const kube::Name name{"", TypeOf(api_, scope).plural + "." + TypeOf(api_, scope).group};
    (void)Await(seconds(30), [&] { return !Cluster::Instance().admin().Get(kDefinitions, name); });
  }
}

}  // namespace freehold::test

#include "reconcilers/api/kinds.h"
#include "reconcilers/policyreports/content.h"
#include "report_kinds.h"
#include "story.h"

namespace freehold::test {
namespace {

using base::Json;

/// Somebody takes away by what the API server refuses foreign credentials.
Plot Guards(OperatorWorld& world) {
  world.counts_guards = true;
  const auto unguard = [&world] {
    auto& admin = Cluster::Instance().admin();
    const auto unlabel = Json::array({{{"op", "remove"}, {"path", "/metadata/labels/freehold.dev~1credentials"}}});
    (void)admin.JsonPatch(stores::NamespaceType(), {"", world.ns}, unlabel, "");
    (void)admin.Delete(api::CredentialIndexType(), {world.ns, api::kIndexName}, "");
  };
  const auto seen = [&world]() -> std::vector<std::string> {
    auto& admin = Cluster::Instance().admin();
    const auto index = admin.Get(api::CredentialIndexType(), {world.ns, api::kIndexName});
    const auto ns = kube::ParseMeta(*admin.Get(stores::NamespaceType(), {"", world.ns}));
    return {index ? "index " + index->at("spec").dump() : "no index",
            ns->labels.contains(api::kIndexedLabel) ? "labelled" : "not labelled"};
  };
  return {.chapters = {{"GuardsOfANewStore",
                        [&world, unguard] {
                          unguard();
                          world.CollectGarbage();
                          // Of another name than the reserved one, so that it waits for the index.
                          world.Apply("orders", R"({"isolation": "Schema", "deletionPolicy": "Delete", )"
                                                R"("credentials": {"secretName": "orders-login"}})");
                        }},
                       {"GuardsTakenAway", unguard},
                       {"GuardsOfAStoreThatGoes", [&world] { world.Delete("orders"); }}},
          .also = seen};
}

Plot Reports(OperatorWorld& world) {
  const auto kinds = std::make_shared<ReportKinds>(policyreports::Api::kOpenReports);
  world.reports = policyreports::Api::kOpenReports;
  world.Start()->Settle();
  const auto type = [](policyreports::Scope scope) { return TypeOf(policyreports::Api::kOpenReports, scope); };
  const kube::Name report{world.ns, policyreports::kReportName};
  const auto seen = [type, report]() -> std::vector<std::string> {
    const auto object = Cluster::Instance().admin().Get(type(policyreports::Scope::kNamespace), report);
    return {object ? object->at("summary").dump() : "no report"};
  };
  return {.chapters = {{"ReportOfANewStore",
                        [&world] {
                          world.CollectGarbage();
                          world.Apply("orders", R"({"isolation": "Schema", "deletionPolicy": "Delete"})");
                        }},
                       {"ReportTakenAway",
                        [type, report, kinds] {
                          (void)Cluster::Instance().admin().Delete(type(policyreports::Scope::kNamespace), report, "");
                        }},
                       {"ReportOfAStoreThatGoes", [&world] { world.Delete("orders"); }}},
          .also = seen};
}

}  // namespace

std::vector<Story> UpkeepStories() {
  return {{.name = "Guards", .begin = Guards}, {.name = "Reports", .begin = Reports}};
}

}  // namespace freehold::test

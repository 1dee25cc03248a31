// The reports for policy dashboards: what they say, what they look like, and when they are written.
#include <gmock/gmock.h>

#include "operator/kube/conditions.h"
#include "reconcilers/policyreports/content.h"
#include "reconcilers/policyreports/reconciler.h"

namespace freehold::policyreports {
namespace {

using base::Json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Is = kube::Condition::Status;

const base::Timestamp kThen = *base::ParseTime("2026-05-04T03:02:01Z");

std::shared_ptr<api::ServiceDatabase> Store(const std::string& name) {
  auto object = std::make_shared<api::ServiceDatabase>();
  object->meta = {.name = name, .ns = "shop", .uid = "uid-" + name, .created = kThen};
  return object;
}

std::shared_ptr<api::ServiceDatabase> Store(const std::string& name, Is is, const std::string& reason,
                                            const std::string& message) {
  auto object = Store(name);
  kube::SetCondition(object->status.conditions, "Isolated", is, reason, message, 1, kThen);
  return object;
}

std::shared_ptr<api::DatabaseServer> Server(Is ready, std::vector<std::string> findings) {
  auto object = std::make_shared<api::DatabaseServer>();
  object->meta = {.name = "main", .uid = "uid-main", .created = kThen};
  kube::SetCondition(object->status.conditions, "Ready", ready, "Ready", "the server answers", 1, kThen);
  object->status.findings = std::move(findings);
  return object;
}

using Stores = std::vector<std::shared_ptr<const api::ServiceDatabase>>;
using Servers = std::vector<std::shared_ptr<const api::DatabaseServer>>;

struct StoreCase {
  const char* what;
  std::shared_ptr<api::ServiceDatabase> store;
  Verdict verdict;
  Severity severity;
  const char* message;
};

class OneStore : public testing::TestWithParam<StoreCase> {};

TEST_P(OneStore, IsToldByItsConditionIsolated) {
  const auto& param = GetParam();
  const auto report = ReportOfStores("shop", Stores{param.store});
  ASSERT_THAT(report.results, SizeIs(1)) << param.what;
  const auto& result = report.results[0];
  EXPECT_EQ(result.verdict, param.verdict) << param.what;
  EXPECT_EQ(result.severity, param.severity) << param.what;
  EXPECT_EQ(result.message, param.message);
  EXPECT_EQ(result.subject, (Subject{"ServiceDatabase", "shop", "orders"}));
  EXPECT_EQ(result.at, kThen);
}

INSTANTIATE_TEST_SUITE_P(
    , OneStore,
    testing::Values(StoreCase{"isolated", Store("orders", Is::kTrue, "NoForeignAccess", "nobody can reach it"),
                              Verdict::kPass, Severity::kNone, "nobody can reach it"},
                    StoreCase{"open, with the culprit",
                              Store("orders", Is::kFalse, "ForeignAccess", "PUBLIC: CONNECT by database"),
                              Verdict::kFail, Severity::kHigh, "PUBLIC: CONNECT by database"},
                    StoreCase{"without evidence", Store("orders", Is::kUnknown, "EvidenceMissing", "server is down"),
                              Verdict::kError, Severity::kNone, "server is down"},
                    StoreCase{"just made", Store("orders"), Verdict::kError, Severity::kNone, "not looked at yet"}));

TEST(AReportOfStores, NamesReasonAndRemedyAndHasTheWorstFirst) {
  const auto report = ReportOfStores(
      "shop", Stores{Store("a", Is::kTrue, "NoForeignAccess", ""), Store("b", Is::kUnknown, "EvidenceMissing", ""),
                     Store("c", Is::kFalse, "ForeignAccess", "")});
  std::vector<std::string> names;
  for (const auto& result : report.results) names.push_back(result.subject->name);
  EXPECT_THAT(names, ElementsAre("c", "b", "a"));
  EXPECT_EQ(report.summary,
            (std::map<std::string, int>{{"pass", 1}, {"fail", 1}, {"warn", 0}, {"error", 1}, {"skip", 0}}));
  EXPECT_EQ(report.results[0].properties.at("reason"), "ForeignAccess");
  EXPECT_FALSE(report.results[0].properties.at("remedy").empty());
}

TEST(AReportOfStores, PassesOverOtherNamespaces) {
  EXPECT_THAT(ReportOfStores("elsewhere", Stores{Store("orders")}).results, IsEmpty());
}

TEST(AReportOfServers, PassesWarnsOfEachFindingOrTellsThatItCouldNotLook) {
  EXPECT_EQ(ReportOfServers(Servers{Server(Is::kTrue, {})}).summary.at("pass"), 1);
  const auto warned = ReportOfServers(Servers{Server(Is::kTrue, {"one", "two"})});
  ASSERT_THAT(warned.results, SizeIs(2));
  EXPECT_EQ(warned.results[0].verdict, Verdict::kWarn);
  EXPECT_EQ(warned.results[0].message, "one");
  EXPECT_EQ(warned.name, (kube::Name{"", "freehold"}));
  EXPECT_EQ(ReportOfServers(Servers{Server(Is::kFalse, {"old"})}).summary.at("error"), 1);
}

TEST(AReport, LooksAsEachOfTheTwoGroupsWantsIt) {
  const auto report = ReportOfStores("shop", Stores{Store("orders", Is::kFalse, "ForeignAccess", "PUBLIC")});
  const auto open = ToJson(report, Api::kOpenReports), policy = ToJson(report, Api::kWgPolicy);
  EXPECT_EQ(open["apiVersion"], "openreports.io/v1alpha1");
  EXPECT_EQ(open["kind"], "Report");
  EXPECT_EQ(open["source"], "freehold");
  EXPECT_EQ(policy["apiVersion"], "wgpolicyk8s.io/v1alpha2");
  EXPECT_EQ(policy["kind"], "PolicyReport");
  EXPECT_FALSE(policy.contains("source"));
  for (const auto& object : {open, policy}) {
    EXPECT_EQ(object["metadata"]["namespace"], "shop");
    EXPECT_EQ(object["summary"]["fail"], 1);
    const auto& result = object["results"][0];
    EXPECT_EQ(result["result"], "fail");
    EXPECT_EQ(result["severity"], "high");
    EXPECT_EQ(result["resources"][0]["name"], "orders");
    EXPECT_EQ(result["timestamp"]["seconds"], kThen.time_since_epoch().count());
  }
  EXPECT_EQ(ToJson(ReportOfServers(Servers{Server(Is::kTrue, {})}), Api::kWgPolicy)["kind"], "ClusterPolicyReport");
}

TEST(AReport, IsReadAsItWasWritten) {
  for (const Api api : kApis) {
    const auto report = ReportOfStores("shop", Stores{Store("a", Is::kTrue, "NoForeignAccess", "fine"),
                                                      Store("b", Is::kFalse, "ForeignAccess", "PUBLIC")});
    const auto seen = ReadReport(ToJson(report, api));
    ASSERT_TRUE(seen) << seen.error().message;
    EXPECT_TRUE(seen->ours());
    EXPECT_EQ(seen->report, report) << ToString(api);
  }
}

TEST(AReport, OfStrangersIsReadWithoutLookingInside) {
  const auto seen = ReadReport({{"metadata", {{"name", "freehold"}, {"namespace", "shop"}}}, {"results", "nonsense"}});
  ASSERT_TRUE(seen) << seen.error().message;
  EXPECT_FALSE(seen->ours());
}

TEST(AReport, StaysWithinTheLimitsOfAnObject) {
  Stores stores;
  for (int i = 0; i < 1500; ++i) {
    stores.push_back(
        Store("s" + std::to_string(i), i < 3 ? Is::kFalse : Is::kTrue, "ForeignAccess", std::string(32768, 'x')));
  }
  const auto report = ReportOfStores("shop", stores);
  EXPECT_THAT(report.results, SizeIs(1000));
  EXPECT_EQ(report.results[2].verdict, Verdict::kFail);
  EXPECT_EQ(report.summary.at("pass"), 1497);
  EXPECT_LT(ToJson(report, Api::kOpenReports).dump().size(), 1'500'000u);
}

TEST(AReport, ForWgPolicyKnowsNoSeverityAboveHigh) {
  const auto report = MakeReport({"", "x"}, {{.verdict = Verdict::kFail, .severity = Severity::kCritical}});
  EXPECT_EQ(ToJson(report, Api::kOpenReports)["results"][0]["severity"], "critical");
  EXPECT_EQ(ToJson(report, Api::kWgPolicy)["results"][0]["severity"], "high");
}

/// Keeps in mind what is written, and shows it as a watch would.
class Notebook final : public kube::Writer {
 public:
  base::Result<Json> Apply(const kube::ResourceType& type, const kube::Name& name, const Json& object, std::string_view,
                           std::string_view) override {
    return Note("apply " + type.plural + " " + ToString(name), object);
  }
  base::Result<Json> Create(const kube::ResourceType& type, const std::string& ns, const Json& object) override {
    return Note("create " + type.plural + " " + ns + "/" + object["metadata"]["name"].get<std::string>(), object);
  }
  base::Result<void> Delete(const kube::ResourceType& type, const kube::Name& name, const std::string& uid) override {
    written.push_back("delete " + type.plural + " " + ToString(name) + " " + uid);
    return {};
  }
  base::Result<Json> JsonPatch(const kube::ResourceType&, const kube::Name&, const Json&, std::string_view) override {
    return base::Terminal("Unexpected", "patch");
  }
  base::Result<Json> Replace(const kube::ResourceType&, const kube::Name&, const Json&) override {
    return base::Terminal("Unexpected", "replace");
  }

  std::optional<base::Failure> refusal;
  std::vector<std::string> written;
  Json last;

 private:
  base::Result<Json> Note(std::string what, const Json& object) {
    written.push_back(std::move(what));
    last = object;
    if (refusal) return std::unexpected(*refusal);
    return object;
  }
};

class KeptReports : public testing::Test {
 protected:
  KeptReports() { PutNamespace(false); }

  void PutNamespace(bool deleted) {
    auto ns = std::make_shared<stores::Namespace>();
    ns->meta = {.name = "shop"};
    if (deleted) ns->meta.deleted = kThen;
    namespaces.Put(ns);
  }
  /// The watch brings back what was written.
  void BringBack() {
    Json object = writer.last;
    object["metadata"]["uid"] = "uid-report";
    of_namespaces.Put(std::make_shared<ReportSeen>(ReadReport(object).value()));
  }
  std::vector<std::string> Pass(const std::string& ns = "shop") {
    outcome = reconciler.Reconcile({ns, kReportName});
    return std::exchange(writer.written, {});
  }

  kube::Store<api::ServiceDatabase> databases;
  kube::Store<api::DatabaseServer> servers;
  kube::Store<api::DataPolicy> policies;
  kube::Store<stores::Namespace> namespaces;
  kube::Store<api::CredentialIndex> indexes;
  ownership::Registry registry;
  kube::Store<ReportSeen> of_namespaces, of_cluster;
  std::shared_ptr<const Shelf> shelf = std::make_shared<Shelf>(Shelf{Api::kOpenReports, of_namespaces, of_cluster});
  Notebook writer;
  runtime::Gate gate{[] { return true; }, base::SystemClock()};
  Reconciler reconciler{
      {{databases, servers, policies, namespaces, registry, indexes}, [this] { return shelf; }, writer, gate}};
  runtime::Outcome outcome;
};

TEST_F(KeptReports, AreNotWrittenWhereNoApiTakesThem) {
  databases.Put(Store("orders"));
  shelf = nullptr;
  EXPECT_THAT(Pass(), IsEmpty());
}

TEST_F(KeptReports, AreMadeOnceAndThenLeftAlone) {
  databases.Put(Store("orders"));
  EXPECT_THAT(Pass(), ElementsAre("create reports shop/freehold"));
  BringBack();
  EXPECT_THAT(Pass(), IsEmpty());
}

TEST_F(KeptReports, AreAppliedToWhatWasSeenWhenAVerdictChanges) {
  databases.Put(Store("orders"));
  Pass();
  BringBack();
  databases.Put(Store("orders", Is::kFalse, "ForeignAccess", "PUBLIC"));
  EXPECT_THAT(Pass(), ElementsAre("apply reports shop/freehold"));
  EXPECT_EQ(writer.last["metadata"]["uid"], "uid-report");
}

TEST_F(KeptReports, GoWithTheLastStore) {
  databases.Put(Store("orders"));
  Pass();
  BringBack();
  databases.Remove({"shop", "orders"});
  EXPECT_THAT(Pass(), ElementsAre("delete reports shop/freehold uid-report"));
  of_namespaces.Remove({"shop", kReportName});
  EXPECT_THAT(Pass(), IsEmpty());
}

TEST_F(KeptReports, LeaveOneOfStrangersAlone) {
  databases.Put(Store("orders"));
  Pass();
  writer.last["metadata"].erase("labels");
  BringBack();
  EXPECT_THAT(Pass(), IsEmpty());
  databases.Remove({"shop", "orders"});
  EXPECT_THAT(Pass(), IsEmpty());
}

TEST_F(KeptReports, AreNotMadeInANamespaceThatIsBeingDeleted) {
  databases.Put(Store("orders"));
  PutNamespace(true);
  EXPECT_THAT(Pass(), IsEmpty());
}

TEST_F(KeptReports, OfTheServersAreOneForTheCluster) {
  servers.Put(Server(Is::kTrue, {}));
  EXPECT_THAT(Pass(""), ElementsAre("create clusterreports /freehold"));
}

TEST_F(KeptReports, WaitForTheWatchWhenSomebodyWasFaster) {
  databases.Put(Store("orders"));
  writer.refusal = base::Failure{base::FailureClass::kTerminal, "AlreadyExists", "it exists", {}, 409};
  Pass();
  EXPECT_TRUE(std::holds_alternative<runtime::Done>(outcome));
}

TEST_F(KeptReports, AreTriedAgainWhenTheyAreRefused) {
  databases.Put(Store("orders"));
  writer.refusal = base::Failure{base::FailureClass::kTerminal, "Forbidden", "no right to create", {}, 403};
  Pass();
  EXPECT_TRUE(std::holds_alternative<runtime::Again>(outcome));
}

}  // namespace
}  // namespace freehold::policyreports

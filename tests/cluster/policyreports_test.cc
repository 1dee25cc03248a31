// The reports for policy dashboards, as the controller keeps them: on a real API server, with the chart's RBAC.
#include <gmock/gmock.h>

#include "audit_log.h"
#include "operator_world.h"
#include "program.h"
#include "reconcilers/api/kinds.h"
#include "report_kinds.h"

namespace freehold::test {
namespace {

using base::Json;
using policyreports::Api;
using policyreports::Scope;
using policyreports::TypeOf;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kNoApi = "no reports are kept";

/// One controller for all of its tests: a second one would wait until the lease of the first has expired.
class Reports : public testing::Test {
 protected:
  static void SetUpTestSuite() { controller = std::make_unique<ControllerProgram>(); }
  static void TearDownTestSuite() { controller.reset(); }
  void SetUp() override { ASSERT_TRUE(controller->AwaitReady(seconds(30))) << controller->log(); }

  /// How often the log holds it.
  static int Logged(const std::string& text) {
    const std::string log = controller->log();
    int count = 0;
    for (auto at = log.find(text); at != std::string::npos; at = log.find(text, at + 1)) ++count;
    return count;
  }
  /// Until it was asked so much more often which API takes reports.
  static bool AwaitLooks(int more) {
    const int before = controller->Passes("policyreportapi");
    return Await(seconds(60), [&] { return controller->Passes("policyreportapi") >= before + more; });
  }

  base::Result<Json> Get(Api api, const std::string& ns) {
    return admin.Get(TypeOf(api, ns.empty() ? Scope::kCluster : Scope::kNamespace), {ns, "freehold"});
  }
  /// The one result about a store of the namespace; null when there is none.
  Json ResultOf(const std::string& store, Api api = Api::kOpenReports) {
    const auto report = Get(api, world.ns);
    if (!report) return nullptr;
    for (const auto& result : report->at("results")) {
      if (result.at("resources").at(0).at("name") == store) return result;
    }
    return nullptr;
  }
  std::string VerdictOf(const std::string& store, Api api = Api::kOpenReports) {
    const auto result = ResultOf(store, api);
    return result.is_null() ? "" : result.at("result");
  }
  bool AwaitVerdict(const std::string& store, const std::string& verdict, Api api = Api::kOpenReports) {
    return Await(seconds(60), [&] { return VerdictOf(store, api) == verdict; });
  }
  bool AwaitGone(Api api) {
    return Await(seconds(60), [&] { return !Get(api, world.ns); });
  }
  bool AwaitStoreReady(const std::string& name) {
    return Await(seconds(60), [&] { return StatusOf(world.Get(name), "Ready") == "True"; });
  }

  /// The controller only tells drift in the namespace of the test.
  void ReportDrift() {
    const auto applied = admin.Apply(
        api::DataPolicyType(), {"", world.ns},
        {{"apiVersion", "freehold.dev/v1alpha1"},
         {"kind", "DataPolicy"},
         {"metadata", {{"name", world.ns}}},
         {"spec",
          {{"namespaces", {{"matchLabels", {{"kubernetes.io/metadata.name", world.ns}}}}}, {"drift", "Report"}}}},
        "test", "");
    ASSERT_TRUE(applied) << applied.error().message;
  }

  static std::unique_ptr<ControllerProgram> controller;
  OperatorWorld world;
  kube::Client& admin = Cluster::Instance().admin();
};
std::unique_ptr<ControllerProgram> Reports::controller;

constexpr const char* kReportsOnly = "(cluster)?(policy)?reports";

TEST_F(Reports, AreNotKeptWithoutAnApiWhichIsToldOnceAndDisturbsNothing) {
  world.Apply("orders", "{}");
  EXPECT_TRUE(AwaitStoreReady("orders")) << controller->log();
  ASSERT_TRUE(AwaitLooks(3)) << controller->log();
  EXPECT_EQ(Logged(kNoApi), 1) << controller->log();
}

TEST_F(Reports, AppearWhenTheirApiIsInstalledAndGoWithTheLastStore) {
  world.Apply("orders", "{}");
  ASSERT_TRUE(AwaitStoreReady("orders")) << controller->log();
  ReportKinds kinds(Api::kOpenReports);
  ASSERT_TRUE(AwaitVerdict("orders", "pass")) << controller->log();
  world.Apply("cart", "{}");
  ASSERT_TRUE(AwaitVerdict("cart", "pass")) << controller->log();
  const auto report = Get(Api::kOpenReports, world.ns);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->at("summary").at("pass"), 2);
  EXPECT_EQ(report->at("metadata").at("labels").at("app.kubernetes.io/managed-by"), "freehold");
  world.Delete("orders");
  EXPECT_TRUE(AwaitVerdict("orders", "")) << controller->log();
  EXPECT_EQ(VerdictOf("cart"), "pass");
  world.Delete("cart");
  EXPECT_TRUE(AwaitGone(Api::kOpenReports)) << controller->log();
}

TEST_F(Reports, AreMendedWhenSomebodyChangesOrDeletesThem) {
  const ReportKinds kinds(Api::kOpenReports);
  world.Apply("orders", "{}");
  ASSERT_TRUE(AwaitVerdict("orders", "pass")) << controller->log();
  const auto& type = TypeOf(Api::kOpenReports, Scope::kNamespace);
  const auto changed = admin.JsonPatch(
      type, {world.ns, "freehold"},
      Json::array({{{"op", "replace"}, {"path", "/results/0/result"}, {"value", "fail"}},
                   {{"op", "replace"}, {"path", "/results/0/resources/0/name"}, {"value", "someone-else"}}}),
      "");
  ASSERT_TRUE(changed) << changed.error().message;
  EXPECT_TRUE(AwaitVerdict("orders", "pass")) << controller->log();
  const auto uid = kube::ParseMeta(Get(Api::kOpenReports, world.ns).value())->uid;
  ASSERT_TRUE(admin.Delete(type, {world.ns, "freehold"}, uid));
  EXPECT_TRUE(AwaitVerdict("orders", "pass")) << controller->log();
  EXPECT_NE(kube::ParseMeta(Get(Api::kOpenReports, world.ns).value())->uid, uid);
}

TEST_F(Reports, NameTheCulpritAsSoonAsAStoreIsOpenAndPassAgainOnceItIsClosed) {
  const ReportKinds kinds(Api::kOpenReports);
  ReportDrift();
  world.Apply("orders", "{}");
  ASSERT_TRUE(AwaitVerdict("orders", "pass")) << controller->log();
  const std::string database = world.ns + "_orders_db";
  world.Sql("GRANT CONNECT ON DATABASE " + database + " TO PUBLIC");
  ASSERT_TRUE(AwaitVerdict("orders", "fail")) << controller->log();
  const auto result = ResultOf("orders");
  EXPECT_THAT(result.at("message").get<std::string>(), HasSubstr("PUBLIC: CONNECT"));
  EXPECT_EQ(result.at("properties").at("reason"), "ForeignAccess");
  EXPECT_EQ(result.at("severity"), "high");
  world.Sql("REVOKE CONNECT ON DATABASE " + database + " FROM PUBLIC");
  EXPECT_TRUE(AwaitVerdict("orders", "pass")) << controller->log();
  ASSERT_TRUE(admin.Delete(api::DataPolicyType(), {"", world.ns}, ""));
}

TEST_F(Reports, OfTheServersTellTheirState) {
  const ReportKinds kinds(Api::kOpenReports);
  const OperatorWorld broken(15, R"({"port": 1})");
  const auto verdict = [&](const std::string& server) -> std::string {
    const auto report = Get(Api::kOpenReports, "");
    if (!report) return "";
    for (const auto& result : report->at("results")) {
      if (result.at("resources").at(0).at("name") == server) return result.at("result");
    }
    return "";
  };
  EXPECT_TRUE(Await(seconds(60), [&] { return verdict(broken.server) == "error"; })) << controller->log();
  EXPECT_TRUE(Await(seconds(60), [&] { return verdict(world.server) != "" && verdict(world.server) != "error"; }))
      << controller->log();
}

TEST_F(Reports, OfTheirNameThatAreNotOursAreLeftAloneAndToldOnce) {
  const ReportKinds kinds(Api::kOpenReports);
  const auto& type = TypeOf(Api::kOpenReports, Scope::kNamespace);
  const auto theirs = admin.Create(type, world.ns,
                                   {{"apiVersion", type.api_version()},
                                    {"kind", type.kind},
                                    {"metadata", {{"name", "freehold"}}},
                                    {"source", "somebody else"}});
  ASSERT_TRUE(theirs) << theirs.error().message;
  world.Apply("orders", "{}");
  ASSERT_TRUE(AwaitStoreReady("orders")) << controller->log();
  const std::string told = "\"report\":\"" + world.ns + "/freehold\"";
  ASSERT_TRUE(Await(seconds(30), [&] { return Logged(told) > 0; })) << controller->log();
  world.Apply("cart", "{}");
  ASSERT_TRUE(AwaitStoreReady("cart")) << controller->log();
  ASSERT_TRUE(AwaitLooks(2));
  EXPECT_EQ(Logged(told), 1) << controller->log();
  const auto kept = Get(Api::kOpenReports, world.ns);
  ASSERT_TRUE(kept) << kept.error().message;
  EXPECT_EQ(kept->at("source"), "somebody else");
  ASSERT_TRUE(admin.Delete(type, {world.ns, "freehold"}, ""));
  EXPECT_TRUE(AwaitVerdict("orders", "pass")) << "once their report is gone, ours is made\n" << controller->log();
}

TEST_F(Reports, AreOfWgPolicyWhereThatIsServedAndMoveToOpenReportsWhenThatComes) {
  const ReportKinds older(Api::kWgPolicy);
  world.Apply("orders", "{}");
  ASSERT_TRUE(AwaitVerdict("orders", "pass", Api::kWgPolicy)) << controller->log();
  const ReportKinds newer(Api::kOpenReports);
  EXPECT_TRUE(AwaitVerdict("orders", "pass")) << controller->log();
  EXPECT_TRUE(AwaitGone(Api::kWgPolicy)) << controller->log();
}

TEST_F(Reports, VanishWithTheirApiAndNothingElseDoes) {
  ReportKinds kinds(Api::kOpenReports);
  world.Apply("orders", "{}");
  ASSERT_TRUE(AwaitVerdict("orders", "pass")) << controller->log();
  const int before = Logged(kNoApi);
  kinds.Remove();
  ASSERT_TRUE(Await(seconds(30), [&] { return Logged(kNoApi) == before + 1; })) << controller->log();
  ASSERT_TRUE(AwaitLooks(3));
  EXPECT_EQ(Logged(kNoApi), before + 1);
  world.Apply("cart", "{}");
  EXPECT_TRUE(AwaitStoreReady("cart")) << controller->log();
}

TEST_F(Reports, AreNotWrittenAtRest) {
  const ReportKinds kinds(Api::kOpenReports);
  const AuditLog making;
  world.Apply("orders", "{}");
  ASSERT_TRUE(AwaitVerdict("orders", "pass")) << controller->log();
  const auto& type = TypeOf(Api::kOpenReports, Scope::kNamespace);
  const auto version = [&] {
    return kube::ParseMeta(admin.Get(type, {world.ns, "freehold"}).value())->resource_version;
  };
  ASSERT_TRUE(AwaitLooks(2));
  const auto settled = version();
  ASSERT_THAT(making.Writes(kAllButLeasesAndEvents), Not(IsEmpty()));
  const AuditLog resting;
  ASSERT_TRUE(AwaitLooks(5)) << controller->log();
  EXPECT_EQ(version(), settled);
  EXPECT_THAT(resting.Writes(kAllButLeasesAndEvents), IsEmpty());
}

TEST_F(Reports, OfABurstOfStoresAreFewWrites) {
  const ReportKinds kinds(Api::kOpenReports);
  constexpr int kStores = 40;
  const AuditLog burst;
  for (int i = 0; i < kStores; ++i) world.Apply("s" + std::to_string(i), R"({"isolation": "Schema"})");
  ASSERT_TRUE(Await(seconds(120), [&] {
    const auto report = Get(Api::kOpenReports, world.ns);
    return report && report->at("summary").at("pass") == kStores;
  })) << controller->log();
  const auto writes = burst.Writes(kReportsOnly).size();
  RecordProperty("writes", static_cast<int>(writes));
  EXPECT_LE(writes, kStores / 2u);
}

}  // namespace
}  // namespace freehold::test

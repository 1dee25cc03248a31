// The access model without a cluster and without a database: RBAC, Pods, matrix, reports.
#include <gmock/gmock.h>

#include "reconcilers/isolation/changes.h"
#include "reconcilers/isolation/cluster_paths.h"
#include "reconcilers/isolation/database_paths.h"
#include "reconcilers/isolation/matrix.h"
#include "reconcilers/isolation/page.h"
#include "reconcilers/isolation/report.h"

namespace freehold::isolation {
namespace {

using base::Json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::UnorderedElementsAre;

const base::Timestamp kNow = *base::ParseTime("2026-05-04T03:02:01Z");

StoreAsked Store(const std::string& name, const std::string& ns = "shop") {
  auto object = std::make_shared<api::ServiceDatabase>();
  object->meta = {.name = name, .ns = ns, .uid = "uid-" + name};
  return {.object = object,
          .server = "main",
          .layout = engines::LayoutOf(api::Isolation::kDatabase, name + "_db", name, "apps")};
}

const std::vector<StoreAsked> kAll = {Store("orders"), Store("cart")};

Json Role(const std::string& ns, const std::string& name, const Json& rules) {
  return {{"metadata", {{"namespace", ns}, {"name", name}}}, {"rules", rules}};
}
Json Rule(const Json& verbs, const Json& groups, const Json& resources, const Json& names = Json::array()) {
  return {{"verbs", verbs}, {"apiGroups", groups}, {"resources", resources}, {"resourceNames", names}};
}
Json Binding(const std::string& ns, const std::string& kind, const std::string& role, const Json& subject) {
  return {{"metadata", {{"namespace", ns}, {"name", "b"}}},
          {"roleRef", {{"kind", kind}, {"name", role}}},
          {"subjects", Json::array({subject})}};
}
const Json kJane = {{"kind", "User"}, {"name", "jane"}};

struct RbacCase {
  const char* what;
  Json rule;
  std::string binding_ns;
  bool found;
  Severity severity;
};

class RbacPaths : public testing::TestWithParam<RbacCase> {};

TEST_P(RbacPaths, AreFoundWithTheirSeverity) {
  const auto& param = GetParam();
  RbacBuilder builder;
  builder.AddRole(Role("", "r", Json::array({param.rule})));
  builder.AddBinding(Binding(param.binding_ns, "ClusterRole", "r", kJane));
  const auto permissions = builder.Build();
  const auto edges = RbacEdges(Store("orders"), permissions, Platform({"kube-system"}, permissions), kAll, kNow);
  ASSERT_EQ(edges.size(), param.found ? 1u : 0u) << param.what;
  if (!param.found) return;
  EXPECT_EQ(edges[0].severity, param.severity) << param.what;
  EXPECT_EQ(edges[0].principal, "User jane");
  EXPECT_TRUE(edges[0].finding());
  EXPECT_THAT(edges[0].evidence, HasSubstr("gives ClusterRole r"));
}

const Json kCore = Json::array({""});
INSTANTIATE_TEST_SUITE_P(
    , RbacPaths,
    testing::Values(
        RbacCase{"get of the Secret by name", Rule({"get"}, kCore, {"secrets"}, {"orders.freehold"}), "shop", true,
                 Severity::kCritical},
        RbacCase{"get of another Secret", Rule({"get"}, kCore, {"secrets"}, {"tls"}), "shop", false, {}},
        RbacCase{"get of all Secrets", Rule({"get"}, kCore, {"secrets"}), "shop", true, Severity::kCritical},
        RbacCase{"in another namespace", Rule({"get"}, kCore, {"secrets"}), "elsewhere", false, {}},
        RbacCase{"in all namespaces", Rule({"get"}, kCore, {"secrets"}), "", true, Severity::kCritical},
        RbacCase{"list", Rule({"list"}, kCore, {"secrets"}), "shop", true, Severity::kCritical},
        RbacCase{"watch", Rule({"watch"}, kCore, {"secrets"}), "shop", true, Severity::kCritical},
        RbacCase{"any verb", Rule({"*"}, kCore, {"secrets"}), "shop", true, Severity::kCritical},
        RbacCase{"any resource", Rule({"get"}, kCore, {"*"}), "shop", true, Severity::kCritical},
        RbacCase{"any group", Rule({"get"}, {"*"}, {"secrets"}), "shop", true, Severity::kCritical},
        RbacCase{"Secrets of another group", Rule({"get"}, {"other.dev"}, {"secrets"}), "shop", false, {}},
        RbacCase{
            "list limited to the name", Rule({"list"}, kCore, {"secrets"}, {"orders.freehold"}), "shop", false, {}},
        RbacCase{"impersonation of the ServiceAccount", Rule({"impersonate"}, kCore, {"serviceaccounts"}), "shop", true,
                 Severity::kCritical},
        RbacCase{"impersonation of another one",
                 Rule({"impersonate"}, kCore, {"serviceaccounts"}, {"cart"}),
                 "shop",
                 false,
                 {}},
        RbacCase{"impersonation of users", Rule({"impersonate"}, kCore, {"users"}), "", true, Severity::kCritical},
        RbacCase{"its token", Rule({"create"}, kCore, {"serviceaccounts/token"}), "shop", true, Severity::kHigh},
        RbacCase{"the token of another one",
                 Rule({"create"}, kCore, {"serviceaccounts/token"}, {"cart"}),
                 "shop",
                 false,
                 {}},
        RbacCase{"exec", Rule({"create"}, kCore, {"pods/exec"}), "shop", true, Severity::kHigh},
        RbacCase{"exec into everything", Rule({"create"}, kCore, {"*/exec"}), "shop", true, Severity::kHigh},
        RbacCase{"attach", Rule({"create"}, kCore, {"pods/attach"}), "shop", true, Severity::kHigh},
        RbacCase{"debug containers", Rule({"patch"}, kCore, {"pods/ephemeralcontainers"}), "shop", true,
                 Severity::kHigh},
        RbacCase{"the kubelet's proxy", Rule({"get"}, kCore, {"nodes/proxy"}), "", true, Severity::kCritical},
        RbacCase{"making Pods", Rule({"create"}, kCore, {"pods"}), "shop", true, Severity::kHigh},
        RbacCase{"making Jobs", Rule({"create"}, {"batch"}, {"jobs"}), "shop", true, Severity::kHigh},
        RbacCase{"binding ClusterRoles", Rule({"bind"}, {"rbac.authorization.k8s.io"}, {"clusterroles"}), "", true,
                 Severity::kHigh},
        RbacCase{
            "reading Pods and ConfigMaps", Rule({"get", "list"}, kCore, {"pods", "configmaps"}), "shop", false, {}},
        RbacCase{"metrics", Rule({"get"}, {"metrics.k8s.io"}, {"pods"}), "", false, {}}));

TEST(SecretsOfThePlatform, AreWaysToAStoreToo) {
  const std::vector<Vault> vaults = {{{"freehold-system", "main-admin"}, "the administrator of DatabaseServer main"}};
  struct Case {
    Json rule;
    std::string binding_ns;
    bool found;
  };
  const std::vector<Case> cases = {{Rule({"get"}, kCore, {"secrets"}, {"main-admin"}), "freehold-system", true},
                                   {Rule({"get"}, kCore, {"secrets"}, {"main-admin"}), "", true},
                                   {Rule({"get"}, kCore, {"secrets"}, {"main-admin"}), "elsewhere", false},
                                   {Rule({"get"}, kCore, {"secrets"}, {"other"}), "freehold-system", false},
                                   {Rule({"list"}, kCore, {"secrets"}), "freehold-system", true},
                                   {Rule({"create"}, kCore, {"pods"}), "freehold-system", true},
                                   {Rule({"create"}, kCore, {"serviceaccounts/token"}), "freehold-system", true},
                                   {Rule({"get"}, kCore, {"pods", "pods/log"}), "freehold-system", false}};
  for (const auto& [rule, binding_ns, is_found] : cases) {
    RbacBuilder builder;
    builder.AddRole(Role("", "r", Json::array({rule})));
    builder.AddBinding(Binding(binding_ns, "ClusterRole", "r", kJane));
    builder.AddBinding(Binding(binding_ns, "ClusterRole", "r",
                               {{"kind", "ServiceAccount"}, {"namespace", "freehold-system"}, {"name", "freehold"}}));
    const auto permissions = builder.Build();
    const Platform platform({"freehold-system"}, permissions);
    const auto edges = VaultEdges(Store("orders"), vaults, permissions, platform, kAll, kNow);
    ASSERT_EQ(edges.size(), is_found ? 1u : 0u) << rule << " " << binding_ns;
    if (!is_found) continue;
    EXPECT_EQ(edges[0].principal, "User jane");
    EXPECT_TRUE(edges[0].finding());
    EXPECT_THAT(edges[0].path, HasSubstr("in freehold-system, which has the administrator of DatabaseServer main"));
  }
}

TEST(ThePlatform, IsAllowedAndCrowdsAreNot) {
  struct Case {
    Json subject;
    std::string role;
    bool allowed;
  };
  const std::vector<Case> cases = {
      {{{"kind", "ServiceAccount"}, {"namespace", "kube-system"}, {"name", "x"}}, "reader", true},
      {{{"kind", "ServiceAccount"}, {"namespace", "velero"}, {"name", "velero"}}, "cluster-admin", true},
      {{{"kind", "ServiceAccount"}, {"namespace", "shop"}, {"name", "cart"}}, "reader", false},
      {{{"kind", "User"}, {"name", "system:kube-controller-manager"}}, "reader", true},
      {{{"kind", "Group"}, {"name", "system:masters"}}, "cluster-admin", true},
      {{{"kind", "Group"}, {"name", "admins"}}, "cluster-admin", true},
      {{{"kind", "Group"}, {"name", "system:authenticated"}}, "cluster-admin", false},
      {{{"kind", "Group"}, {"name", "system:serviceaccounts"}}, "reader", false},
      {{{"kind", "Group"}, {"name", "system:serviceaccounts:kube-system"}}, "reader", true},
      {{{"kind", "Group"}, {"name", "system:serviceaccounts:shop"}}, "reader", false}};
  for (const auto& item : cases) {
    RbacBuilder builder;
    builder.AddRole(Role("", "reader", Json::array({Rule({"list"}, kCore, {"secrets"})})));
    builder.AddRole(Role("", "cluster-admin", Json::array({Rule({"*"}, {"*"}, {"*"})})));
    builder.AddBinding(Binding("", "ClusterRole", item.role, item.subject));
    const auto permissions = builder.Build();
    const auto edges = RbacEdges(Store("orders"), permissions, Platform({"kube-system"}, permissions), kAll, kNow);
    ASSERT_THAT(edges, SizeIs(1));
    EXPECT_EQ(edges[0].rule == Rule::kPlatformAdmin, item.allowed) << item.subject;
  }
}

TEST(AServiceAccount, ReadsItsOwnCredentialAndIsAServiceToOthers) {
  RbacBuilder builder;
  builder.AddRole(Role("shop", "reader", Json::array({Rule({"list"}, kCore, {"secrets"})})));
  builder.AddBinding(
      Binding("shop", "Role", "reader", {{"kind", "ServiceAccount"}, {"namespace", "shop"}, {"name", "cart"}}));
  const auto permissions = builder.Build();
  const Platform platform({"kube-system"}, permissions);
  EXPECT_EQ(RbacEdges(Store("cart"), permissions, platform, kAll, kNow)[0].rule, Rule::kOwner);
  const auto stranger = RbacEdges(Store("orders"), permissions, platform, kAll, kNow)[0];
  EXPECT_TRUE(stranger.finding());
  EXPECT_EQ(stranger.service, "shop/cart");
}

TEST(ABinding, ToARoleThatIsNotThereGivesNothing) {
  RbacBuilder builder;
  builder.AddBinding(Binding("shop", "Role", "gone", kJane));
  EXPECT_THAT(builder.Build(), IsEmpty());
}

TEST(APod, NamesSecretsInEveryPlaceThereIs) {
  const auto named = [](const char* name) { return Json{{"name", name}}; };
  const auto from_env = [&](const char* name) {
    return Json::array({{{"name", "X"}, {"valueFrom", {{"secretKeyRef", named(name)}}}}});
  };
  Json volumes = Json::array();
  volumes.push_back({{"secret", {{"secretName", "n07"}}}});
  volumes.push_back({{"projected", {{"sources", Json::array({{{"secret", named("n08")}}})}}}});
  volumes.push_back({{"csi", {{"nodePublishSecretRef", named("n09")}}}});
  volumes.push_back({{"azureFile", {{"secretName", "n10"}}}});
  int number = 11;
  for (const char* kind : {"cephfs", "cinder", "flexVolume", "iscsi", "rbd", "scaleIO", "storageos"}) {
    volumes.push_back({{kind, {{"secretRef", named(("n" + std::to_string(number++)).c_str())}}}});
  }
  const Json pod{
      {"metadata", {{"namespace", "shop"}, {"name", "p"}}},
      {"spec",
       {{"serviceAccountName", "cart"},
        {"containers",
         Json::array({{{"env", from_env("n01")}, {"envFrom", Json::array({{{"secretRef", named("n02")}}})}}})},
        {"initContainers",
         Json::array({{{"env", from_env("n03")}, {"envFrom", Json::array({{{"secretRef", named("n04")}}})}}})},
        {"ephemeralContainers",
         Json::array({{{"env", from_env("n05")}, {"envFrom", Json::array({{{"secretRef", named("n06")}}})}}})},
        {"volumes", volumes},
        {"imagePullSecrets", Json::array({named("n18")})}}}};
  const auto seen = ReadPod(pod);
  EXPECT_EQ(seen.service_account, "cart");
  ASSERT_THAT(seen.secrets, SizeIs(18));
  for (int i = 1; i <= 18; ++i) EXPECT_EQ(seen.secrets[i - 1], (i < 10 ? "n0" : "n") + std::to_string(i));
}

TEST(APod, ThatNamesAForeignCredentialIsAFindingAndItsOwnersPodIsNot) {
  const std::vector<StoreAsked> all = {Store("orders"), Store("cart")};
  const std::vector<PodSeen> pods = {{"shop", "orders-1", "orders", {"orders.freehold"}},
                                     {"shop", "cart-1", "cart", {"orders.freehold"}},
                                     {"elsewhere", "x", "cart", {"orders.freehold"}}};
  const auto edges = PodEdges(all[0], pods, all, kNow);
  ASSERT_THAT(edges, SizeIs(2));
  EXPECT_EQ(edges[0].rule, Rule::kOwner);
  EXPECT_TRUE(edges[1].finding());
  EXPECT_EQ(edges[1].service, "shop/cart");
}

TEST(ACopier, IsKnownByItsAnnotation) {
  EXPECT_THAT(CopierOf({{"reflector.v1.k8s.emberstack.com/reflection-allowed", "true"}}), HasSubstr("reflector"));
  EXPECT_THAT(CopierOf({{"replicator.v1.mittwald.de/replicate-to", "*"}}), HasSubstr("replicator"));
  EXPECT_THAT(CopierOf({{"reflector.v1.k8s.emberstack.com/reflection-allowed", "false"}}), IsEmpty());
  EXPECT_THAT(CopierOf({{"freehold.dev/issued-at", "x"}}), IsEmpty());
}

AccessModel Model() {
  const std::vector<StoreAsked> all = {Store("cart"), Store("orders")};
  const RoleOwners owners(all);
  AccessModel model{.stores = {"shop/cart", "shop/orders"}, .edges = {}, .unknown = {}};
  const std::vector<engines::ForeignAccess> foreign = {
      {.principal = "cart_db_a", .right = "SELECT", .path = "table orders.order_lines", .remedy = "REVOKE …"},
      {.principal = "PUBLIC", .right = "CONNECT", .path = "database orders_db", .severity = Severity::kMedium}};
  for (const auto& edge : DatabaseEdges(all[0], {}, owners, kNow)) model.edges.push_back(edge);
  for (const auto& edge : DatabaseEdges(all[1], {foreign, {}}, owners, kNow)) model.edges.push_back(edge);
  return model;
}

/// Orders reports a table and publishes events, cart has events brought by Kafka Connect.
AccessModel ModelWithFeeds() {
  const RoleOwners owners(kAll);
  AccessModel model{.stores = {"shop/cart", "shop/orders"}, .edges = {}, .unknown = {}};
  using engines::Feed;
  const std::vector<engines::FeedAccess> orders = {
      {"orders_db_cdc", "REPLICATION", "changes of database orders_db", Feed::kEvents, "slot one"},
      {"orders_db_cdc", "REPLICATION", "changes of database orders_db", Feed::kReports, "slot two"},
      {"orders_db_cdc", "SELECT", "column total of orders.orders", Feed::kReports, "attacl"}};
  const std::vector<engines::FeedAccess> cart = {
      {"cart_db_cdc", "CONNECT", "database cart_db", Feed::kEvents, "comment"},
      {"cart_db_cdc", "INSERT", "table freehold.orders_db_to_cart_db_1f2e3d4c", Feed::kEvents, "relacl"}};
  for (const auto& edge : DatabaseEdges(kAll[0], {{}, orders}, owners, kNow)) model.edges.push_back(edge);
  for (const auto& edge : DatabaseEdges(kAll[1], {{}, cart}, owners, kNow)) model.edges.push_back(edge);
  return model;
}

TEST(AFeed, IsAllowedAndToldInEveryForm) {
  const auto model = ModelWithFeeds();
  EXPECT_THAT(model.Findings(), IsEmpty());
  EXPECT_EQ(Summary(model), "0 findings in 2 stores");
  const auto report = ToJson(model);
  ASSERT_THAT(report["feeds"], SizeIs(5));
  EXPECT_EQ(report["feeds"][1]["path"], "INSERT on table freehold.orders_db_to_cart_db_1f2e3d4c");
  EXPECT_EQ(report["feeds"][1]["allowedAs"], "feed of events");
  EXPECT_EQ(report["feeds"][3]["allowedAs"], "warehouse feed");
  EXPECT_EQ(report["feeds"][4]["principal"], "role orders_db_cdc");
  EXPECT_THAT(TextTable(model),
              AllOf(HasSubstr("feed of events   shop/cart     role cart_db_cdc     CONNECT on database "
                              "cart_db, INSERT on table freehold.orders_db_to"),
                    HasSubstr("SELECT on column total of orders.orders")));
  const auto sarif = ToSarif(model)["runs"][0];
  EXPECT_THAT(sarif["results"], IsEmpty());
  EXPECT_THAT(sarif["properties"]["feeds"], SizeIs(5));
  const auto open = ToOpenReport(model, kNow);
  EXPECT_EQ(open["summary"]["fail"], 0);
  EXPECT_EQ(open["summary"]["pass"], 5) << "two stores, and three roles by rule";
  EXPECT_THAT(open["results"].dump(),
              HasSubstr("role orders_db_cdc, allowed as warehouse feed: REPLICATION on changes"));
  EXPECT_THAT(HtmlPage(model, kNow), HasSubstr("SELECT on column total of orders.orders"));
}

TEST(AFeed, IsInTheMatrixByItsKindAndNamedByWhoCan) {
  const auto model = ModelWithFeeds();
  const auto matrix = MatrixOf(model);
  EXPECT_THAT(matrix.principals, ElementsAre("shop/cart", "shop/orders", "feed of events", "warehouse feed"));
  EXPECT_EQ(matrix.cells.at({"feed of events", "shop/cart"}), "feed");
  EXPECT_EQ(matrix.cells.at({"warehouse feed", "shop/orders"}), "feed");
  EXPECT_FALSE(matrix.cells.contains({"warehouse feed", "shop/cart"}));
  EXPECT_THAT(WhoCan(model, Reach::kRead, "shop/orders", "refunds"), SizeIs(3)) << "the owner, and who decodes it all";
  EXPECT_THAT(WhoCan(model, Reach::kRead, "shop/orders", "orders"), SizeIs(4));
  EXPECT_THAT(WhoCan(model, Reach::kWrite, "shop/cart", ""), SizeIs(2)) << "the owner, and who brings events";
}

TEST(ADescribedPrincipal, IsNotCalledARole) {
  const std::vector<engines::ForeignAccess> foreign = {
      {.principal = "roles with REPLICATION", .right = "PUBLICATION", .path = "publication p"},
      {.principal = "anybody at 192.0.2.0/24", .right = "LOGIN", .path = "pg_hba.conf, line 3"}};
  const std::vector<engines::FeedAccess> feeds = {{engines::kOtherFeeds, "REPLICATION", "changes of database apps"}};
  const auto edges = DatabaseEdges(kAll[0], {foreign, feeds}, RoleOwners(kAll), kNow);
  ASSERT_THAT(edges, SizeIs(4));
  EXPECT_EQ(edges[1].principal, "roles of others' feeds");
  EXPECT_EQ(edges[2].principal, "roles with REPLICATION");
  EXPECT_EQ(edges[3].principal, "anybody at 192.0.2.0/24");
}

TEST(AReport, HasTheWorstFirstInTheFormThatIsPromised) {
  const auto report = ToJson(Model());
  ASSERT_THAT(report["findings"], SizeIs(2));
  const auto& first = report["findings"][0];
  EXPECT_EQ(first["store"], "shop/orders");
  EXPECT_EQ(first["principal"], "role cart_db_a");
  EXPECT_EQ(first["path"], "SELECT on table orders.order_lines");
  EXPECT_EQ(first["severity"], "critical");
  EXPECT_EQ(first["remedy"], "REVOKE …");
  EXPECT_EQ(first["seenAt"], "2026-05-04T03:02:01Z");
  EXPECT_THAT(first["evidence"].get<std::string>(), HasSubstr("server main"));
  EXPECT_THAT(report["unknown"], IsEmpty());
  EXPECT_EQ(report["stores"], 2);
}

TEST(AReport, SumsUp) {
  EXPECT_EQ(Summary(Model()), "2 findings (1 critical, 1 medium) in 1 of 2 stores");
  auto blind = Model();
  blind.edges.clear();
  blind.unknown = {{"shop/cart", "database", "down"}};
  EXPECT_EQ(Summary(blind), "0 findings in 2 stores, 1 thing could not be looked at");
}

TEST(AReport, ForToolsSaysTheSame) {
  auto model = Model();
  model.unknown = {{"shop/cart", "database", "down"}};
  const auto sarif = ToSarif(model)["runs"][0];
  EXPECT_THAT(sarif["results"], SizeIs(2));
  EXPECT_EQ(sarif["results"][0]["level"], "error");
  EXPECT_EQ(sarif["results"][1]["level"], "warning");
  EXPECT_EQ(sarif["invocations"][0]["executionSuccessful"], false);
  const auto open = ToOpenReport(model, kNow);
  EXPECT_EQ(open["summary"], (Json{{"pass", 0}, {"fail", 2}, {"warn", 0}, {"error", 1}, {"skip", 0}}));
}

TEST(Changes, TellWhatAppearedAndWhatIsGone) {
  const auto now = Model();
  Json earlier = ToJson(now);
  earlier["findings"].erase(0);
  earlier["findings"].push_back({{"store", "shop/cart"}, {"principal", "User jane"}, {"path", "get secrets"}});
  const auto changes = ChangesSince(earlier, now);
  ASSERT_TRUE(changes);
  EXPECT_THAT(changes->appeared, ElementsAre("shop/orders: role cart_db_a: SELECT on table orders.order_lines"));
  EXPECT_THAT(changes->gone, ElementsAre("shop/cart: User jane: get secrets"));
  EXPECT_FALSE(ChangesSince(Json::array(), now));
  EXPECT_FALSE(ChangesSince({{"findings", {1}}}, now));
}

TEST(TheMatrix, HasTheServicesFirstAndTheStrongestWordInACell) {
  const auto matrix = MatrixOf(Model());
  EXPECT_THAT(matrix.principals, ElementsAre("shop/cart", "shop/orders", "PUBLIC"));
  EXPECT_EQ(matrix.cells.at({"shop/cart", "shop/cart"}), "own");
  EXPECT_EQ(matrix.cells.at({"shop/cart", "shop/orders"}), "read");
  EXPECT_FALSE(matrix.cells.contains({"shop/orders", "shop/cart"}));
}

TEST(TheMatrix, ShowsWhatIsNotKnown) {
  auto model = Model();
  model.unknown = {{"shop/cart", "database", "down"}};
  EXPECT_EQ(MatrixOf(model).cells.at({"shop/orders", "shop/cart"}), "?");
}

TEST(WhoCanRead, NamesEverybodyAndLeavesOutOtherTables) {
  const auto principals = [](const std::vector<Edge>& edges) {
    std::vector<std::string> names;
    for (const auto& edge : edges) names.push_back(edge.principal);
    return names;
  };
  const auto model = Model();
  EXPECT_THAT(principals(WhoCan(model, Reach::kRead, "shop/orders", "")),
              UnorderedElementsAre("role orders_db_owner", "role cart_db_a", "PUBLIC"));
  EXPECT_THAT(principals(WhoCan(model, Reach::kRead, "shop/orders", "order_lines")),
              UnorderedElementsAre("role orders_db_owner", "role cart_db_a", "PUBLIC"));
  EXPECT_THAT(principals(WhoCan(model, Reach::kRead, "shop/orders", "refunds")),
              UnorderedElementsAre("role orders_db_owner", "PUBLIC"));
  EXPECT_THAT(principals(WhoCan(model, Reach::kWrite, "shop/orders", "")), ElementsAre("role orders_db_owner"));
}

TEST(ThePage, HoldsTheDataAndNoMarkupOfStrangers) {
  auto model = Model();
  model.edges.back().principal = "role </script><img src=x onerror=alert(1)>";
  const auto page = HtmlPage(model, kNow);
  EXPECT_THAT(page, AllOf(HasSubstr("order_lines"), HasSubstr("\\u003cimg"), Not(HasSubstr("<img"))));
  EXPECT_THAT(page, AllOf(Not(HasSubstr("http://")), Not(HasSubstr("https://"))));
}

}  // namespace
}  // namespace freehold::isolation

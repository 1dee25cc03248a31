// audit, matrix and who-can as users type them: each way is opened by hand on a real API server and a real PostgreSQL.
#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "operator/base/base64.h"
#include "operator_world.h"
#include "program.h"

namespace freehold::test {
namespace {

using base::Json;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

const kube::ResourceType kRoles{"rbac.authorization.k8s.io", "v1", "roles", "Role", true};
const kube::ResourceType kRoleBindings{"rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding", true};
const kube::ResourceType kServiceAccounts{"", "v1", "serviceaccounts", "ServiceAccount", true};
const kube::ResourceType kConfigMaps{"", "v1", "configmaps", "ConfigMap", true};
const kube::ResourceType kPods{"", "v1", "pods", "Pod", true};

class Audit : public testing::Test {
 protected:
  Audit() {
    world.Apply("orders", "{}");
    world.Apply("cart", "{}");
    world.Start()->Settle();
  }

  Finished Run(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(),
                     {"--namespace", world.ns, "--kubeconfig", std::getenv("FREEHOLD_TEST_KUBECONFIG")});
    return RunFreehold(arguments);
  }
  std::vector<Json> Findings(std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"audit", "-o", "json"});
    const auto run = Run(more);
    const auto report = Json::parse(run.out, nullptr, false);
    EXPECT_FALSE(report.is_discarded()) << run.err;
    EXPECT_THAT(report["unknown"], IsEmpty());
    EXPECT_EQ(run.code, report["findings"].empty() ? 0 : 1);
    return report["findings"];
  }
  static std::vector<std::string> Evidence(const std::vector<Json>& findings) {
    std::vector<std::string> evidence;
    for (const auto& finding : findings) evidence.push_back(finding["evidence"]);
    return evidence;
  }
  std::string Database(const std::string& service) { return world.ns + "_" + service + "_db"; }

  /// A Role with one rule, bound to ServiceAccount cart.
  void Give(const Json& verbs, const std::string& resource) { Give(verbs, resource, world.ns, "given"); }
  void Give(const Json& verbs, const std::string& resource, const std::string& ns, const std::string& name) {
    Must(admin.Create(kRoles, ns,
                      {{"metadata", {{"name", name}}},
                       {"rules", Json::array({{{"apiGroups", {""}}, {"resources", {resource}}, {"verbs", verbs}}})}}));
    Must(admin.Create(
        kRoleBindings, ns,
        {{"metadata", {{"name", name}}},
         {"roleRef", {{"apiGroup", "rbac.authorization.k8s.io"}, {"kind", "Role"}, {"name", name}}},
         {"subjects", Json::array({{{"kind", "ServiceAccount"}, {"namespace", world.ns}, {"name", "cart"}}})}}));
  }
  static void Must(const base::Result<Json>& reply) {
    if (!reply) throw std::runtime_error(reply.error().message);
  }

  OperatorWorld world;
  kube::Client& admin = Cluster::Instance().admin();
};

TEST_F(Audit, OfAWorldInOrderFindsNothing) {
  EXPECT_THAT(Findings(), IsEmpty());
  EXPECT_THAT(Findings({"--quick"}), IsEmpty());
  EXPECT_THAT(Findings({"--probe"}), IsEmpty());
}

TEST_F(Audit, FindsARightOfAForeignRoleAndAProbeShowsThatItOpens) {
  world.Sql("GRANT CONNECT ON DATABASE " + Database("orders") + " TO " + Database("cart") + "_owner");
  for (const auto& how : {std::vector<std::string>{}, {"--quick"}}) {
    const auto findings = Findings(how);
    ASSERT_EQ(findings.size(), 1u);
    EXPECT_EQ(findings[0]["store"], world.ns + "/orders");
    EXPECT_EQ(findings[0]["principal"], "role " + Database("cart") + "_owner");
    EXPECT_EQ(findings[0]["path"], "CONNECT on database " + Database("orders"));
  }
  const auto probed = Findings({"--probe"});
  ASSERT_EQ(probed.size(), 2u);
  EXPECT_THAT(Evidence(probed), Contains(HasSubstr("connected to database")));
}

TEST_F(Audit, FindsThatACredentialReadsAForeignTable) {
  Query(world.LoginOf("orders.freehold"), "CREATE TABLE order_lines (id int)");
  world.Sql("GRANT CONNECT ON DATABASE " + Database("orders") + " TO " + Database("cart") + "_owner");
  const std::string schema = Query(world.LoginOf("orders.freehold"), "SELECT current_schema()").front();
  world.Sql(
      "GRANT USAGE ON SCHEMA \"" + schema + "\" TO PUBLIC; GRANT SELECT ON \"" + schema + "\".order_lines TO PUBLIC",
      Database("orders"));
  const auto probed = Findings({"--probe"});
  EXPECT_THAT(Evidence(probed), Contains(HasSubstr("read table")));
  const auto who = Run({"who-can", "read", world.ns + "/orders/order_lines"});
  EXPECT_EQ(who.code, 1);
  EXPECT_THAT(who.out, AllOf(HasSubstr("NOT ALLOWED"), HasSubstr("PUBLIC"), HasSubstr("owner")));
}

TEST_F(Audit, FindsAPasswordThatIsNotTheOneIssued) {
  const auto login = world.Secret("orders.freehold")["username"];
  world.Sql("ALTER ROLE \"" + login + "\" PASSWORD 'known to somebody else'");
  const auto findings = Findings();
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0]["path"], "password of login " + login + " is not the one issued");
  EXPECT_EQ(findings[0]["remedy"], "freehold rotate " + world.ns + "/orders");
}

TEST_F(Audit, FindsWhoMayReadTheSecretByRbac) {
  Give({"list"}, "secrets");
  const auto findings = Findings();
  ASSERT_EQ(findings.size(), 2u) << "one for each store of the namespace";
  EXPECT_EQ(findings[0]["principal"], "ServiceAccount " + world.ns + "/cart");
  EXPECT_EQ(findings[0]["severity"], "critical");
  EXPECT_THAT(findings[0]["evidence"].get<std::string>(), HasSubstr("RoleBinding " + world.ns + "/given"));
}

TEST_F(Audit, FindsWhoMayReadTheSecretOfTheServersAdministrator) {
  const kube::Name given{Cluster::kNamespace, world.ns};
  Give({"get"}, "secrets", given.ns, given.name);
  const auto findings = Findings();
  EXPECT_TRUE(admin.Delete(kRoleBindings, given, ""));
  EXPECT_TRUE(admin.Delete(kRoles, given, ""));
  ASSERT_EQ(findings.size(), 2u) << "one for each store of the server";
  EXPECT_EQ(findings[0]["principal"], "ServiceAccount " + world.ns + "/cart");
  EXPECT_EQ(findings[0]["severity"], "critical");
  EXPECT_THAT(findings[0]["path"].get<std::string>(), HasSubstr("the administrator of DatabaseServer " + world.server));
  EXPECT_THAT(Findings(), IsEmpty());
}

TEST_F(Audit, FindsWhoMayEnterPods) {
  Give({"create"}, "pods/exec");
  const auto findings = Findings();
  ASSERT_EQ(findings.size(), 2u);
  EXPECT_EQ(findings[0]["severity"], "high");
}

TEST_F(Audit, FindsAPodThatNamedTheCredentialBeforeItWasGuarded) {
  Must(admin.Create(kServiceAccounts, world.ns, {{"metadata", {{"name", "cart"}}}}));
  const auto pod = [&](const std::string& name, const std::string& secret) {
    const Json container{
        {"name", "main"}, {"image", "none"}, {"envFrom", Json::array({{{"secretRef", {{"name", secret}}}}})}};
    return admin.Create(kPods, world.ns,
                        {{"metadata", {{"name", name}}},
                         {"spec", {{"serviceAccountName", "cart"}, {"containers", Json::array({container})}}}});
  };
  EXPECT_FALSE(pod("late", "orders.freehold"));
  Must(pod("early", "billing-credentials"));
  world.Apply("billing", R"({"credentials": {"secretName": "billing-credentials"}})");
  world.Start()->Settle();
  const auto findings = Findings();
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0]["principal"], "Pod " + world.ns + "/early");
  EXPECT_EQ(findings[0]["store"], world.ns + "/billing");
}

TEST_F(Audit, FindsACopierOfTheSecret) {
  Must(admin.JsonPatch(
      credentials::SecretType(), {world.ns, "orders.freehold"},
      Json::array({{{"op", "add"},
                    {"path", "/metadata/annotations/reflector.v1.k8s.emberstack.com~1reflection-allowed"},
                    {"value", "true"}}})));
  const auto findings = Findings();
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_THAT(findings[0]["evidence"].get<std::string>(), HasSubstr("reflector"));
}

TEST_F(Audit, FindsCopiesOfACredentialOnlyWhenItIsAskedTo) {
  const std::string password = world.Secret("orders.freehold")["password"];
  Must(admin.Create(credentials::SecretType(), world.ns,
                    {{"metadata", {{"name", "env"}}},
                     {"stringData", {{"DATABASE_URL", "postgresql://orders:" + password + "@pg/orders_db"}}}}));
  Must(admin.Create(
      kConfigMaps, world.ns,
      {{"metadata", {{"name", "values"}}}, {"data", {{"values.yaml", "p: " + base::EncodeBase64("x:" + password)}}}}));
  EXPECT_THAT(Findings(), IsEmpty());
  const auto findings = Findings({"--copies"});
  EXPECT_THAT(Evidence(findings), UnorderedElementsAre("Secret " + world.ns + "/env: key DATABASE_URL",
                                                       "ConfigMap " + world.ns + "/values: key values.yaml"));
  for (const auto& finding : findings) {
    EXPECT_EQ(finding["store"], world.ns + "/orders");
    EXPECT_EQ(finding["severity"], "high");
  }
  const auto table = Run({"audit", "--copies"});
  EXPECT_THAT(table.out + table.err, AllOf(HasSubstr("DATABASE_URL"), Not(HasSubstr(password))));
}

TEST_F(Audit, FindsCopiesOfThePreviousPasswordWhileItWorks) {
  const std::string before = world.Secret("orders.freehold")["password"];
  world.Annotate("orders", api::kRotateAnnotation, "now");
  world.Start()->Settle();
  ASSERT_NE(world.Secret("orders.freehold")["password"], before);
  Must(admin.Create(credentials::SecretType(), world.ns,
                    {{"metadata", {{"name", "old"}}}, {"stringData", {{"password", before}}}}));
  EXPECT_THAT(Evidence(Findings({"--copies"})),
              ElementsAre("Secret " + world.ns + "/old: key password (the previous password)"));
}

TEST_F(Audit, ByAnAdminWhoMayNotReadVerifiersKnowsNothingOfThePreviousPassword) {
  world.Annotate("orders", api::kRotateAnnotation, "now");
  world.Start()->Settle();
  world.Sql("CREATE ROLE " + world.ns + "_admin LOGIN CREATEDB CREATEROLE PASSWORD 'as-clouds-give-it'");
  for (const auto& database : {std::string("postgres"), world.ns + "_apps", Database("orders"), Database("cart")})
    world.Sql("GRANT CONNECT ON DATABASE " + database + " TO " + world.ns + "_admin");
  Must(admin.JsonPatch(
      credentials::SecretType(), {Cluster::kNamespace, world.ns + "-admin"},
      Json::array(
          {{{"op", "replace"}, {"path", "/data/username"}, {"value", base::EncodeBase64(world.ns + "_admin")}},
           {{"op", "replace"}, {"path", "/data/password"}, {"value", base::EncodeBase64("as-clouds-give-it")}}}),
      ""));
  const auto run = Run({"audit", "--copies", "-o", "json"});
  world.Sql("DROP OWNED BY " + world.ns + "_admin");
  EXPECT_EQ(run.code, 2) << "could not look is never fine";
  std::vector<std::string> unknown;
  const auto report = Json::parse(run.out);
  for (const auto& part : report.at("unknown")) {
    unknown.push_back(part.value("what", "") + ": " + part.value("why", ""));
  }
  EXPECT_THAT(unknown, Contains("copies of its previous password: this server's admin may not read verifiers"));
}

TEST_F(Audit, ReadsPageAfterPageForCopies) {
  const std::string password = world.Secret("orders.freehold")["password"];
  for (int i = 0; i < 250; ++i) {
    Must(admin.Create(kConfigMaps, world.ns,
                      {{"metadata", {{"name", "c" + std::to_string(i)}}},
                       {"data", {{"k", i % 100 == 7 ? password : "nothing to see"}}}}));
  }
  EXPECT_EQ(Findings({"--copies"}).size(), 3u);
}

TEST_F(Audit, ThatMayNotListSecretsSaysWhereItCouldNotLookForCopies) {
  Give({"list"}, "configmaps");
  const std::string password = world.Secret("orders.freehold")["password"];
  Must(admin.Create(kConfigMaps, world.ns, {{"metadata", {{"name", "c"}}}, {"data", {{"k", password}}}}));
  const auto& controller = Cluster::Instance().controller_kubeconfig();
  Must(admin.Create(
      kRoleBindings, world.ns,
      {{"metadata", {{"name", "reader"}}},
       {"roleRef", {{"apiGroup", "rbac.authorization.k8s.io"}, {"kind", "Role"}, {"name", "given"}}},
       {"subjects",
        Json::array({{{"kind", "ServiceAccount"}, {"namespace", Cluster::kNamespace}, {"name", "freehold"}}})}}));
  const auto run =
      RunFreehold({"audit", "--copies", "-o", "json", "--namespace", world.ns, "--kubeconfig", controller});
  EXPECT_EQ(run.code, 2) << "could not look is never fine";
  const auto report = Json::parse(run.out);
  std::vector<std::string> unknown;
  for (const auto& part : report["unknown"]) unknown.push_back(part["what"]);
  EXPECT_THAT(unknown, Contains(HasSubstr("copies in Secrets of namespace")));
  EXPECT_THAT(Evidence(report["findings"]), Contains("ConfigMap " + world.ns + "/c: key k"))
      << "what may be listed is looked at";
}

TEST_F(Audit, TellsWhatAppearedSinceAnEarlierReport) {
  const auto file = std::filesystem::temp_directory_path() / (world.ns + ".json");
  std::ofstream(file) << Run({"audit", "-o", "json"}).out;
  EXPECT_EQ(Run({"audit", "--since", file}).code, 0);
  world.Sql("GRANT CONNECT ON DATABASE " + Database("orders") + " TO PUBLIC");
  const auto run = Run({"audit", "--since", file});
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.out, AllOf(HasSubstr("+ " + world.ns + "/orders: PUBLIC"), HasSubstr("1 appeared, 0 gone")));
  std::filesystem::remove(file);
}

TEST_F(Audit, TellsWhatChangedAsATableOrAsJsonAndRefusesTheOtherFormats) {
  const auto file = std::filesystem::temp_directory_path() / (world.ns + "-formats.json");
  std::ofstream(file) << Run({"audit", "-o", "json"}).out;
  EXPECT_EQ(Run({"audit", "--since", file, "-o", "table"}).code, 0);
  EXPECT_TRUE(Json::parse(Run({"audit", "--since", file, "-o", "json"}).out).contains("since"));
  for (const char* format : {"sarif", "html", "openreports"}) {
    const auto run = Run({"audit", "--since", file, "-o", format});
    EXPECT_EQ(run.code, 2) << format;
    EXPECT_THAT(run.err, AllOf(HasSubstr("-o table or -o json"), HasSubstr(format)));
    EXPECT_THAT(run.out, IsEmpty());
  }
  std::filesystem::remove(file);
}

TEST_F(Audit, ThatCouldNotLookIsNeverFine) {
  const auto blind = Run({"audit", "-n", "no-such-namespace"});
  EXPECT_EQ(blind.code, 2);
  EXPECT_THAT(blind.out, AllOf(HasSubstr("could not be looked at"), HasSubstr(world.ns + "/orders")));
  EXPECT_EQ(RunFreehold({"audit", "-f", "examples/shop"}).code, 2);
}

TEST_F(Audit, PrintsNoPassword) {
  world.Sql("GRANT CONNECT ON DATABASE " + Database("orders") + " TO PUBLIC");
  const auto password = world.Secret("cart.freehold")["password"];
  for (const char* format : {"table", "json", "sarif", "html", "openreports"}) {
    const auto run = Run({"audit", "--probe", "-o", format});
    EXPECT_EQ(run.code, 1) << format;
    EXPECT_THAT(run.out + run.err, AllOf(Not(IsEmpty()), Not(HasSubstr(password)))) << format;
  }
}

TEST_F(Audit, ShowsTheMatrix) {
  world.Sql("GRANT CONNECT ON DATABASE " + Database("orders") + " TO " + Database("cart") + "_owner");
  const auto run = Run({"matrix", "-o", "json"});
  EXPECT_EQ(run.code, 1);
  const auto who = Json::parse(run.out)["who"];
  const std::string service = world.ns + "/" + world.ns;
  EXPECT_EQ(who[service + "-cart"][world.ns + "/cart"], "own");
  EXPECT_EQ(who[service + "-cart"][world.ns + "/orders"], "read");
  EXPECT_FALSE(who[service + "-orders"].contains(world.ns + "/cart"));
}

/// Events into a copy, a warehouse with a reader, and then a tool outside: what they reach is listed and allowed.
TEST_F(Audit, OfAShopWithEventsAndAWarehouseAllowsItsFeedsAndFindsNothing) {
  Query(world.LoginOf("orders.freehold"), "CREATE TABLE orders (id int PRIMARY KEY)");
  world.ApplyWarehouse(R"({"readers": [{"name": "looker"}]})");
  world.Apply("orders", R"({"publishes": [{"event": "OrderConfirmed"}], "reporting": {"warehouse": ")" + world.server +
                            R"(", "tables": [{"name": "orders"}]}})");
  world.Apply("cart", R"({"consumes": [{"event": "OrderConfirmed", "from": ")" + world.ns +
                          R"(-orders", "into": {"table": "orders_seen", "key": "id", "columns":
                          [{"name": "id", "path": "aggregateid"}]}}]})");
  const auto life = world.Start();
  const auto become = [&](const std::string& name, const std::string& condition) {
    return Await(std::chrono::seconds(60), [&] {
      life->Settle();
      return StatusOf(world.Get(name), condition) == "True";
    });
  };
  ASSERT_TRUE(become("orders", "ReportingReady"));
  ASSERT_TRUE(become("cart", "EventsReady"));
  EXPECT_THAT(Findings({"--probe"}), IsEmpty());
  const auto ways = [&] {
    std::set<std::string> ways;
    const auto report = Json::parse(Run({"audit", "-o", "json"}).out);
    for (const auto& feed : report.at("feeds")) {
      ways.insert(feed["allowedAs"].get<std::string>() + " " + feed["principal"].get<std::string>());
    }
    return ways;
  };
  const auto role = "role " + Database("orders") + "_cdc";
  EXPECT_THAT(ways(), UnorderedElementsAre("feed of events " + role, "warehouse feed " + role));
  const auto who = Json::parse(Run({"matrix", "-o", "json"}).out)["who"];
  EXPECT_EQ(who["feed of events"], (Json{{world.ns + "/orders", "feed"}}));
  EXPECT_EQ(who["warehouse feed"], (Json{{world.ns + "/orders", "feed"}}));
  EXPECT_FALSE(who.dump().contains("looker")) << "a reader reads the warehouse and no store";

  world.DeleteWarehouse();
  life->Settle();
  world.ApplyWarehouse(R"({"loader": {"type": "Airbyte"}})");
  ASSERT_TRUE(become("orders", "ReportingReady"));
  EXPECT_THAT(Findings({"--probe"}), IsEmpty());
  EXPECT_THAT(ways(), UnorderedElementsAre("feed of events " + role, "warehouse feed " + role + "_1"));
}

TEST_F(Audit, OfAStoreThatIsNotThereIsRefused) {
  const auto run = Run({"who-can", "read", world.ns + "/nobody"});
  EXPECT_EQ(run.code, 2);
  EXPECT_THAT(run.err, HasSubstr("there is no ServiceDatabase"));
}

}  // namespace
}  // namespace freehold::test

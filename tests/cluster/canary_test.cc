// Passwords that are known, through good days and bad ones: nobody finds them anywhere but in the Secret that is
// theirs.
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/resource.h>

#include <filesystem>
#include <fstream>
#include <regex>

#include "door.h"
#include "operator/base/base64.h"
#include "operator/kube/subprocess.h"
#include "operator_world.h"
#include "program.h"
#include "reconcilers/engines/postgres/scram.h"

namespace freehold::test {
namespace {

using base::Json;
using std::chrono::seconds;

std::string ReadAll(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

class Canary : public testing::Test {
 protected:
  Canary() : door({world.postgres.port}) {}

  /// An admin of the world's own, whose every statement the server logs.
  void SetUp() override {
    const auto verifier = engines::postgres::ScramVerifier(base::Sensitive(admin_password), "sixteen of bytes", 1);
    world.Sql("CREATE ROLE " + admin + " LOGIN SUPERUSER PASSWORD '" + verifier + "'");
    for (const auto* setting : {"log_statement = 'all'", "log_min_duration_statement = 0", "log_min_messages = info",
                                "log_error_verbosity = verbose", "log_parameter_max_length_on_error = -1"}) {
      world.Sql("ALTER ROLE " + admin + " SET " + setting);
    }
    PutAdmin("username", admin);
    PutAdmin("password", admin_password);
    Patch({{"op", "replace"}, {"path", "/spec/port"}, {"value", door.port()}});
    Remember("the admin's password", admin_password);
  }

  void PutAdmin(const std::string& key, const std::string& value) {
    const auto put = Cluster::Instance().admin().JsonPatch(
        credentials::SecretType(), {Cluster::kNamespace, world.ns + "-admin"},
        Json::array({{{"op", "add"}, {"path", "/data/" + key}, {"value", base::EncodeBase64(value)}}}), "");
    ASSERT_TRUE(put) << put.error().message;
  }
  void Patch(const Json& operation) {
    const auto patched = Cluster::Instance().admin().JsonPatch(api::DatabaseServerType(), {"", world.server},
                                                               Json::array({operation}), "");
    ASSERT_TRUE(patched) << patched.error().message;
  }
  /// So that it is looked at again at once.
  void Touch() {
    Patch({{"op", "add"}, {"path", "/metadata/annotations"}, {"value", {{"touched", std::to_string(++touched_)}}}});
  }
  void Remember(const std::string& what, const std::string& value) {
    ASSERT_GE(value.size(), 8u) << what;
    canaries_.emplace_back(what, value);
  }
  void RememberSecret(const std::string& name) { Remember("password of " + name, world.Secret(name)["password"]); }
  /// By which the consumer's database replicates.
  void RememberReplication() {
    const auto conninfos = world.Sql(
        "SELECT subconninfo FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid "
        "WHERE d.datname LIKE '" +
            world.ns + "%'",
        world.ns + "_payments_db");
    ASSERT_FALSE(conninfos.empty());
    std::smatch found;
    ASSERT_TRUE(std::regex_search(conninfos[0], found, std::regex("password='([^']+)'")));
    Remember("password of the role that replicates", found[1]);
  }

  /// Text as it stands, in base64, and as JSON writes it.
  void ExpectNoneIn(const std::string& where, const std::string& text) const {
    for (const auto& [what, value] : canaries_) {
      const auto json = Json(value).dump();
      for (const auto& form : {value, base::EncodeBase64(value), json.substr(1, json.size() - 2)}) {
        EXPECT_EQ(text.find(form), std::string::npos) << what << " is in " << where;
      }
    }
  }
  void ExpectNoneInProcesses() const {
    for (const auto& process : std::filesystem::directory_iterator("/proc")) {
      if (!std::isdigit(process.path().filename().string()[0])) continue;
      for (const auto* file : {"cmdline", "environ"}) {
        ExpectNoneIn(process.path() / file, ReadAll(process.path() / file));
      }
    }
  }
  /// The kinds in which a secret could show, all namespaces, and Secrets that are not theirs.
  void ExpectNoneInCluster() const {
    const auto shown = kube::RunCommand(
        {.program = "bash",
         .arguments = {"-euc",
                       "export KUBECACHEDIR=$(mktemp -d); kubectl get "
                       "freehold,events,events.events.k8s.io,configmaps,leases -A -o yaml >$KUBECACHEDIR/all; "
                       "echo $KUBECACHEDIR/all"},
         .environment = {{"KUBECONFIG", std::getenv("FREEHOLD_TEST_KUBECONFIG")}}},
        seconds(60));
    ASSERT_TRUE(shown) << shown.error().message;
    const std::string file = shown->Reveal().substr(0, shown->Reveal().size() - 1);
    const auto everything = ReadAll(file);
    ASSERT_NE(everything.find("name: orders"), std::string::npos) << "kubectl shows nothing";
    ExpectNoneIn("the cluster's objects", everything);
    std::filesystem::remove_all(std::filesystem::path(file).parent_path());

    std::map<std::string, int> places;
    for (const auto& ns : {world.ns, std::string(Cluster::kNamespace)}) {
      (void)Cluster::Instance().admin().List(
          credentials::SecretType(), {.ns = ns, .label_selector = {}, .field_selector = {}}, [&](const Json& secret) {
            for (const auto& [what, value] : canaries_) {
              if (secret.dump().find(base::EncodeBase64(value)) != std::string::npos) ++places[what];
            }
          });
    }
    for (const auto& [what, count] : places) EXPECT_LE(count, 1) << what;
  }
  void ExpectNoneInLogsOfServers() const {
    const std::filesystem::path servers = std::getenv("FREEHOLD_TEST_SERVERS");
    const auto postgres = ReadAll(servers / "pg15/postgres.log");
    ASSERT_NE(postgres.find("CREATE SUBSCRIPTION"), std::string::npos) << "PostgreSQL logs no statements";
    ExpectNoneIn("PostgreSQL's log", postgres);
    const auto audit = ReadAll(std::getenv("FREEHOLD_TEST_AUDIT_LOG"));
    ASSERT_NE(audit.find("\"requestObject\""), std::string::npos) << "the API server logs no bodies";
    ExpectNoneIn("the API server's audit log", audit);
  }

  OperatorWorld world;
  Door door;
  const std::string admin = world.ns + "_boss";
  const std::string admin_password = "canary-of-" + world.ns + "-the-admin";

 private:
  std::vector<std::pair<std::string, std::string>> canaries_;
  int touched_ = 0;
};

bool IsReady(OperatorWorld& world, const std::string& name) { return StatusOf(world.Get(name), "Ready") == "True"; }

TEST_F(Canary, IsFoundNowhereButInItsSecret) {
  const rlimit any{RLIM_INFINITY, RLIM_INFINITY};
  setrlimit(RLIMIT_CORE, &any);
  ControllerProgram controller({"--log-level", "debug"});
  ASSERT_TRUE(controller.AwaitReady(seconds(30))) << controller.log();
  world.Apply("orders", R"({"publishes": [{"event": "OrderConfirmed"}]})");
  world.Apply("payments", R"({"consumes": [{"event": "OrderConfirmed", "from": ")" + world.ns + R"(-orders"}]})");
  ASSERT_TRUE(Await(seconds(90), [&] {
    return IsReady(world, "orders") && StatusOf(world.Get("payments"), "EventsReady") == "True";
  })) << controller.log();
  RememberSecret("orders.freehold");
  RememberSecret("payments.freehold");
  RememberReplication();

  // A password that is wrong, and would break out of any text that it is put into without care.
  const std::string wrong = "canary-of-" + world.ns + "-that-is-wrong";
  Remember("the wrong password", wrong);
  for (const auto& around : {std::string("\0", 1), std::string("\n\t%s"), std::string("' host=elsewhere \\")}) {
    const auto denials = [&] {
      const auto log = controller.log();
      const std::regex denied("AdminDenied|AdminSecretMissing");
      return std::distance(std::sregex_iterator(log.begin(), log.end(), denied), std::sregex_iterator());
    };
    const auto before = denials();
    PutAdmin("password", wrong + around + wrong);
    Touch();
    EXPECT_TRUE(Await(seconds(30), [&] { return denials() > before; })) << controller.log();
  }
  EXPECT_TRUE(Await(seconds(30), [&] { return ReasonOf(world.Get("orders"), "Ready") == "AdminDenied"; }))
      << controller.log();

  PutAdmin("password", admin_password);
  door.Shut(true);
  Touch();
  EXPECT_TRUE(Await(seconds(30), [&] { return ReasonOf(world.Get("orders"), "Ready") == "ServerUnreachable"; }))
      << controller.log();
  const auto login = world.Secret("orders.freehold")["username"];
  world.Annotate("orders", api::kRotateAnnotation, "once");
  door.Shut(false);
  Touch();
  ASSERT_TRUE(Await(seconds(60), [&] {
    return world.Secret("orders.freehold")["username"] != login && IsReady(world, "orders");
  })) << controller.log();
  RememberSecret("orders.freehold");

  const std::string kubeconfig = std::getenv("FREEHOLD_TEST_KUBECONFIG");
  for (const auto& words : {std::vector<std::string>{"plan"}, {"audit", "--probe"}, {"matrix"}, {"events", "--lag"}}) {
    auto arguments = words;
    arguments.insert(arguments.end(), {"--kubeconfig", kubeconfig});
    const auto said = RunFreehold(arguments);
    ExpectNoneIn("what freehold " + words[0] + " says", said.out + said.err);
  }
  ExpectNoneInProcesses();
  ExpectNoneInCluster();
  ExpectNoneInLogsOfServers();
  const auto metrics = controller.Metrics();
  ASSERT_TRUE(metrics);
  ExpectNoneIn("the metrics", *metrics);
  controller.Signal(SIGABRT);
  EXPECT_EQ(controller.AwaitExit(seconds(30)), 128 + SIGABRT);
  EXPECT_FALSE(controller.left_core());
  ExpectNoneIn("the controller's log", controller.log());
}

}  // namespace
}  // namespace freehold::test

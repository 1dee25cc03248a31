// Which cluster is chosen, and what is said when none can be.
#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>

#include "operator/kube/config.h"
#include "operator/kube/credentials.h"
#include "operator/kube/files.h"
#include "operator/kube/kubeconfig.h"
#include "tests/unit/manual_clock.h"

namespace freehold::kube {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using namespace std::chrono_literals;

/// A folder that is removed again.
class Folder : public testing::Test {
 protected:
  Folder() : folder_(fs::temp_directory_path() / ("freehold-config-" + std::to_string(::getpid()))) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~Folder() override { fs::remove_all(folder_); }

  fs::path Write(const fs::path& name, const std::string& content) const {
    const fs::path path = folder_ / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << content;
    return path;
  }

  const fs::path folder_;
  ManualClock clock;
};

std::string ConfigOf(const std::string& name) {
  return "apiVersion: v1\nkind: Config\ncurrent-context: " + name + "\nclusters: [{name: " + name +
         ", cluster: {server: 'https://" + name + ":6443'}}]\nusers: [{name: " + name + ", user: {token: token-of-" +
         name + "}}]\ncontexts: [{name: " + name + ", context: {cluster: " + name + ", user: " + name +
         ", namespace: ns-of-" + name + "}}]\n";
}

class Config : public Folder {
 protected:
  std::map<std::string, std::string> variables;
  Surroundings Around() const {
    return {.variable =
                [this](const std::string& name) {
                  const auto found = variables.find(name);
                  return found == variables.end() ? std::nullopt : std::optional(found->second);
                },
            .service_account = folder_ / "serviceaccount"};
  }

  void InPod(const std::string& host = "10.0.0.1") {
    variables["KUBERNETES_SERVICE_HOST"] = host;
    variables["KUBERNETES_SERVICE_PORT"] = "443";
    Write("serviceaccount/token", "pod-token\n");
    Write("serviceaccount/ca.crt", "ca");
    Write("serviceaccount/namespace", "freehold-system");
  }

  void AtHome() {
    variables["HOME"] = folder_.string();
    Write(".kube/config", ConfigOf("home"));
  }

  ClusterAccess Load(const ConfigQuery& query = {}) const {
    auto access = LoadClusterAccess(query, Around(), clock);
    EXPECT_TRUE(access) << access.error().message;
    return access ? *access : ClusterAccess{};
  }

  std::string Refusal(const ConfigQuery& query = {}) const {
    const auto access = LoadClusterAccess(query, Around(), clock);
    if (access) return "accepted";
    EXPECT_EQ(access.error().reason, "InvalidConfig");
    return access.error().message;
  }

  std::string RefusalOf(const std::string& text) const { return Refusal({.kubeconfig = Write("config", text)}); }

  static std::string Authorization(const ClusterAccess& access) {
    return (*access.endpoint.credentials->Current())->authorization.Reveal();
  }
};

TEST_F(Config, ComesFromTheFlagFirst) {
  InPod();
  AtHome();
  variables["KUBECONFIG"] = Write("variable", ConfigOf("variable"));
  const auto access = Load({.kubeconfig = Write("flag", ConfigOf("flag"))});
  EXPECT_EQ(access.endpoint.url, "https://flag:6443");
  EXPECT_EQ(access.ns, "ns-of-flag");
  EXPECT_EQ(Authorization(access), "Bearer token-of-flag");
}

TEST_F(Config, ComesFromTheVariableBeforeThePod) {
  InPod();
  variables["KUBECONFIG"] = Write("variable", ConfigOf("variable"));
  EXPECT_EQ(Load().endpoint.url, "https://variable:6443");
}

TEST_F(Config, ComesFromThePodBeforeTheHome) {
  InPod();
  AtHome();
  const auto access = Load();
  EXPECT_EQ(access.endpoint.url, "https://10.0.0.1:443");
  EXPECT_EQ(access.ns, "freehold-system");
  EXPECT_EQ(Authorization(access), "Bearer pod-token");
  EXPECT_EQ((*access.endpoint.credentials->Current())->tls.authorities, "ca");
}

TEST_F(Config, ComesFromTheHomeLast) {
  AtHome();
  EXPECT_EQ(Load().endpoint.url, "https://home:6443");
}

TEST_F(Config, NamesTheWaysWhenThereIsNone) { EXPECT_THAT(Refusal(), HasSubstr("--kubeconfig")); }

TEST_F(Config, ReachesAnIpv6ServiceByItsName) {
  InPod("fd00::1");
  EXPECT_EQ(Load().endpoint.url, "https://kubernetes.default.svc:443");
}

TEST_F(Config, MergesTheFilesOfAListAndTheFirstWins) {
  Write("one", ConfigOf("one"));
  Write("two", ConfigOf("two") + "preferences: {}\n");
  variables["KUBECONFIG"] =
      (folder_ / "absent").string() + ":" + (folder_ / "one").string() + ":" + (folder_ / "two").string();
  EXPECT_EQ(Load().endpoint.url, "https://one:6443");
  EXPECT_EQ(Load({.context = "two"}).endpoint.url, "https://two:6443");
}

TEST_F(Config, ReadsMaterialGivenAsDataAndAsFilesBesideIt) {
  Write("certs/ca.crt", "the ca");
  const auto file = Write("config", R"(
current-context: c
clusters: [{name: c, cluster: {server: 'https://c', certificate-authority: certs/ca.crt, tls-server-name: api}}]
users: [{name: u, user: {client-certificate-data: Y2VydA==, client-key-data: a2V5}}]
contexts: [{name: c, context: {cluster: c, user: u}}]
)");
  const auto access = Load({.kubeconfig = file});
  const auto credentials = *access.endpoint.credentials->Current();
  EXPECT_EQ(credentials->tls.authorities, "the ca");
  EXPECT_EQ(credentials->tls.client_certificate, "cert");
  EXPECT_EQ(credentials->tls.client_key.Reveal(), "key");
  EXPECT_TRUE(credentials->authorization.empty());
  EXPECT_EQ(access.endpoint.tls_server_name, "api");
  EXPECT_TRUE(access.endpoint.verify_server);
}

TEST_F(Config, NamesFileFieldAndRemedy) {
  const std::string file = (folder_ / "config").string();
  EXPECT_EQ(RefusalOf("clusters: 3"), file + ": clusters must be a list");
  EXPECT_EQ(RefusalOf("clusters: [{name: c, cluster: {}}]"), file + ": clusters[0].cluster.server is missing");
  EXPECT_EQ(RefusalOf("users: [{name: u, user: {client-key-data: '!'}}]"),
            file + ": users[0].user.client-key-data must be base64");
  EXPECT_EQ(RefusalOf("users: [{name: u, user: {client-key-data: a2V5}}]"),
            file + ": users[0].user needs client-certificate and client-key together");
  EXPECT_THAT(RefusalOf("users: [{name: u, user: {auth-provider: {name: gcp}}}]"), HasSubstr("use a token"));
  EXPECT_THAT(RefusalOf("users: [{name: u, user: {exec: {apiVersion: v9, command: x}}}]"),
              HasSubstr("users[0].user.exec.apiVersion must be client.authentication.k8s.io/v1"));
  EXPECT_THAT(RefusalOf("a: [b\nc"), HasSubstr("is not valid YAML"));
  EXPECT_THAT(RefusalOf("just text"), HasSubstr("is no kubeconfig"));
  EXPECT_THAT(RefusalOf(""), HasSubstr("current-context is empty"));
  EXPECT_THAT(RefusalOf("current-context: gone"), HasSubstr("contexts has no \"gone\""));
  EXPECT_THAT(RefusalOf("current-context: c\ncontexts: [{name: c, context: {cluster: x}}]"),
              HasSubstr("clusters has no \"x\", which context \"c\" names"));
  EXPECT_THAT(Refusal({.kubeconfig = "/nowhere/config"}), HasSubstr("/nowhere/config: No such file"));
}

TEST_F(Config, QuotesNoSecretInItsRefusals) {
  EXPECT_THAT(RefusalOf("users: [{name: u, user: {client-key-data: 'hunter2!'}}]"), testing::Not(HasSubstr("hunter2")));
}

using Credentials = Folder;

TEST_F(Credentials, AreReadAgainAfterAMinute) {
  const auto source = MakeFileCredentials({.token = {.file = Write("token", "one\n")}}, clock);
  EXPECT_EQ((*source->Current())->authorization.Reveal(), "Bearer one");
  Write("token", "two");
  clock.Advance(59s);
  EXPECT_EQ((*source->Current())->authorization.Reveal(), "Bearer one");
  clock.Advance(1s);
  EXPECT_EQ((*source->Current())->authorization.Reveal(), "Bearer two");
}

TEST_F(Credentials, AreReadAgainAtOnceWhenRefused) {
  const auto source = MakeFileCredentials({.token = {.file = Write("token", "one")}}, clock);
  (void)source->Current();
  Write("token", "two");
  source->Refused();
  EXPECT_EQ((*source->Current())->authorization.Reveal(), "Bearer two");
}

TEST_F(Credentials, StayAsTheyWereWhileAFileIsGone) {
  const auto source = MakeFileCredentials({.token = {.file = Write("token", "one")}}, clock);
  (void)source->Current();
  fs::remove(folder_ / "token");
  clock.Advance(2min);
  EXPECT_EQ((*source->Current())->authorization.Reveal(), "Bearer one");
}

TEST_F(Credentials, AreUnavailableWhenTheyNeverCouldBeRead) {
  const auto source = MakeFileCredentials({.token = {.file = folder_ / "token"}}, clock);
  EXPECT_EQ(source->Current().error().reason, "CredentialsUnavailable");
  Write("token", "at last");
  clock.Advance(61s);
  EXPECT_TRUE(source->Current());
}

TEST_F(Credentials, MayBeAPassword) {
  const auto source = MakeFileCredentials({.username = "me", .password = base::Sensitive("pw")}, clock);
  EXPECT_EQ((*source->Current())->authorization.Reveal(), "Basic bWU6cHc=");
}

class Plugin : public Folder {
 protected:
  /// A plugin that counts its runs and prints what a file holds.
  ExecPlugin Make() {
    const auto program = Write("plugin", "#!/bin/sh\necho run >> \"$LOG\"\ncat \"$1\"\n");
    fs::permissions(program, fs::perms::owner_all);
    return {.api_version = "client.authentication.k8s.io/v1",
            .command = program,
            .arguments = {folder_ / "answer"},
            .environment = {{"LOG", folder_ / "log"}},
            .install_hint = "install it"};
  }

  void Answer(const std::string& status) const {
    Write("answer",
          R"({"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":)" + status + "}");
  }

  std::size_t Runs() const {
    const auto log = ReadFile(folder_ / "log");
    return log ? static_cast<std::size_t>(std::count(log->begin(), log->end(), '\n')) : 0;
  }

  std::shared_ptr<http::CredentialSource> Source() {
    return MakeExecCredentials(Make(), {}, MakeFileCredentials({}, clock), clock);
  }
};

TEST_F(Plugin, IsRunOnceUntilItsCredentialExpires) {
  Answer(R"({"token":"one","expirationTimestamp":"2026-03-01T12:10:00Z"})");
  const auto source = Source();
  EXPECT_EQ((*source->Current())->authorization.Reveal(), "Bearer one");
  (void)source->Current();
  EXPECT_EQ(Runs(), 1u);
  Answer(R"({"token":"two"})");
  clock.Advance(9min + 55s);
  EXPECT_EQ((*source->Current())->authorization.Reveal(), "Bearer two");
  clock.Advance(24h);
  (void)source->Current();
  EXPECT_EQ(Runs(), 2u) << "a credential without end is kept";
}

TEST_F(Plugin, IsRunAgainWhenItsCredentialIsRefused) {
  Answer(R"({"token":"one"})");
  const auto source = Source();
  (void)source->Current();
  source->Refused();
  (void)source->Current();
  EXPECT_EQ(Runs(), 1u) << "not more often than every ten seconds";
  clock.Advance(11s);
  (void)source->Current();
  EXPECT_EQ(Runs(), 2u);
}

TEST_F(Plugin, MayGiveACertificate) {
  Answer(R"({"clientCertificateData":"cert","clientKeyData":"key"})");
  const auto credentials = *Source()->Current();
  EXPECT_EQ(credentials->tls.client_certificate, "cert");
  EXPECT_EQ(credentials->tls.client_key.Reveal(), "key");
}

TEST_F(Plugin, IsNotBelievedWhenItsAnswerIsOdd) {
  for (const char* status :
       {R"({})", R"({"clientKeyData":"secret"})", "3", R"({"token":"t","expirationTimestamp":"x"})"}) {
    Answer(status);
    const auto refused = Source()->Current();
    ASSERT_FALSE(refused) << status;
    EXPECT_EQ(refused.error().reason, "ExecPluginFailed");
    EXPECT_THAT(refused.error().message, testing::Not(HasSubstr("secret")));
  }
  Write("answer", "no json");
  EXPECT_THAT(Source()->Current().error().message, HasSubstr("(install it)"));
}

TEST_F(Plugin, ThatFailsOrHangsOrIsAbsentIsReported) {
  ExecPlugin plugin{.api_version = "client.authentication.k8s.io/v1", .command = "false"};
  EXPECT_THAT(RunExecPlugin(plugin, {}, 10s).error().message, HasSubstr("status 1"));
  plugin.command = "/nowhere/plugin";
  EXPECT_THAT(RunExecPlugin(plugin, {}, 10s).error().message, HasSubstr("No such file"));
  plugin = {.api_version = "client.authentication.k8s.io/v1", .command = "sleep", .arguments = {"100"}};
  EXPECT_THAT(RunExecPlugin(plugin, {}, 1s).error().message, HasSubstr("did not finish in time"));
  plugin = {.api_version = "client.authentication.k8s.io/v1",
            .command = "sh",
            .arguments = {"-c", "exec >&-; exec sleep 100"}};
  EXPECT_THAT(RunExecPlugin(plugin, {}, 1s).error().message, HasSubstr("did not finish in time"));
  plugin = {.api_version = "client.authentication.k8s.io/v1", .command = "yes"};
  EXPECT_THAT(RunExecPlugin(plugin, {}, 10s).error().message, HasSubstr("more than 1 MiB"));
}

TEST_F(Plugin, IsToldOfTheClusterOnlyIfItAsks) {
  ExecPlugin plugin = Make();
  const ExecCluster cluster{.server = "https://x", .authority_pem = "ca"};
  EXPECT_EQ(ExecInfo(plugin, cluster),
            R"({"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","spec":{"interactive":false}})");
  plugin.provide_cluster_info = true;
  EXPECT_THAT(ExecInfo(plugin, cluster),
              HasSubstr(R"("cluster":{"server":"https://x","certificate-authority-data":"Y2E="})"));
}

}  // namespace
}  // namespace freehold::kube

// The admission webhook as `kubectl apply` meets it: the chart's configuration and rights, certificates of its own, one
// controller or two.
#include <gmock/gmock.h>
#include <signal.h>

#include "door.h"
#include "operator/base/base64.h"
#include "operator/http/cpprest_transport.h"
#include "operator/kube/config.h"
#include "operator/kube/subprocess.h"
#include "operator/webhook/keyring.h"
#include "operator/webhook/target.h"
#include "operator_world.h"
#include "program.h"
#include "tls_client.h"

namespace freehold::test {
namespace {

using base::Json;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr const char* kName = "freehold-webhook";
const kube::Name kSecret{Cluster::kNamespace, kName};

/// What a shell says, by either way.
std::string Say(const std::string& script) {
  const auto said = kube::RunCommand({.program = "bash",
                                      .arguments = {"-uc", "{ " + script + "\n} 2>&1 || true"},
                                      .environment = {{"KUBECONFIG", std::getenv("FREEHOLD_TEST_KUBECONFIG")}}},
                                     seconds(120));
  return said ? said->Reveal() : said.error().message;
}

std::string Install(const std::string& values) {
  return Say("helm upgrade --install freehold charts/freehold -n freehold-system --set controller.enabled=false" +
             (values.empty() ? "" : "," + values));
}

std::string Manifest(const OperatorWorld& world, const std::string& name, const std::string& spec) {
  return "apiVersion: freehold.dev/v1alpha1\nkind: ServiceDatabase\nmetadata: {name: " + name +
         ", namespace: " + world.ns + "}\nspec: {server: " + world.server + (spec.empty() ? "" : ", " + spec) + "}\n";
}
std::string KubectlApply(const OperatorWorld& world, const std::string& name, const std::string& spec) {
  return Say("kubectl apply -f - <<'YAML'\n" + Manifest(world, name, spec) + "YAML\n");
}

std::optional<webhook::Keyring> KeyringNow() {
  const auto secret = Cluster::Instance().admin().Get(webhook::SecretType(), kSecret);
  return secret ? std::optional(webhook::ReadKeyring(*secret).value()) : std::nullopt;
}
std::string BundleNow() {
  const auto object = Cluster::Instance().admin().Get(webhook::ConfigurationType(), {"", kName});
  return object ? webhook::ReadTarget(*object).value().bundles.front() : "";
}
/// The API server has been told whom to trust; it takes notice within a moment.
bool IsTrusted() {
  const auto keyring = KeyringNow();
  return keyring && !keyring->authorities.empty() && keyring->authorities == BundleNow();
}

/// Asks the API server without a pause whether it would take a ServiceDatabase in.
class Asker {
 public:
  explicit Asker(const OperatorWorld& world)
      : target_("/apis/freehold.dev/v1alpha1/namespaces/" + world.ns + "/servicedatabases?dryRun=All"),
        body_(Json{{"apiVersion", "freehold.dev/v1alpha1"},
                   {"kind", "ServiceDatabase"},
                   {"metadata", {{"name", "asked"}}},
                   {"spec", {{"server", world.server}}}}
                  .dump()) {
    const auto access = kube::LoadClusterAccess({std::getenv("FREEHOLD_TEST_KUBECONFIG"), ""},
                                                kube::Surroundings::OfThisProcess(), base::SystemClock());
    transport_ = http::MakeTransport(access.value().endpoint).value();
    thread_ = std::jthread([this](std::stop_token stop) {
      while (!stop.stop_requested()) Ask();
    });
  }

  int asked() const { return asked_; }
  /// What was answered other than yes. Ends the asking.
  std::vector<std::string> Complaints() {
    thread_ = {};
    return complaints_;
  }

 private:
  void Ask() {
    const auto reply = transport_->Send(
        {.method = "POST", .target = target_, .headers = {{"Content-Type", "application/json"}}, .body = body_});
    ++asked_;
    if (!reply) return complaints_.push_back(reply.error().message);
    if (reply->status != 201) complaints_.push_back(reply->body);
  }

  const std::string target_;
  const std::string body_;
  std::shared_ptr<http::Transport> transport_;
  std::atomic<int> asked_{0};
  std::vector<std::string> complaints_;  ///< used by thread_ until it ends
  std::jthread thread_;
};

class Webhook : public testing::Test {
 protected:
  Webhook() { (void)Cluster::Instance().admin().Delete(webhook::SecretType(), kSecret, ""); }
  ~Webhook() override {
    for (auto& replica : replicas) replica->Signal(SIGTERM);
    for (auto& replica : replicas) EXPECT_TRUE(replica->AwaitExit(seconds(30))) << replica->log();
    EXPECT_THAT(Install(""), HasSubstr("STATUS: deployed"));
  }

  void Configure(const std::string& failure_policy) {
    const std::string url = "https://127.0.0.1:" + std::to_string(door.port()) + "/review";
    EXPECT_THAT(Install("webhook.url=" + url + ",webhook.failurePolicy=" + failure_policy),
                HasSubstr("STATUS: deployed"));
  }
  ControllerProgram& StartReplica(std::vector<std::string> more_flags = {}) {
    more_flags.insert(more_flags.end(),
                      {"--webhook-bind-address", "127.0.0.1:" + std::to_string(ports[replicas.size()])});
    replicas.push_back(std::make_unique<ControllerProgram>(more_flags));
    return *replicas.back();
  }
  /// Until the API server asks it.
  bool AwaitService(const ControllerProgram& replica) {
    return replica.AwaitReady(seconds(60)) && Await(seconds(30), IsTrusted) && Await(seconds(30), [&] {
             Say("kubectl create --dry-run=server -f - <<'YAML'\n" + Manifest(world, "probe", "") + "YAML\n");
             return ReviewsOf(replica) > 0;
           });
  }
  double ReviewsOf(const ControllerProgram& replica) const {
    const auto metrics = replica.Metrics().value_or("");
    const std::string series = "freehold_webhook_reviews_total{result=\"allowed\"} ";
    const auto at = metrics.find(series);
    return at == metrics.npos ? 0 : std::stod(metrics.substr(at + series.size()));
  }

  OperatorWorld world;
  const std::vector<int> ports{FreePort(), FreePort()};
  Door door{ports};
  std::vector<std::unique_ptr<ControllerProgram>> replicas;
};

TEST_F(Webhook, RefusesASecondClaimantAtOnceAndNamesOwnerAndRemedy) {
  Configure("Ignore");
  auto& controller = StartReplica();
  ASSERT_TRUE(AwaitService(controller)) << controller.log();
  EXPECT_THAT(KubectlApply(world, "orders", "name: " + world.ns + "_orders"), HasSubstr("created"));
  std::string said;
  EXPECT_TRUE(Await(seconds(10),
                    [&] {
                      said = Say("kubectl create --dry-run=server -f - <<'YAML'\n" +
                                 Manifest(world, "thief", "name: " + world.ns + "_orders") + "YAML\n");
                      return said.find("denied the request") != said.npos;
                    }))
      << said << controller.log();
  said = KubectlApply(world, "thief", "name: " + world.ns + "_orders");
  EXPECT_THAT(said, AllOf(HasSubstr("admission webhook \"review.freehold.dev\" denied the request: spec.name: store "),
                          HasSubstr("belongs to ServiceDatabase " + world.ns + "/orders; choose another spec.name")));
  EXPECT_FALSE(world.Exists("thief"));
  EXPECT_THAT(controller.Metrics().value_or(""), HasSubstr("freehold_webhook_reviews_total{result=\"refused\"}"));
  EXPECT_THAT(KubectlApply(world, "later", "consumes: [{event: E, from: nobody}]"),
              AllOf(HasSubstr("Warning: spec.consumes[0].from: there is no service"), HasSubstr("created")));
  EXPECT_THAT(controller.log(), Not(HasSubstr("PRIVATE KEY")));
}

TEST_F(Webhook, AnswersNothingButReviews) {
  Configure("Ignore");
  auto& controller = StartReplica();
  ASSERT_TRUE(AwaitService(controller)) << controller.log();
  const auto port = static_cast<std::uint16_t>(ports[0]);
  const auto post = [&](const std::string& path, const std::string& body, std::size_t length) {
    TlsClient client(port, BundleNow(), "127.0.0.1");
    EXPECT_TRUE(client.connected());
    return client.Ask("POST " + path + " HTTP/1.1\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n" + body);
  };
  EXPECT_THAT(post("/review", "nonsense", 8), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(post("/review", "{}", 2),
              AllOf(StartsWith("HTTP/1.1 400 "), HasSubstr("not an AdmissionReview of admission.k8s.io/v1")));
  EXPECT_THAT(post("/review", "", std::size_t{1} << 30), StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(post("/metrics", "", 0), StartsWith("HTTP/1.1 404 "));
  EXPECT_FALSE(TlsClient(port, BundleNow(), "localhost").connected());
}

TEST_F(Webhook, ChangesItsCertificateWhileRequestsRun) {
  Configure("Fail");
  auto& controller = StartReplica({"--webhook-certificate-lifetime", "20s"});
  ASSERT_TRUE(AwaitService(controller)) << controller.log();
  const auto before = KeyringNow();
  Asker asker(world);
  ASSERT_TRUE(Await(seconds(60), [&] { return KeyringNow()->current.certificate != before->current.certificate; }))
      << controller.log();
  const auto ends = webhook::HeldOf(before->current, before->authorities)->ends;
  ASSERT_TRUE(Await(seconds(60), [&] { return base::SystemClock().Now() > ends + seconds(2); }));
  EXPECT_THAT(asker.Complaints(), IsEmpty()) << controller.log();
  EXPECT_GT(asker.asked(), 100);
  EXPECT_GT(ReviewsOf(controller), 100);
  EXPECT_FALSE(controller.AwaitExit(seconds(0))) << "it runs on";
}

TEST_F(Webhook, OfTwoReplicasOneIsEnough) {
  Configure("Fail");
  auto& first = StartReplica();
  ASSERT_TRUE(AwaitService(first)) << first.log();
  auto& second = StartReplica();
  ASSERT_TRUE(second.AwaitReady(seconds(60))) << second.log();
  Asker asker(world);
  ASSERT_TRUE(Await(seconds(30), [&] { return asker.asked() > 50; }));
  first.Signal(SIGTERM);
  EXPECT_EQ(first.AwaitExit(seconds(30)), 0) << first.log();
  const int asked = asker.asked();
  ASSERT_TRUE(Await(seconds(30), [&] { return asker.asked() > asked + 50; }));
  EXPECT_THAT(asker.Complaints(), IsEmpty()) << first.log() << second.log();
  EXPECT_GT(ReviewsOf(second), 50);
  replicas.erase(replicas.begin());
}

TEST_F(Webhook, ThatIsDownLetsInWhatTheReconcilerThenStalls) {
  Configure("Ignore");
  EXPECT_THAT(KubectlApply(world, "orders", "name: " + world.ns + "_orders"), HasSubstr("created"));
  world.Start()->Settle();
  EXPECT_THAT(KubectlApply(world, "thief", "name: " + world.ns + "_orders"), HasSubstr("created"));
  world.Start()->Settle();
  EXPECT_EQ(ReasonOf(world.Get("thief"), "Stalled"), "StoreOwnedByAnother");
  EXPECT_EQ(StatusOf(world.Get("orders"), "Ready"), "True");
}

TEST_F(Webhook, ThatIsDownAndMustNotBeStopsNewSpecsAndNothingElse) {
  EXPECT_THAT(KubectlApply(world, "orders", "name: " + world.ns + "_orders"), HasSubstr("created"));
  Configure("Fail");
  std::string said;
  ASSERT_TRUE(Await(seconds(30), [&] {
    said = KubectlApply(world, "cart", "name: " + world.ns + "_cart");
    return said.find("failed calling webhook") != said.npos;
  })) << said;
  const std::string orders = "kubectl -n " + world.ns + " annotate sdb orders team=shop";
  EXPECT_THAT(Say(orders), HasSubstr("annotated"));
  world.Start()->Settle();
  EXPECT_EQ(StatusOf(world.Get("orders"), "Ready"), "True") << "the controller writes finalizer and status";
  world.Annotate("orders", "freehold.dev/paused", "true");
  EXPECT_THAT(Say("kubectl -n " + world.ns + " delete sdb orders --wait=false"), HasSubstr("failed calling webhook"));
  Say("kubectl delete namespace " + world.ns + " --wait=false");
  EXPECT_TRUE(Await(seconds(30), [&] { return world.Get("orders").meta.deleted.has_value(); }))
      << "a namespace can always be cleared";
}

TEST_F(Webhook, KeepsItsCertificateOverUpgradesAndMakesAnotherWhenItMust) {
  Configure("Ignore");
  auto& controller = StartReplica();
  ASSERT_TRUE(AwaitService(controller)) << controller.log();
  const auto before = KeyringNow();
  const std::string bundle = BundleNow();
  // A release that is upgraded keeps what the controller wrote.
  EXPECT_THAT(
      Install("webhook.timeoutSeconds=7,webhook.url=https://127.0.0.1:" + std::to_string(door.port()) + "/review"),
      HasSubstr("STATUS: deployed"));
  EXPECT_EQ(BundleNow(), bundle);
  // Called by another name it makes a certificate for that.
  EXPECT_THAT(Install("webhook.url=https://localhost:" + std::to_string(door.port()) + "/review"),
              HasSubstr("STATUS: deployed"));
  EXPECT_TRUE(Await(seconds(60), [&] {
    const auto now = KeyringNow();
    const auto held = webhook::HeldOf(now->current, now->authorities);
    return held && held->names == std::vector<std::string>{"localhost"} && IsTrusted();
  })) << controller.log();
  // Who deletes the Secret has all made anew.
  const auto local = KeyringNow();
  ASSERT_TRUE(Cluster::Instance().admin().Delete(webhook::SecretType(), kSecret, ""));
  EXPECT_TRUE(Await(seconds(60), [&] {
    const auto now = KeyringNow();
    return now && now->current.certificate != local->current.certificate && IsTrusted();
  })) << controller.log();
  EXPECT_EQ(BundleNow().find(bundle), std::string::npos);
}

}  // namespace
}  // namespace freehold::test

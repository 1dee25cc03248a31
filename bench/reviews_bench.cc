#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "admission_bench.h"
#include "await.h"
#include "operator/http/cpprest_transport.h"
#include "operator/kube/config.h"
#include "operator/serve/certificate.h"
#include "operator/serve/server.h"
#include "operator/webhook/target.h"
#include "operator_world.h"
#include "program.h"
#include "reconcilers/api/kinds.h"
#include "tests/world/tls_client.h"

namespace freehold::bench {
namespace {

using base::Json;
using Clock = std::chrono::steady_clock;
using std::chrono::seconds;

constexpr const char* kNamespace = "review-bench";
constexpr const char* kHost = "127.0.0.1";
constexpr int kConnections = 4;
constexpr int kRounds = 3;
constexpr seconds kRound{10};
const Json kYes = {{"apiVersion", "admission.k8s.io/v1"},
                   {"kind", "AdmissionReview"},
                   {"response", {{"uid", "review-1"}, {"allowed", true}}}};

Json Database(const std::string& name, int publisher) {
  const Json owned = {{"aggregate", "A" + name}, {"tables", Json::array({name + "_one", name + "_two"})}};
  const Json consumed = {{"event", "Changed"}, {"from", "s" + std::to_string(publisher)}};
  return {{"apiVersion", "freehold.dev/v1alpha1"},
          {"kind", "ServiceDatabase"},
          {"metadata", {{"name", name}, {"namespace", kNamespace}}},
          {"spec",
           {{"owns", Json::array({owned})},
            {"publishes", Json::array({Json{{"event", "Changed"}}})},
            {"consumes", Json::array({consumed})}}}};
}

/// Each consumes of the one before.
void Fill(int count) {
  Shell(std::string("kubectl create namespace ") + kNamespace + " >&2");
  auto& admin = test::Cluster::Instance().admin();
  for (int at = 0; at < count; ++at) {
    const auto made = admin.Create(api::ServiceDatabaseType(), kNamespace,
                                   Database("s" + std::to_string(at), at == 0 ? count - 1 : at - 1));
    if (!made) throw std::runtime_error(made.error().message);
  }
}

/// The controller has said of every one that there is no server, and rests.
void AwaitRest(int count) {
  const bool rests = test::Await(seconds(300), [&] {
    int stalled = 0;
    (void)test::Cluster::Instance().admin().List(api::ServiceDatabaseType(),
                                                 {.ns = kNamespace, .label_selector = {}, .field_selector = {}},
                                                 [&](const Json& json) {
                                                   const auto object = api::ReadServiceDatabase(json);
                                                   if (object && test::StatusOf(*object, "Stalled") == "True")
                                                     ++stalled;
                                                 });
    return stalled == count;
  });
  if (!rests) throw std::runtime_error("the controller did not come to rest");
}

std::string ReviewRequest() {
  Json object = Database("newcomer", 7);
  object["metadata"]["uid"] = "00000000-0000-0000-0000-000000000000";
  const Json review = {{"apiVersion", "admission.k8s.io/v1"},
                       {"kind", "AdmissionReview"},
                       {"request",
                        {{"uid", "review-1"},
                         {"kind", {{"group", "freehold.dev"}, {"version", "v1alpha1"}, {"kind", "ServiceDatabase"}}},
                         {"operation", "CREATE"},
                         {"object", object},
                         {"oldObject", nullptr}}}};
  const std::string body = review.dump();
  return "POST /review HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// `rate` requests a second, each at its time whether those before are answered or not; counted from that time.
void Ask(int port, const std::string& authority, int rate, std::vector<Seconds>& times) {
  const std::string request = ReviewRequest();
  const auto interval = std::chrono::duration_cast<Clock::duration>(Seconds(1.0 / rate));
  const int count = static_cast<int>(kRound.count()) * rate;
  const auto began = Clock::now() + std::chrono::milliseconds(100);
  std::vector<std::vector<Seconds>> parts(kConnections);
  std::atomic<int> wrong{0};
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kConnections; ++thread) {
      threads.emplace_back([&, thread] {
        TlsClient client(static_cast<std::uint16_t>(port), authority, kHost);
        for (int at = thread; at < count; at += kConnections) {
          const auto due = began + at * interval;
          std::this_thread::sleep_until(due);
          const auto reply = client.Ask(request);
          parts[thread].push_back(Clock::now() - due);
          if (reply.find("\"allowed\":true") == reply.npos) ++wrong;
        }
      });
    }
  }
  if (wrong > 0) throw std::runtime_error(std::to_string(wrong) + " reviews were not answered with yes");
  for (const auto& part : parts) times.insert(times.end(), part.begin(), part.end());
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

class YesServer {
 public:
  explicit YesServer(const std::string& self) : file_("/tmp/freehold-bench-" + std::to_string(getpid()) + ".crt") {
    const std::string port = std::to_string(port_);
    pid_ = fork();
    if (pid_ == 0) {
      execl(self.c_str(), self.c_str(), "yes-server", port.c_str(), file_.c_str(), nullptr);
      _exit(127);
    }
    if (!test::Await(seconds(20), [&] { return !authority().empty(); }))
      throw std::runtime_error("no server to compare");
  }
  ~YesServer() {
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
    unlink(file_.c_str());
  }
  int port() const { return port_; }
  std::string authority() const { return ReadFile(file_); }

 private:
  const int port_ = test::FreePort();
  const std::string file_;
  pid_t pid_ = 0;
};

double MetricOf(const test::ControllerProgram& controller, const std::string& series) {
  const std::string text = controller.Metrics().value_or("");
  const auto at = text.find("\n" + series + " ");
  return at == text.npos ? 0 : std::stod(text.substr(at + series.size() + 2));
}

/// Creates that are thrown away, one after the other.
void CreateDry(int count, std::vector<Seconds>& times) {
  const auto access = kube::LoadClusterAccess({std::getenv("FREEHOLD_TEST_KUBECONFIG"), ""},
                                              kube::Surroundings::OfThisProcess(), base::SystemClock());
  const auto transport = http::MakeTransport(access.value().endpoint).value();
  const http::Request request{
      .method = "POST",
      .target = std::string("/apis/freehold.dev/v1alpha1/namespaces/") + kNamespace + "/servicedatabases?dryRun=All",
      .headers = {{"Content-Type", "application/json"}},
      .body = Database("newcomer", 7).dump()};
  for (int at = 0; at < count + 10; ++at) {
    const auto began = Clock::now();
    const auto reply = transport->Send(request);
    if (!reply || reply->status != 201) throw std::runtime_error(reply ? reply->body : reply.error().message);
    if (at >= 10) times.push_back(Clock::now() - began);  // The first ones open connections.
  }
}

std::string BundleNow() {
  const auto object = test::Cluster::Instance().admin().Get(webhook::ConfigurationType(), {"", "freehold-webhook"});
  const auto target = object ? webhook::ReadTarget(*object) : base::Result<webhook::Target>{};
  return target && !target->bundles.empty() ? target->bundles.front() : "";
}

}  // namespace

void RunYesServer(int port, const std::string& authority_file) {
  const auto now = base::SystemClock().Now();
  const auto issued = serve::Issue({kHost}, now - std::chrono::hours(1), now + std::chrono::hours(1));
  const auto tls = std::make_shared<serve::Tls>();
  if (const auto used = tls->Use(issued.identity); !used) throw std::runtime_error(used.error().message);
  serve::Routes routes;
  routes.Add("POST", "/review", [](const serve::Request&) {
    return serve::Response{.content_type = "application/json", .body = kYes.dump()};
  });
  const auto server =
      serve::Server::Start({.address = kHost, .port = static_cast<std::uint16_t>(port), .tls = tls}, std::move(routes));
  if (!server) throw std::runtime_error(server.error().message);
  std::ofstream(authority_file + ".new") << issued.authority;
  rename((authority_file + ".new").c_str(), authority_file.c_str());
  pause();
}

void MeasureReviews(const std::string& self, int databases, int rate) {
  test::Cluster::Instance();
  Install("webhook.enabled=false");
  Fill(databases);
  const int port = test::FreePort();
  const std::string address = std::string(kHost) + ":" + std::to_string(port);
  const std::string with = "webhook.url=https://" + address + "/review,webhook.failurePolicy=Fail";
  Install(with);
  const test::ControllerProgram controller({"--webhook-bind-address", address});
  if (!controller.AwaitReady(seconds(60)) || !test::Await(seconds(30), [] { return !BundleNow().empty(); })) {
    throw std::runtime_error("the webhook did not start: " + controller.log());
  }
  AwaitRest(databases);

  const YesServer yes(self);
  Times limit{.who = "the limit: the same server says yes at once", .each = {}};
  Times freehold{.who = "Freehold, " + std::to_string(databases) + " ServiceDatabases", .each = {}};
  for (int round = 0; round < kRounds; ++round) {
    Ask(yes.port(), yes.authority(), rate, limit.each);
    Ask(port, BundleNow(), rate, freehold.each);
  }
  std::cout << Latencies("The webhook at " + std::to_string(rate) + " requests a second", {limit, freehold});
  const double mean = MetricOf(controller, "freehold_webhook_review_seconds_sum") /
                      MetricOf(controller, "freehold_webhook_review_seconds_count");
  std::cout << "Of that the review itself, on average: " << mean * 1000 << " ms\n\n" << std::flush;

  Times off{.who = "without the webhook", .each = {}}, on{.who = "with it", .each = {}};
  for (int round = 0; round < kRounds; ++round) {
    Install("webhook.enabled=false");
    CreateDry(200, off.each);
    Install(with);
    if (!test::Await(seconds(60), [] { return !BundleNow().empty(); }))
      throw std::runtime_error("the bundle did not come back");
    const auto answered = [&] { return MetricOf(controller, "freehold_webhook_review_seconds_count"); };
    const double before = answered();
    std::vector<Seconds> ignored;
    if (!test::Await(seconds(60), [&] {
          try {
            CreateDry(1, ignored);
          } catch (const std::runtime_error&) {
            return false;
          }
          return answered() > before;
        })) {
      throw std::runtime_error("the webhook is not asked");
    }
    CreateDry(200, on.each);
  }
  std::cout << Latencies("Create of a ServiceDatabase, through the API server", {off, on}) << std::flush;
}

}  // namespace freehold::bench

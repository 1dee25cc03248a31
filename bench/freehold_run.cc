#include "freehold_run.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "operator/kube/subprocess.h"
#include "reconcilers/api/kinds.h"

namespace freehold::bench {
namespace {

using Clock = std::chrono::steady_clock;

/// The controller, until the end of this object. Its log goes to the file FREEHOLD_BENCH_LOG, if set.
class ControllerProcess {
 public:
  ControllerProcess() {
    const char* binary = std::getenv("FREEHOLD_TEST_BIN");
    if (!binary) throw std::runtime_error("set FREEHOLD_TEST_BIN, or run this by dev/with-servers");
    const std::string kubeconfig = test::Cluster::Instance().controller_kubeconfig();
    const std::string metrics = "127.0.0.1:" + std::to_string(metrics_port_);
    pid_ = fork();
    if (pid_ != 0) return;
    const char* kept = std::getenv("FREEHOLD_BENCH_LOG");
    const int log = open(kept ? kept : "/dev/null", O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(log, STDERR_FILENO);
    execl(binary, binary, "controller", "--kubeconfig", kubeconfig.c_str(), "--no-leader-elect",
          "--metrics-bind-address", metrics.c_str(), "--health-probe-bind-address", "127.0.0.1:0", "--log-level",
          kept ? "info" : "warn", nullptr);
    _exit(127);
  }
  ~ControllerProcess() {
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
  }

  long rss_kib() const {
    std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("VmRSS:")) return std::stol(line.substr(6));
    }
    return 0;
  }

  /// The sum of all series whose line begins with `prefix`.
  double Metric(const std::string& prefix) const {
    const auto text =
        kube::RunCommand({.program = "curl",
                          .arguments = {"-sf", "http://127.0.0.1:" + std::to_string(metrics_port_) + "/metrics"},
                          .environment = {}},
                         std::chrono::seconds(10));
    if (!text) throw std::runtime_error(text.error().message);
    double sum = 0;
    std::istringstream lines(text->Reveal());
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with(prefix)) sum += std::stod(line.substr(line.rfind(' ')));
    }
    return sum;
  }

 private:
  const int metrics_port_ = 20000 + getpid() % 20000;
  pid_t pid_ = 0;
};

bool IsReady(const base::Json& json) {
  const auto object = api::ReadServiceDatabase(json);
  return object && test::StatusOf(*object, "Ready") == "True";
}

}  // namespace

Figures RunFreehold(test::OperatorWorld& world, int count) {
  Figures figures{.who = "Freehold", .count = count};
  auto& admin = test::Cluster::Instance().admin();
  const kube::ListOptions all{.ns = world.ns, .label_selector = {}, .field_selector = {}};
  std::set<std::string> ready;
  std::string version;
  {
    const auto listed = admin.List(api::ServiceDatabaseType(), all, [](const base::Json&) {});
    if (!listed) throw std::runtime_error(listed.error().message);
    version = *listed;
  }
  const auto began = Clock::now();
  ControllerProcess controller;
  while (static_cast<int>(ready.size()) < count) {
    const auto watched = admin.Watch(api::ServiceDatabaseType(), all,
                                     {.resource_version = version, .timeout = std::chrono::seconds(120)}, {},
                                     [&](const base::Json& event) {
                                       const auto& object = event["object"];
                                       const std::string name = object["metadata"]["name"];
                                       if (IsReady(object) && ready.insert(name).second)
                                         figures.each.push_back(Clock::now() - began);
                                       return static_cast<int>(ready.size()) < count;
                                     });
    if (!watched) throw std::runtime_error(watched.error().message);
    if (Clock::now() - began > std::chrono::minutes(20)) throw std::runtime_error("not all stores became Ready");
  }
  figures.wall = Clock::now() - began;
  figures.rss_kib = controller.rss_kib();
  figures.api_writes = controller.Metric("freehold_effect_seconds_count{kind=\"api\"") / count;
  figures.sql_round_trips = controller.Metric("freehold_sql_round_trips_total") / count;
  figures.connections = controller.Metric("freehold_sql_connections_total") / count;
  return figures;
}

}  // namespace freehold::bench

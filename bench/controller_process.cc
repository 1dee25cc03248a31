#include "controller_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>
#include <stdexcept>

#include "await.h"
#include "operator/kube/subprocess.h"
#include "operator_world.h"
#include "program.h"

namespace freehold::bench {

namespace {

std::optional<std::string> Fetch(int port, const std::string& path) {
  const auto text = kube::RunCommand(
      {.program = "curl", .arguments = {"-sf", "http://127.0.0.1:" + std::to_string(port) + path}, .environment = {}},
      std::chrono::seconds(10));
  if (!text) return std::nullopt;
  return text->Reveal();
}

double SumOf(const std::string& metrics, const std::string& prefix) {
  double sum = 0;
  std::istringstream lines(metrics);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(prefix)) sum += std::stod(line.substr(line.rfind(' ')));
  }
  return sum;
}

bool HasConverged(const std::string& metrics) {
  // A look at a server ends after its stores were named.
  return SumOf(metrics, "controller_runtime_reconcile_total{controller=\"databaseserver\"") > 0 &&
         SumOf(metrics, "workqueue_depth{controller=\"servicedatabase\"") == 0 &&
         SumOf(metrics, "controller_runtime_active_workers{controller=\"servicedatabase\"") == 0;
}

}  // namespace

ControllerProcess::ControllerProcess()
    : metrics_port_(test::FreePort()), probe_port_(test::FreePort()), began_(std::chrono::steady_clock::now()) {
  const std::string binary = test::FreeholdBinary();
  const std::string kubeconfig = test::Cluster::Instance().controller_kubeconfig();
  const std::string metrics = "127.0.0.1:" + std::to_string(metrics_port_);
  const std::string probes = "127.0.0.1:" + std::to_string(probe_port_);
  pid_ = fork();
  if (pid_ != 0) return;
  const char* kept = std::getenv("FREEHOLD_BENCH_LOG");
  const int log = open(kept ? kept : "/dev/null", O_WRONLY | O_CREAT | O_APPEND, 0600);
  dup2(log, STDERR_FILENO);
  execl(binary.c_str(), binary.c_str(), "controller", "--kubeconfig", kubeconfig.c_str(), "--no-leader-elect",
        "--metrics-bind-address", metrics.c_str(), "--health-probe-bind-address", probes.c_str(), "--log-level",
        kept ? "info" : "warn", nullptr);
  _exit(127);
}

ControllerProcess::~ControllerProcess() {
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
}

long ControllerProcess::rss_kib() const {
  std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stol(line.substr(6));
  }
  return 0;
}

double ControllerProcess::cpu_seconds() const {
  std::ifstream file("/proc/" + std::to_string(pid_) + "/stat");
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  std::istringstream fields(text.substr(text.rfind(')') + 2));
  double user = 0, system = 0;
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double ControllerProcess::Metric(const std::string& prefix) const {
  const auto text = Fetch(metrics_port_, "/metrics");
  if (!text) throw std::runtime_error("the controller does not answer");
  return SumOf(*text, prefix);
}

Seconds ControllerProcess::AwaitReady() const {
  if (!test::Await(std::chrono::seconds(120), [&] { return Fetch(probe_port_, "/readyz").has_value(); }))
    throw std::runtime_error("the controller did not become ready");
  return std::chrono::steady_clock::now() - began_;
}

Seconds ControllerProcess::AwaitConverged() const {
  const auto converged = [&] {
    const auto text = Fetch(metrics_port_, "/metrics");
    return text && HasConverged(*text);
  };
  if (!test::Await(std::chrono::seconds(600), converged)) throw std::runtime_error("the controller did not converge");
  return std::chrono::steady_clock::now() - began_;
}

}  // namespace freehold::bench

#include "controller_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "operator/kube/subprocess.h"
#include "operator_world.h"

namespace freehold::bench {

ControllerProcess::ControllerProcess() : metrics_port_(20000 + getpid() % 20000) {
  const char* binary = std::getenv("FREEHOLD_TEST_BIN");
  if (!binary) throw std::runtime_error("set FREEHOLD_TEST_BIN, or run this by dev/with-servers");
  const std::string kubeconfig = test::Cluster::Instance().controller_kubeconfig();
  const std::string metrics = "127.0.0.1:" + std::to_string(metrics_port_);
  pid_ = fork();
  if (pid_ != 0) return;
  const char* kept = std::getenv("FREEHOLD_BENCH_LOG");
  const int log = open(kept ? kept : "/dev/null", O_WRONLY | O_CREAT | O_APPEND, 0600);
  dup2(log, STDERR_FILENO);
  execl(binary, binary, "controller", "--kubeconfig", kubeconfig.c_str(), "--no-leader-elect", "--metrics-bind-address",
        metrics.c_str(), "--health-probe-bind-address", "127.0.0.1:0", "--log-level", kept ? "info" : "warn", nullptr);
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

}  // namespace freehold::bench

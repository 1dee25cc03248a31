#include "program.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "operator_world.h"

namespace freehold::test {
namespace {

std::string TemporaryFile(const std::string& content) {
  std::string path = "/tmp/freehold-test-XXXXXX";
  const int file = mkstemp(path.data());
  if (file < 0 || write(file, content.data(), content.size()) < 0) throw std::runtime_error("no temporary file");
  close(file);
  return path;
}

std::string ReadAll(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

pid_t Launch(const std::vector<std::string>& words, const std::string& in, const std::string& out,
             const std::string& err) {
  const pid_t child = fork();
  if (child != 0) return child;
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // A test that crashes leaves no controller behind that holds the lease.
  dup2(open(in.c_str(), O_RDONLY), STDIN_FILENO);
  dup2(open(out.c_str(), O_WRONLY | O_APPEND), STDOUT_FILENO);
  dup2(open(err.c_str(), O_WRONLY | O_APPEND), STDERR_FILENO);
  std::vector<char*> arguments;
  for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  execv(arguments[0], arguments.data());
  _exit(127);
}

int ExitCode(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

}  // namespace

int FreePort() {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  bind(listener, reinterpret_cast<sockaddr*>(&address), size);
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  close(listener);
  return ntohs(address.sin_port);
}

std::string FreeholdBinary() {
  const char* binary = std::getenv("FREEHOLD_TEST_BIN");
  if (!binary) throw std::runtime_error("set FREEHOLD_TEST_BIN, or run this by dev/with-servers");
  return binary;
}

Finished RunFreehold(const std::vector<std::string>& arguments, const std::string& input) {
  std::vector<std::string> words{FreeholdBinary()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  const std::string in = TemporaryFile(input), out = TemporaryFile(""), err = TemporaryFile("");
  int status = 0;
  waitpid(Launch(words, in, out, err), &status, 0);
  Finished finished{ExitCode(status), ReadAll(out), ReadAll(err)};
  for (const auto& file : {in, out, err}) unlink(file.c_str());
  return finished;
}

ControllerProgram::ControllerProgram(std::vector<std::string> more_flags, const std::string& kubeconfig)
    : probe_port_(FreePort()), metrics_port_(FreePort()), log_file_(TemporaryFile("")) {
  std::vector<std::string> words{FreeholdBinary(),
                                 "controller",
                                 "--kubeconfig",
                                 kubeconfig.empty() ? Cluster::Instance().controller_kubeconfig() : kubeconfig,
                                 "--health-probe-bind-address",
                                 "127.0.0.1:" + std::to_string(probe_port_),
                                 "--metrics-bind-address",
                                 "127.0.0.1:" + std::to_string(metrics_port_),
                                 "--resync",
                                 "2s"};
  words.insert(words.end(), more_flags.begin(), more_flags.end());
  pid_ = Launch(words, "/dev/null", log_file_, log_file_);
}

ControllerProgram::~ControllerProgram() {
  // One that ends by itself leaves the lease free, so that the next need not wait for it.
  if (pid_ > 0) Signal(SIGTERM);
  if (pid_ > 0 && !AwaitExit(std::chrono::seconds(10))) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  unlink(log_file_.c_str());
}

bool ControllerProgram::AwaitReady(std::chrono::seconds limit) const {
  return Await(limit, [&] { return Probe("/readyz").has_value(); });
}

int ControllerProgram::Sum(const std::string& series, const std::string& label) const {
  std::istringstream metrics(Metrics().value_or(""));
  int sum = 0;
  for (std::string line; std::getline(metrics, line);) {
    const bool counts = line.starts_with(series) && line.find(label) != std::string::npos;
    if (counts) sum += std::stoi(line.substr(line.rfind(' ') + 1));
  }
  return sum;
}

void ControllerProgram::Signal(int signal) const { kill(pid_, signal); }

std::optional<int> ControllerProgram::AwaitExit(std::chrono::seconds limit) {
  int status = 0;
  if (!Await(limit, [&] { return waitpid(pid_, &status, WNOHANG) == pid_; })) return std::nullopt;
  pid_ = -1;
  left_core_ = WIFSIGNALED(status) && WCOREDUMP(status);
  return ExitCode(status);
}

std::string ControllerProgram::log() const { return ReadAll(log_file_); }

std::optional<std::string> ControllerProgram::Get(int port, const std::string& path) {
  const int connection = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string reply;
  if (::connect(connection, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
    const std::string request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    if (write(connection, request.data(), request.size()) > 0) {
      char buffer[4096];
      for (ssize_t got; (got = read(connection, buffer, sizeof buffer)) > 0;) reply.append(buffer, got);
    }
  }
  close(connection);
  const auto body = reply.find("\r\n\r\n");
  if (!reply.starts_with("HTTP/1.1 200") || body == std::string::npos) return std::nullopt;
  return reply.substr(body + 4);
}

}  // namespace freehold::test

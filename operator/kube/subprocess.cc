#include "operator/kube/subprocess.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

extern char** environ;

namespace freehold::kube {
namespace {

constexpr std::size_t kMostOutput = 1024 * 1024;

std::unexpected<base::Failure> Failed(const std::string& why) { return base::Retryable("CommandFailed", why); }

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { Close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  void Close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
};

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> Environment(const Command& command) {
  std::vector<std::string> all;
  for (const auto& [name, value] : command.environment) all.push_back(name + "=" + value);
  for (char** entry = environ; *entry; ++entry) {
    const std::string text = *entry;
    const bool replaced =
        std::ranges::any_of(command.environment, [&](const auto& ours) { return text.starts_with(ours.first + "="); });
    if (!replaced) all.push_back(text);
  }
  return all;
}

bool Readable(int fd, std::chrono::steady_clock::time_point deadline) {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd waiting{fd, POLLIN, 0};
    const int ready = ::poll(&waiting, 1, static_cast<int>(left.count()));
    if (ready < 0 && errno == EINTR) continue;
    return ready > 0;
  }
}

/// Never leaves a child behind: what still runs is killed.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  ~Child() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    Wait();
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// False when it still runs at `deadline`.
  bool EndsBefore(std::chrono::steady_clock::time_point deadline) const {
    const Descriptor handle(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    return Readable(handle.get(), deadline);
  }

  int Wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return status;
  }

 private:
  pid_t pid_;
};

base::Result<base::Sensitive> ReadAll(int fd, std::chrono::steady_clock::time_point deadline) {
  std::string output;
  std::array<char, 4096> block;
  while (true) {
    if (!Readable(fd, deadline)) return Failed("it did not finish in time");
    const ssize_t count = ::read(fd, block.data(), block.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Failed(std::strerror(errno));
    if (count == 0) return base::Sensitive(std::move(output));
    output.append(block.data(), static_cast<std::size_t>(count));
    if (output.size() > kMostOutput) return Failed("it printed more than 1 MiB");
  }
}

/// Signals act in the child as they do by default, whatever this process has blocked or ignores.
int Spawn(const std::string& program, const std::vector<char*>& arguments, const std::vector<char*>& environment,
          int output, pid_t& pid) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);

  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  sigset_t signals;
  sigemptyset(&signals);
  posix_spawnattr_setsigmask(&attributes, &signals);
  for (const int signal : {SIGPIPE, SIGTERM, SIGINT}) sigaddset(&signals, signal);
  posix_spawnattr_setsigdefault(&attributes, &signals);

  const int error = ::posix_spawnp(&pid, program.c_str(), &actions, &attributes, arguments.data(), environment.data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

}  // namespace

base::Result<base::Sensitive> RunCommand(const Command& command, std::chrono::seconds limit) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return Failed(std::strerror(errno));
  Descriptor reading(ends[0]);
  Descriptor writing(ends[1]);

  std::vector<std::string> arguments{command.program};
  arguments.insert(arguments.end(), command.arguments.begin(), command.arguments.end());
  std::vector<std::string> environment = Environment(command);
  pid_t pid = 0;
  const int error = Spawn(command.program, Pointers(arguments), Pointers(environment), writing.get(), pid);
  if (error != 0) return Failed(std::strerror(error));

  Child child(pid);
  writing.Close();
  const auto deadline = std::chrono::steady_clock::now() + limit;
  auto output = ReadAll(reading.get(), deadline);
  if (!output) return output;
  if (!child.EndsBefore(deadline)) return Failed("it did not finish in time");
  const int status = child.Wait();
  if (!WIFEXITED(status)) return Failed("it was ended by signal " + std::to_string(WTERMSIG(status)));
  if (WEXITSTATUS(status) != 0) return Failed("it ended with status " + std::to_string(WEXITSTATUS(status)));
  return output;
}

}  // namespace freehold::kube

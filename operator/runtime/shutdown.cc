#include "operator/runtime/shutdown.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "operator/runtime/log.h"

namespace freehold::runtime {
namespace {

sigset_t Watched() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

int Checked(int descriptor, const char* what) {
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), what);
  return descriptor;
}

}  // namespace

SignalWatch::SignalWatch(std::function<void(int signal)> on_signal) {
  std::signal(SIGPIPE, SIG_IGN);
  const sigset_t watched = Watched();
  pthread_sigmask(SIG_BLOCK, &watched, &before_);
  signals_ = Checked(signalfd(-1, &watched, SFD_CLOEXEC), "signalfd");
  ending_ = Checked(eventfd(0, EFD_CLOEXEC), "eventfd");
  thread_ = std::jthread([this, on_signal = std::move(on_signal)] { Watch(on_signal); });
}

SignalWatch::~SignalWatch() {
  eventfd_write(ending_, 1);
  thread_.join();
  close(signals_);
  close(ending_);
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void SignalWatch::Watch(const std::function<void(int signal)>& on_signal) const {
  bool first = true;
  while (true) {
    std::array<pollfd, 2> ready{{{signals_, POLLIN, 0}, {ending_, POLLIN, 0}}};
    if (poll(ready.data(), ready.size(), -1) < 0) continue;
    if (ready[1].revents) return;
    signalfd_siginfo info{};
    if (read(signals_, &info, sizeof info) != sizeof info) continue;
    const int signal = static_cast<int>(info.ssi_signo);
    if (!first) {
      log::Warn("stopping at once: a second signal", {{"signal", signal}});
      std::_Exit(128 + signal);
    }
    first = false;
    log::Info("stopping", {{"signal", signal}});
    on_signal(signal);
  }
}

void ResetSignalsForChild() {
  std::signal(SIGPIPE, SIG_DFL);
  const sigset_t watched = Watched();
  sigprocmask(SIG_UNBLOCK, &watched, nullptr);
}

}  // namespace freehold::runtime

// SIGTERM and SIGINT, as an ordinary call on an ordinary thread.
#pragma once

#include <csignal>
#include <functional>
#include <thread>

namespace freehold::runtime {

/// While it lives: the first SIGTERM or SIGINT calls `on_signal`, the second ends the process at once with the exit
/// code 128 + signal, and SIGPIPE is ignored (for good). No work is done in signal handlers.
///
/// REQUIRES: it is made before any other thread, since threads inherit the mask that keeps these signals from them.
/// Caveat: children inherit it as well: whoever runs a program gives it the default mask (ResetSignalsForChild).
class SignalWatch {
 public:
  /// `on_signal` gets the number of the signal, on the watch's own thread. It must not wait for long, or the second
  /// signal goes unheard.
  explicit SignalWatch(std::function<void(int signal)> on_signal);
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

 private:
  void Watch(const std::function<void(int signal)>& on_signal) const;

  sigset_t before_;   ///< the mask that is given back
  int signals_ = -1;  ///< a signalfd
  int ending_ = -1;   ///< an eventfd: the watch is to end
  std::jthread thread_;
};

/// In a child between fork and exec: lets SIGTERM, SIGINT and SIGPIPE act as they do by default. Async-signal-safe.
void ResetSignalsForChild();

}  // namespace freehold::runtime

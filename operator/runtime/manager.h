// Starts the parts of a process in order and stops them in reverse.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "operator/base/failure.h"

namespace freehold::runtime {

using Deadline = std::chrono::steady_clock::time_point;

/// One part of a process: probes, caches, a lease, a controller.
struct Part {
  enum class WhenOverdue {
    kStop,   ///< stopped even if a part before it did not end in time
    kLeave,  ///< left alone then: a lease must not be released while work may go on
  };

  std::string name;
  /// Returns when what follows may start: the port is bound, the caches are filled, the lease is held. Gives up soon
  /// after a stop is requested; what it returns then does not matter. A failure ends the process.
  std::function<base::Result<void>(std::stop_token)> start;
  /// Returns whether all has ended by the deadline. Called only if start succeeded. Unset: there is nothing to stop.
  std::function<bool(Deadline)> stop;
  /// What `stop` is given at most.
  std::chrono::milliseconds patience{std::chrono::seconds(10)};
  WhenOverdue when_overdue = WhenOverdue::kStop;
};

enum class Ending {
  kClean,    ///< asked to stop, all parts have ended
  kFailed,   ///< a part could not start or asked for the end; all parts have ended
  kOverdue,  ///< something still runs and uses what it uses: leave by std::_Exit, destroy nothing
};

struct ManagerSettings {
  /// From the request to stop to the last part's end. Kubernetes kills after 30 s by default.
  std::chrono::milliseconds grace{std::chrono::seconds(28)};
  /// Called when `grace` has passed and a stop has not even returned, from another thread. Unset: logs, and ends the
  /// process with code 1.
  std::function<void()> on_overdue;
};

/// Expected flow: Add each part, Run; meanwhile, from any thread, Stop or Fail. Add and Run are called by one thread.
class Manager {
 public:
  explicit Manager(ManagerSettings settings = {}) : settings_(std::move(settings)) {}

  /// Parts start in the order of Add and stop in reverse.
  void Add(Part part) { parts_.push_back(std::move(part)); }

  /// Starts all, waits for Stop or Fail, stops all.  REQUIRES: called once.
  Ending Run();

  /// Asks Run to end. Thread-safe, may be repeated.
  void Stop() { stop_.request_stop(); }
  /// Asks Run to end as kFailed: a lost lease, say. Thread-safe; the first reason is the one that is logged.
  void Fail(base::Failure failure);

 private:
  void AwaitStop();
  bool StopParts(std::size_t started, Deadline deadline);

  const ManagerSettings settings_;
  std::vector<Part> parts_;
  std::stop_source stop_;
  std::mutex mutex_;
  std::optional<base::Failure> failure_;  ///< guarded by mutex_
};

}  // namespace freehold::runtime

#include "operator/runtime/manager.h"

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "operator/runtime/log.h"

namespace freehold::runtime {
namespace {

constexpr log::Logger kLog("manager");

void EndProcess() {
  kLog.Error("ending the process: the grace period is over");
  std::_Exit(1);
}

/// Calls `overdue` if it still lives at `deadline`.
class Watchdog {
 public:
  Watchdog(Deadline deadline, std::function<void()> overdue)
      : thread_([this, deadline, overdue = std::move(overdue)](std::stop_token stopped) {
          std::unique_lock lock(mutex_);
          changed_.wait_until(lock, stopped, deadline, [] { return false; });
          if (!stopped.stop_requested()) overdue();
        }) {}

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::jthread thread_;
};

}  // namespace

Ending Manager::Run() {
  std::size_t started = 0;
  for (; started < parts_.size() && !stop_.stop_requested(); ++started) {
    const Part& part = parts_[started];
    auto begun = part.start(stop_.get_token());
    if (stop_.stop_requested() && !begun) break;
    if (!begun) {
      begun.error().message = part.name + " did not start: " + begun.error().message;
      Fail(std::move(begun.error()));
      break;
    }
    kLog.Info("started", {{"part", part.name}});
  }
  AwaitStop();

  const Deadline deadline = std::chrono::steady_clock::now() + settings_.grace;
  const Watchdog watchdog(deadline, settings_.on_overdue ? settings_.on_overdue : EndProcess);
  if (!StopParts(started, deadline)) return Ending::kOverdue;
  const std::lock_guard lock(mutex_);
  return failure_ ? Ending::kFailed : Ending::kClean;
}

void Manager::Fail(base::Failure failure) {
  {
    const std::lock_guard lock(mutex_);
    if (!failure_) {
      kLog.Error("stopping", {{"reason", failure.reason}, {"error", failure.message}});
      failure_ = std::move(failure);
    }
  }
  stop_.request_stop();
}

void Manager::AwaitStop() {
  std::condition_variable_any changed;
  std::unique_lock lock(mutex_);
  changed.wait(lock, stop_.get_token(), [] { return false; });
}

bool Manager::StopParts(std::size_t started, Deadline deadline) {
  bool in_time = true;
  for (std::size_t i = started; i-- > 0;) {
    const Part& part = parts_[i];
    if (!part.stop) continue;
    if (!in_time && part.when_overdue == Part::WhenOverdue::kLeave) {
      kLog.Warn("left as it is: something still runs that relies on it", {{"part", part.name}});
      continue;
    }
    if (part.stop(std::min(deadline, std::chrono::steady_clock::now() + part.patience))) {
      kLog.Info("stopped", {{"part", part.name}});
    } else {
      kLog.Warn("did not stop in time", {{"part", part.name}});
      in_time = false;
    }
  }
  return in_time;
}

}  // namespace freehold::runtime

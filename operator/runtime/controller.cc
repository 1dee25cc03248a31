#include "operator/runtime/controller.h"

#include <utility>

#include "operator/runtime/log.h"

namespace freehold::runtime {
namespace {

constexpr log::Logger kLog("controller");

std::string Describe(std::exception_ptr exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const std::exception& known) {
    return known.what();
  } catch (...) {
    return "an exception of unknown type";
  }
}

}  // namespace

Controller::Controller(std::string name, Reconcile reconcile, LaneOf lane_of, const base::Clock& clock,
                       Metrics& metrics, ControllerSettings settings)
    : name_(std::move(name)),
      reconcile_(std::move(reconcile)),
      lane_of_(std::move(lane_of)),
      clock_(clock),
      settings_(std::move(settings)),
      metrics_(metrics, name_),
      queue_(name_, {settings_.workers_per_lane, settings_.workers, settings_.backoff}, clock, metrics) {}

Controller::~Controller() { queue_.Shut(); }

void Controller::Add(const kube::Name& name, Priority priority) { queue_.Add(name, lane_of_(name), priority); }

void Controller::AddAfter(const kube::Name& name, std::chrono::milliseconds delay, Priority priority) {
  queue_.AddAfter(name, lane_of_(name), priority, delay);
}

void Controller::Start() {
  dispatcher_ = std::jthread([this] {
    while (queue_.AwaitShortage()) workers_.Hire([this] { Work(); });
  });
}

bool Controller::Drain(std::chrono::steady_clock::time_point deadline) {
  queue_.Shut();
  return queue_.AwaitIdle(deadline);
}

void Controller::Work() {
  while (const auto taken = queue_.Take(settings_.worker_patience)) {
    metrics_.active_workers.Add(1);
    const auto began = clock_.Steady();
    const Outcome outcome = Guarded(taken->name);
    metrics_.time.Observe(clock_.Steady() - began);
    metrics_.active_workers.Add(-1);
    if (!crashed_) Settle(*taken, outcome);
    queue_.Finish(taken->name);
  }
}

Outcome Controller::Guarded(const kube::Name& name) {
  try {
    return reconcile_(name);
  } catch (...) {
    const auto exception = std::current_exception();
    if (settings_.is_crash && settings_.is_crash(exception)) {
      crashed_ = true;
      queue_.Shut();
      return Done{};
    }
    metrics_.exceptions.Add();
    const std::string what = Describe(exception);
    kLog.Error("bug: a reconcile threw", {{"controller", name_}, {"object", name}, {"exception", what}});
    return Failed{base::Retryable("Bug", what).error()};
  }
}

void Controller::Settle(const Taken& taken, const Outcome& outcome) {
  metrics_.Count(outcome);
  if (const auto* failed = std::get_if<Failed>(&outcome)) return Settle(taken, failed->failure);
  queue_.Forget(taken.name);
  if (const auto* again = std::get_if<Again>(&outcome)) {
    queue_.AddAfter(taken.name, lane_of_(taken.name), again->priority, again->after);
  }
}

void Controller::Settle(const Taken& taken, const base::Failure& failure) {
  const auto log = [&](log::Level level, std::string_view message) {
    kLog.Write(level, message,
               {{"controller", name_}, {"object", taken.name}, {"reason", failure.reason}, {"error", failure.message}});
  };
  switch (failure.kind) {
    case base::FailureClass::kNotLeader:
      return log(log::Level::kInfo, "dropped: no longer the leader");
    case base::FailureClass::kTerminal:
      log(log::Level::kWarn, "failed, until a change");
      return queue_.Forget(taken.name);
    case base::FailureClass::kRetryable:
    case base::FailureClass::kInDoubt:
      log(log::Level::kWarn, "failed, to be tried again");
      if (failure.after) return queue_.AddAfter(taken.name, lane_of_(taken.name), taken.priority, *failure.after);
      return queue_.AddRateLimited(taken.name, lane_of_(taken.name), taken.priority);
  }
}

}  // namespace freehold::runtime

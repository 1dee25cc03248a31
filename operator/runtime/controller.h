// Runs one reconcile function over a queue of names.
#pragma once

#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <string>
#include <thread>

#include "operator/base/clock.h"
#include "operator/runtime/controller_metrics.h"
#include "operator/runtime/outcome.h"
#include "operator/runtime/queue.h"
#include "operator/runtime/worker_pool.h"

namespace freehold::runtime {

/// The bulkhead an item belongs to: in practice its database server. Quick, does not throw, any thread.
using LaneOf = std::function<std::string(const kube::Name&)>;

struct ControllerSettings {
  /// Items of one lane that are reconciled at once. One lane's slow or dead server takes these and no more.
  int workers_per_lane = 4;
  /// Threads in all.
  int workers = 256;
  /// A thread without work for that long ends.
  std::chrono::milliseconds worker_patience{std::chrono::seconds(30)};
  BackoffSettings backoff;
  /// For tests that crash a reconciler: true for an exception that stands for the death of the process. The controller
  /// then stops as a killed process would, without counting, retrying or logging it. Unset: none is.
  std::function<bool(std::exception_ptr)> is_crash;
};

/// Expected flow: construct, Add (at any time), Start once leading, Drain when leadership or the process ends.
///
/// Guarantees: one name is never reconciled by two threads at once; lanes delay each other at most by the shared CPU
/// (as long as no more than workers / workers_per_lane of them are stuck);
/// a name that was added is reconciled after that moment, unless the controller stops. An exception that leaves
/// `reconcile` is counted and logged as a bug, and the name is tried again like after a Retryable failure.
/// Caveats: a reconcile is not interrupted: whatever it calls has a time-out of its own. Names added before Start are
/// kept, so a replica that waits for leadership has its queue full and ready. Thread-safe.
class Controller {
 public:
  /// `clock` and `metrics` outlive the controller.
  Controller(std::string name, Reconcile reconcile, LaneOf lane_of, const base::Clock& clock, Metrics& metrics,
             ControllerSettings settings = {});
  /// Waits for the reconciles that are running.
  ~Controller();
  Controller(const Controller&) = delete;
  Controller& operator=(const Controller&) = delete;

  void Add(const kube::Name& name, Priority priority = Priority::kFresh);
  void AddAfter(const kube::Name& name, std::chrono::milliseconds delay, Priority priority = Priority::kFresh);

  /// REQUIRES: called once.
  void Start();

  /// Takes nothing new and waits until nothing is being reconciled. False: `deadline` came first, and reconciles are
  /// still running. What is queued is dropped.
  bool Drain(std::chrono::steady_clock::time_point deadline);

  /// No name of this lane is being reconciled or waits to be; those that are due later don't count.
  bool IsIdle(const std::string& lane) { return queue_.IsIdle(lane); }

  const std::string& name() const { return name_; }
  /// Whether an exception for which `is_crash` holds has ended it.
  bool crashed() const { return crashed_; }

  /// For tests, whose clock moves by hand: looks at it again.
  void ClockMoved() { queue_.ClockMoved(); }

 private:
  void Work();
  Outcome Guarded(const kube::Name& name);
  void Settle(const Taken& taken, const Outcome& outcome);
  void Settle(const Taken& taken, const base::Failure& failure);

  const std::string name_;
  const Reconcile reconcile_;
  const LaneOf lane_of_;
  const base::Clock& clock_;
  const ControllerSettings settings_;
  ControllerMetrics metrics_;
  Queue queue_;
  std::atomic<bool> crashed_ = false;
  WorkerPool workers_;       ///< its threads use all of the above
  std::jthread dispatcher_;  ///< hires workers; ends first
};

}  // namespace freehold::runtime

// The work queue as threads see it: QueueState behind a mutex, with waiting, rate limits and metrics.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "operator/base/clock.h"
#include "operator/runtime/backoff.h"
#include "operator/runtime/queue_metrics.h"
#include "operator/runtime/queue_state.h"

namespace freehold::runtime {

struct QueueSettings {
  /// How many items of one lane may be with workers at once.
  int slots_per_lane = 4;
  /// How many workers are asked for in all. Lanes keep out of each other's way up to workers / slots_per_lane stuck
  /// ones.
  int workers = 256;
  BackoffSettings backoff;
};

/// See QueueState for what is guaranteed. Three parties use it: producers add; workers Take, work and Finish; and one
/// dispatcher sits in AwaitShortage, where delayed items become due. Thread-safe.
class Queue {
 public:
  using Duration = std::chrono::steady_clock::duration;

  /// `clock` and `metrics` outlive the queue.
  Queue(const std::string& name, QueueSettings settings, const base::Clock& clock, Metrics& metrics);

  // Producers. Nothing is added once the queue is shut.
  void Add(const kube::Name& name, const std::string& lane, Priority priority);
  void AddAfter(const kube::Name& name, const std::string& lane, Priority priority, Duration delay);
  /// Adds it after the back-off of one more failure.
  void AddRateLimited(const kube::Name& name, const std::string& lane, Priority priority);
  /// Ends the back-off of an item.
  void Forget(const kube::Name& name);

  /// Nothing of this lane waits to be taken or is with a worker; what is due later doesn't count.
  bool IsIdle(const std::string& lane);

  // Dispatcher.
  /// Waits until more items could be taken than workers wait for, if there may be more, and counts one worker more: the
  /// caller starts one, which calls Take until that returns none. False: the queue is shut.
  bool AwaitShortage();

  // Workers.
  /// Waits up to `patience` of real time for an item. None: that has passed, or the queue is shut, and the caller no
  /// longer counts as a worker.
  std::optional<Taken> Take(std::chrono::milliseconds patience);
  /// Gives back what Take returned.
  void Finish(const kube::Name& name);

  /// From now on nothing is added or taken. What is queued is dropped: whoever works next sees the world afresh.
  void Shut();
  /// Waits until no item is with a worker. False: `deadline` came first.
  /// REQUIRES: Shut() was called.
  bool AwaitIdle(std::chrono::steady_clock::time_point deadline);

  /// Looks at the clock again: for tests, whose clock moves by hand.
  void ClockMoved();

 private:
  void Announce();

  const QueueSettings settings_;
  const base::Clock& clock_;
  std::mutex mutex_;
  std::condition_variable work_;      ///< for workers: something can be taken, or the queue is shut
  std::condition_variable dispatch_;  ///< for the dispatcher: a shortage, an earlier delay, or the queue is shut
  std::condition_variable idle_;      ///< no item is with a worker
  QueueState state_;
  Backoff backoff_;
  int workers_ = 0;  ///< those that work and those that wait
  bool shut_ = false;
  QueueMetrics metrics_;
  std::unique_ptr<Metrics::Subscription> shown_;  ///< last: ends before what it reads
};

}  // namespace freehold::runtime

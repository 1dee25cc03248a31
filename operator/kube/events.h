// Tells the people who look at an object what happened to it. Events are help, not an audit log: they may be cut,
// counted together or lost.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "operator/base/clock.h"
#include "operator/kube/client.h"
#include "operator/kube/event_series.h"

namespace freehold::kube {

/// Writes in the background. Thread-safe.
class EventRecorder {
 public:
  /// `writer` and `clock` outlive the recorder.
  EventRecorder(Writer& writer, EventSettings settings, const base::Clock& clock = base::SystemClock());
  /// What is still waiting is lost; a write in flight is waited for.
  ~EventRecorder() = default;
  EventRecorder(const EventRecorder&) = delete;
  EventRecorder& operator=(const EventRecorder&) = delete;

  /// Never blocks and never fails: with a thousand waiting, it is dropped.
  void Record(Happening happening);

  /// Writes all that waits, counts included. False when that took too long. What is recorded afterwards is dropped.
  bool Drain(std::chrono::milliseconds limit);

 private:
  void Run(const std::stop_token& stop);
  void Write(const EventWrite& write, const std::stop_token& stop);
  bool Once(const EventWrite& write, const std::stop_token& stop);

  Writer& writer_;
  const EventSettings settings_;
  const base::Clock& clock_;
  EventSeries series_;  ///< of the thread

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Happening> waiting_;
  bool draining_ = false;
  bool drained_ = false;
  std::jthread thread_;
};

}  // namespace freehold::kube

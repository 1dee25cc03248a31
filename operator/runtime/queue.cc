#include "operator/runtime/queue.h"

namespace freehold::runtime {

Queue::Queue(const std::string& name, QueueSettings settings, const base::Clock& clock, Metrics& metrics)
    : settings_(settings),
      clock_(clock),
      state_(settings.slots_per_lane),
      backoff_(settings.backoff),
      metrics_(metrics, name) {
  shown_ = metrics.BeforeText([this] {
    const std::lock_guard lock(mutex_);
    metrics_.Show(state_, clock_.Steady());
  });
}

void Queue::Add(const kube::Name& name, const std::string& lane, Priority priority) {
  const std::lock_guard lock(mutex_);
  if (shut_) return;
  if (state_.Add(name, lane, priority, clock_.Steady())) metrics_.adds.Add();
  Announce();
}

void Queue::AddAfter(const kube::Name& name, const std::string& lane, Priority priority, Duration delay) {
  const std::lock_guard lock(mutex_);
  if (shut_) return;
  state_.AddAt(name, lane, priority, clock_.Steady() + delay);
  metrics_.retries.Add();
  dispatch_.notify_one();
}

void Queue::AddRateLimited(const kube::Name& name, const std::string& lane, Priority priority) {
  const std::lock_guard lock(mutex_);
  if (shut_) return;
  state_.AddAt(name, lane, priority, clock_.Steady() + backoff_.Failed(name));
  metrics_.retries.Add();
  dispatch_.notify_one();
}

void Queue::Forget(const kube::Name& name) {
  const std::lock_guard lock(mutex_);
  backoff_.Forget(name);
}

bool Queue::IsIdle(const std::string& lane) {
  const std::lock_guard lock(mutex_);
  return state_.IsIdle(lane);
}

bool Queue::AwaitShortage() {
  std::unique_lock lock(mutex_);
  while (!shut_) {
    if (const int promoted = state_.Promote(clock_.Steady())) {
      metrics_.adds.Add(promoted);
      work_.notify_all();
    }
    const int waiting = workers_ - state_.running();
    if (state_.takeable() > waiting && workers_ < settings_.workers) {
      ++workers_;
      return true;
    }
    const auto due = state_.NextDue();
    if (due) {
      dispatch_.wait_for(lock, *due - clock_.Steady());
    } else {
      dispatch_.wait(lock);
    }
  }
  return false;
}

std::optional<Taken> Queue::Take(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  work_.wait_for(lock, patience, [this] { return shut_ || state_.takeable() > 0; });
  auto taken = shut_ ? std::nullopt : state_.Take(clock_.Steady());
  if (taken) {
    metrics_.waited.Observe(taken->waited);
  } else {
    --workers_;
  }
  return taken;
}

void Queue::Finish(const kube::Name& name) {
  const std::lock_guard lock(mutex_);
  metrics_.worked.Observe(state_.Finish(name, clock_.Steady()));
  if (state_.running() == 0) idle_.notify_all();
  Announce();
}

void Queue::Shut() {
  const std::lock_guard lock(mutex_);
  shut_ = true;
  work_.notify_all();
  dispatch_.notify_all();
}

bool Queue::AwaitIdle(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  return idle_.wait_until(lock, deadline, [this] { return state_.running() == 0; });
}

void Queue::ClockMoved() {
  const std::lock_guard lock(mutex_);
  dispatch_.notify_all();
}

// The items that can be taken go to waiting workers first; only a shortage of those concerns the dispatcher.
void Queue::Announce() {
  if (state_.takeable() == 0) return;
  work_.notify_one();
  if (state_.takeable() > workers_ - state_.running()) dispatch_.notify_one();
}

}  // namespace freehold::runtime

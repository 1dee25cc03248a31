#include "operator/kube/events.h"

#include <spdlog/spdlog.h>

namespace freehold::kube {
namespace {

constexpr std::size_t kMostWaiting = 1000;
constexpr int kAttempts = 3;
constexpr auto kPause = std::chrono::milliseconds(1000);
const ResourceType kEvents{"events.k8s.io", "v1", "events", "Event", true};

}  // namespace

EventRecorder::EventRecorder(Writer& writer, EventSettings settings, const base::Clock& clock)
    : writer_(writer), settings_(settings), clock_(clock), series_(std::move(settings)) {
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

void EventRecorder::Record(Happening happening) {
  const std::lock_guard lock(mutex_);
  if (draining_ || waiting_.size() >= kMostWaiting) return;
  waiting_.push_back(std::move(happening));
  changed_.notify_all();
}

bool EventRecorder::Drain(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  draining_ = true;
  changed_.notify_all();
  return changed_.wait_for(lock, limit, [this] { return drained_; });
}

void EventRecorder::Run(const std::stop_token& stop) {
  const auto something = [this] { return draining_ || !waiting_.empty(); };
  while (!stop.stop_requested()) {
    std::unique_lock lock(mutex_);
    if (series_.Owes()) {
      changed_.wait_for(lock, stop, settings_.series_interval, something);
    } else {
      changed_.wait(lock, stop, something);
    }
    const std::deque<Happening> taken = std::exchange(waiting_, {});
    const bool last = draining_;
    lock.unlock();

    for (const Happening& happening : taken) {
      for (const EventWrite& write : series_.Add(happening, clock_.Wall())) Write(write, stop);
    }
    for (const EventWrite& write : series_.Due(clock_.Wall(), last)) Write(write, stop);
    if (!last) continue;
    lock.lock();
    drained_ = true;
    changed_.notify_all();
    return;
  }
}

void EventRecorder::Write(const EventWrite& write, const std::stop_token& stop) {
  for (int attempt = 1; attempt <= kAttempts; ++attempt) {
    if (stop.stop_requested() || Once(write, stop)) return;
  }
  series_.Forget(write.name);
}

/// True when there is nothing more to try.
bool EventRecorder::Once(const EventWrite& write, const std::stop_token& stop) {
  const auto result = write.kind == EventWrite::Kind::kCreate ? writer_.Create(kEvents, write.name.ns, write.body)
                                                              : writer_.JsonPatch(kEvents, write.name, write.body);
  if (result || result.error().reason == "AlreadyExists") return true;
  if (result.error().kind == base::FailureClass::kTerminal || result.error().kind == base::FailureClass::kNotLeader) {
    spdlog::debug("event {}: {}", ToString(write.name), result.error().message);
    series_.Forget(write.name);
    return true;
  }
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, stop, result.error().after.value_or(kPause), [this] { return draining_; });
  return false;
}

}  // namespace freehold::kube

#include "operator/runtime/worker_pool.h"

namespace freehold::runtime {

void WorkerPool::Hire(std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  for (const auto ended : ended_) threads_.erase(ended);
  ended_.clear();
  const auto place = threads_.emplace(threads_.end());
  *place = std::jthread([this, place, work = std::move(work)] {
    work();
    const std::lock_guard ending(mutex_);
    ended_.push_back(place);
  });
}

void WorkerPool::Join() {
  Threads leaving;
  {
    const std::lock_guard lock(mutex_);
    leaving.swap(threads_);
  }
  leaving.clear();
  const std::lock_guard lock(mutex_);
  ended_.clear();
}

int WorkerPool::size() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(threads_.size() - ended_.size());
}

}  // namespace freehold::runtime

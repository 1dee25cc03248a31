// Threads made as they are needed.
#pragma once

#include <functional>
#include <list>
#include <mutex>
#include <thread>
#include <vector>

namespace freehold::runtime {

/// Starts one thread per call of Hire and collects those that have ended. Thread-safe.
class WorkerPool {
 public:
  WorkerPool() = default;
  /// Waits until all threads have ended.
  ~WorkerPool() { Join(); }
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// Runs `work` on a thread of its own. `work` does not throw.
  void Hire(std::function<void()> work);
  /// Waits until all threads have ended. Nobody is hired meanwhile.
  void Join();
  /// Threads that have not ended.
  int size() const;

 private:
  using Threads = std::list<std::jthread>;

  mutable std::mutex mutex_;
  Threads threads_;                       ///< guarded by mutex_
  std::vector<Threads::iterator> ended_;  ///< guarded by mutex_; to be joined
};

}  // namespace freehold::runtime

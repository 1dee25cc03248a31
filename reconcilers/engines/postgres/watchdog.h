// Ends waits for a server that took the request and froze: its kernel still acknowledges, so no TCP time-out helps, and
// the client library waits for ever.
#pragma once

#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>

namespace freehold::engines::postgres {

/// Looks every `tick`, so that watching costs nothing but a list entry. Thread-safe.
class Watchdog {
  struct Entry {
    std::chrono::steady_clock::time_point deadline;
    int socket;
  };

 public:
  /// While it lives, the socket is watched.
  class Guard {
   public:
    Guard(Watchdog& dog, std::list<Entry>::iterator entry) : dog_(dog), entry_(entry) {}
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    ~Guard();

   private:
    Watchdog& dog_;
    std::list<Entry>::iterator entry_;
  };

  static Watchdog& Instance();
  explicit Watchdog(std::chrono::milliseconds tick);

  /// Shuts the socket down, so that whoever waits on it sees a lost connection, unless the guard dies within `limit`.
  [[nodiscard]] Guard Watch(int socket, std::chrono::milliseconds limit);

 private:
  void Run(const std::stop_token& stop, std::chrono::milliseconds tick);

  std::mutex mutex_;
  std::condition_variable_any tick_;
  std::list<Entry> watched_;  // guarded by mutex_
  std::jthread thread_;
};

}  // namespace freehold::engines::postgres

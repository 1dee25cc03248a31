#include "reconcilers/engines/postgres/watchdog.h"

#include <sys/socket.h>

namespace freehold::engines::postgres {

Watchdog& Watchdog::Instance() {
  static Watchdog dog(std::chrono::seconds(5));
  return dog;
}

Watchdog::Watchdog(std::chrono::milliseconds tick)
    : thread_([this, tick](const std::stop_token& stop) { Run(stop, tick); }) {}

Watchdog::Guard Watchdog::Watch(int socket, std::chrono::milliseconds limit) {
  const std::lock_guard lock(mutex_);
  return {*this, watched_.insert(watched_.end(), {std::chrono::steady_clock::now() + limit, socket})};
}

Watchdog::Guard::~Guard() {
  const std::lock_guard lock(dog_.mutex_);
  dog_.watched_.erase(entry_);
}

void Watchdog::Run(const std::stop_token& stop, std::chrono::milliseconds tick) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    tick_.wait_for(lock, stop, tick, [] { return false; });
    const auto now = std::chrono::steady_clock::now();
    for (const auto& entry : watched_) {
      if (entry.deadline <= now) shutdown(entry.socket, SHUT_RDWR);
    }
  }
}

}  // namespace freehold::engines::postgres

// What is known of each server now: written by the reconciler of servers, read by the reconciler of stores.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "reconcilers/engines/engine.h"

namespace freehold::servers {

/// One server as it was found at `at`.
struct Standing {
  engines::ServerAccess access;
  /// What the last look saw. Null when the server could not be reached, or is not prepared yet: see `failure`.
  std::shared_ptr<const engines::ServerSnapshot> snapshot;
  std::optional<base::Failure> failure;
  base::Timestamp at{};
  std::chrono::steady_clock::time_point looked{};  ///< before the look began

  bool ready() const { return snapshot && !failure; }
};

/// Thread-safe.
class Board {
 public:
  void Put(const std::string& server, Standing standing) {
    std::lock_guard lock(mutex_);
    standings_[server] = std::move(standing);
  }
  void Remove(const std::string& server) {
    std::lock_guard lock(mutex_);
    standings_.erase(server);
  }
  std::optional<Standing> Find(const std::string& server) const {
    std::lock_guard lock(mutex_);
    const auto found = standings_.find(server);
    return found == standings_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Standing> standings_;
};

}  // namespace freehold::servers

// A clock that stands still until a test moves it.
#pragma once

#include <atomic>
#include <chrono>

#include "operator/base/clock.h"

namespace freehold {

/// Starts at 2026-03-01T12:00:00Z. Thread-safe.
class ManualClock final : public base::Clock {
 public:
  std::chrono::system_clock::time_point Wall() const override {
    return std::chrono::sys_days(std::chrono::year(2026) / 3 / 1) + std::chrono::hours(12) + passed_.load();
  }
  std::chrono::steady_clock::time_point Steady() const override {
    return std::chrono::steady_clock::time_point(std::chrono::hours(1)) + passed_.load();
  }

  void Advance(std::chrono::milliseconds step) { passed_ = passed_.load() + step; }

 private:
  std::atomic<std::chrono::milliseconds> passed_{};
};

}  // namespace freehold

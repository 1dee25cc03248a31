// How long a failing item waits before it is tried again.
#pragma once

#include <chrono>
#include <unordered_map>

#include "operator/kube/object.h"

namespace freehold::runtime {

struct BackoffSettings {
  /// The wait after the first failure; it doubles with each one that follows.
  std::chrono::milliseconds first{5};
  /// No wait is longer.
  std::chrono::milliseconds longest{std::chrono::seconds(1000)};
};

/// Counts failures per item. Pure but for the counts. Not thread-safe.
class Backoff {
 public:
  explicit Backoff(BackoffSettings settings = {}) : settings_(settings) {}

  /// Counts one more failure of `name` and returns how long to wait: first · 2ⁿ, at most `longest`.
  std::chrono::milliseconds Failed(const kube::Name& name);
  /// `name` has succeeded, or is gone: its next failure is its first.
  void Forget(const kube::Name& name) { failures_.erase(name); }

 private:
  BackoffSettings settings_;
  std::unordered_map<kube::Name, int> failures_;
};

}  // namespace freehold::runtime

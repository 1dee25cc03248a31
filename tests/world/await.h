// Waiting on a condition that nobody announces.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

namespace freehold::test {

/// Asks again and again until `holds` is true: the longer it takes, the more seldom, since asking has its price, too.
/// False when `limit` passed.
template <class Condition>
bool Await(std::chrono::seconds limit, Condition holds) {
  using std::chrono::milliseconds;
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable nobody;
  const auto began = std::chrono::steady_clock::now();
  while (!holds()) {
    const auto waited = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - began);
    if (waited > limit) return false;
    nobody.wait_for(lock, std::clamp(waited / 8, milliseconds(20), milliseconds(500)));
  }
  return true;
}

}  // namespace freehold::test

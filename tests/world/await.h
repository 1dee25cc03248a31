// Waiting on a condition that nobody announces.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace freehold::test {

/// Asks again and again until `holds` is true. False when `limit` passed.
template <class Condition>
bool Await(std::chrono::seconds limit, Condition holds) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable nobody;
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    nobody.wait_for(lock, std::chrono::milliseconds(50));
  }
  return true;
}

}  // namespace freehold::test

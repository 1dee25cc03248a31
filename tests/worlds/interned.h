// Values that were seen, each under a number, so that a state of the world is a few numbers.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>

namespace freehold::worlds {

using Id = std::uint32_t;

/// Number 0 is nothing. Not thread-safe.
template <class T>
class Interned {
 public:
  /// Equal keys, equal number; `make` makes the value of a key that is new.
  template <class Make>
  Id Of(const std::string& key, Make make) {
    const auto [entry, first] = ids_.try_emplace(key, static_cast<Id>(values_.size()));
    if (first) values_.push_back(make());
    return entry->second;
  }
  const T& operator[](Id id) const { return values_[id]; }
  std::size_t size() const { return values_.size() - 1; }

 private:
  std::deque<T> values_ = std::deque<T>(1);
  std::unordered_map<std::string, Id> ids_;
};

}  // namespace freehold::worlds

// What was last seen of connectors, for those who tell users.
#pragma once

#include <map>
#include <mutex>
#include <string>

namespace freehold::connect {

inline constexpr const char* kPending = "Pending";

/// Thread-safe.
class Board {
 public:
  /// What is wrong with Connect itself, as a bus is concerned; empty: nothing.
  void PutBus(const std::string& bus, const std::string& trouble);
  std::string FindBus(const std::string& bus) const;

  /// What is wrong with what carries a link or a channel; empty: nothing. `reason`: of the failure, or kPending where
  /// it passes by itself. True when that is news.
  bool Put(const std::string& link_or_channel, const std::string& trouble, const std::string& reason = "");
  std::string Find(const std::string& link_or_channel) const;
  std::string ReasonOf(const std::string& link_or_channel) const;
  /// Did anybody look at it?
  bool Knows(const std::string& link_or_channel) const;
  void Forget(const std::string& link_or_channel);
  /// How many of them something is wrong with.
  int Troubled() const;

 private:
  mutable std::mutex mutex_;
  struct Trouble {
    std::string what, reason;
  };
  std::map<std::string, std::string> buses_;   ///< guarded by mutex_
  std::map<std::string, Trouble> connectors_;  ///< guarded by mutex_
};

}  // namespace freehold::connect

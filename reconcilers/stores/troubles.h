// What is amiss with the events of each consumer: written by who carries them, read by the reconciler of stores.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "operator/kube/object.h"

namespace freehold::stores {

/// Thread-safe.
class Troubles {
 public:
  /// Empty: all is well. True when that is news.
  bool Put(const kube::Name& consumer, const std::string& trouble) {
    std::lock_guard lock(mutex_);
    const bool news = FindLocked(consumer) != trouble;
    if (trouble.empty()) {
      troubles_.erase(consumer);
    } else {
      troubles_[consumer] = trouble;
    }
    return news;
  }
  /// Empty: none is known.
  std::string Find(const kube::Name& consumer) const {
    std::lock_guard lock(mutex_);
    return FindLocked(consumer);
  }

 private:
  std::string FindLocked(const kube::Name& consumer) const {
    const auto found = troubles_.find(consumer);
    return found == troubles_.end() ? "" : found->second;
  }

  mutable std::mutex mutex_;
  std::map<kube::Name, std::string> troubles_;  ///< guarded by mutex_
};

}  // namespace freehold::stores

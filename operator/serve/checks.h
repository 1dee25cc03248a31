// Is the process alive, is it ready: named questions, answered together.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "operator/serve/http.h"

namespace freehold::serve {

/// Why something is not as it should be; none when it is. Quick, from any thread.
using Check = std::function<std::optional<std::string>()>;

/// Thread-safe.
class Checks {
 public:
  /// What a check uses outlives these checks.
  void Add(std::string name, Check check);

  /// 200 when all checks hold, also when there are none; else 503. One line each, in the order of Add:
  ///   [+] caches
  ///   [-] lease: waiting for another replica to release it
  Response Answer() const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::pair<std::string, Check>> checks_;  ///< guarded by mutex_
};

}  // namespace freehold::serve

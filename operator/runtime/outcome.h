// How one pass over one object ended.
#pragma once

#include <chrono>
#include <functional>
#include <variant>

#include "operator/base/failure.h"
#include "operator/kube/object.h"
#include "operator/runtime/queue_state.h"

namespace freehold::runtime {

/// All is as it should be. The next pass comes with the next change.
struct Done {};

/// All is as it should be for now: look again later.
struct Again {
  std::chrono::milliseconds after{};
  /// kFresh when something is awaited, kResync when most likely nothing has changed.
  Priority priority = Priority::kResync;
};

/// Retryable, InDoubt: tried again, after `failure.after` if set, else after a back-off.
/// Terminal: not tried again until the object is added again.
/// NotLeader: dropped; the next leader sees the object afresh.
struct Failed {
  base::Failure failure;
};

using Outcome = std::variant<Done, Again, Failed>;

/// One pass: makes the world as the object of that name wants it, and says what it came to. Knows nothing of what
/// happened; it looks. Called by several threads at once, never for one name at once.
using Reconcile = std::function<Outcome(const kube::Name&)>;

}  // namespace freehold::runtime

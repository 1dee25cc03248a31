// Does an event that is consumed come, by what, and if not, why not. Pure.
#pragma once

#include <optional>
#include <string>

#include "reconcilers/stores/decide.h"

namespace freehold::stores {

struct EventState {
  std::optional<api::Reason> obstacle;  ///< absent: it comes
  std::string message;                  ///< of the obstacle, for people
  std::string transport;                ///< "Trigger", "Replication", "Polling"; empty when it doesn't come
};

/// REQUIRES: `subscription` is one of `desired`.
EventState StateOf(const events::Subscription& subscription, const Desired& desired, const Observed& seen);

}  // namespace freehold::stores

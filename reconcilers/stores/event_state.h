// Does an event that is consumed come, by what, and if not, why not. Pure.
#pragma once

#include <optional>
#include <string>

#include "reconcilers/stores/decide.h"

namespace freehold::stores {

struct EventState {
  std::optional<api::Reason> obstacle;  ///< absent: it comes
  std::string message;                  ///< of the obstacle, for people
  std::string transport;  ///< "Trigger", "Replication", "Polling", "KafkaConnect"; empty when it doesn't come
};

/// The topic that the service reads it from; null: it comes by the inbox, or not at all.
const TopicFeed* TopicOf(const events::Subscription&, const Desired&);

/// REQUIRES: `subscription` is one of `desired`.
EventState StateOf(const events::Subscription& subscription, const Desired& desired, const Observed& seen);

}  // namespace freehold::stores

// Where a store's events come from and where they go, as engines are to be told. Reads caches only.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "reconcilers/engines/channel.h"
#include "reconcilers/events/graph.h"
#include "reconcilers/stores/world.h"

namespace freehold::stores {

/// Where the store is; or would be, when it was not made yet. What was made is found whatever became of its spec and
/// its server: events go on coming from it.
std::optional<engines::Place> PlaceOfStore(const api::ServiceDatabase&, const World&);

/// One per entry of `consumes`, in that order.
std::vector<events::Subscription> SubscriptionsOf(const api::ServiceDatabase& consumer, const World&);

/// The events of one publisher that a service reads from Kafka itself: nothing is made for them at the consumer's.
struct TopicFeed {
  engines::FeedWanted feed;                  ///< its channel is the topic's
  std::shared_ptr<const api::EventBus> bus;  ///< null where there is none with topics
  std::string hindrance;                     ///< why there is no topic to read, and the remedy; empty: there is one
  bool operator==(const TopicFeed&) const = default;
};

struct Feeds {
  std::vector<engines::FeedWanted> inbox;
  std::vector<TopicFeed> topics;
};

/// One for each store that events come from to `here`.
Feeds FeedsInto(const engines::Place& here, const std::vector<events::Subscription>&, const World&);

/// Where the operator carries into `here` what could do without it: why, by the service that it comes from.
std::map<std::string, std::string> PolledInto(const engines::Place& here, const std::vector<events::Subscription>&,
                                              const World&);

/// One for each store in another database that consumes what `publisher`, which is `here`, publishes. Only stores that
/// were made: nothing is kept for somebody who may never come.
std::vector<engines::OutgoingWanted> OutgoingFrom(const api::ServiceDatabase& publisher, const engines::Place& here,
                                                  const World&);

}  // namespace freehold::stores

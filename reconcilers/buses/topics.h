// What services that read Kafka themselves find there, and whether they can. Pure.
#pragma once

#include "reconcilers/buses/choice.h"

namespace freehold::buses {

/// The topic of a channel: "freehold.orders_db_to_payments_db_1f2e3d4c". REQUIRES: IsOnConnect of the bus.
std::string TopicOf(const api::EventBusSpec&, const std::string& channel);

/// What a consumer is called there, as a user and as a consumer group: "freehold.shop.payments". No two are called the
/// same, since a namespace has no dot. With Strimzi it is the name of a resource, too, and has no underscore. REQUIRES:
/// IsOnConnect of the bus.
std::string ReaderOf(const api::EventBusSpec&, const kube::Name& consumer);

/// Why what a publisher of that choice publishes can't be read from topics, and the remedy; empty: it can. Whether its
/// server can feed them is another matter.
std::string TopicHindrance(const std::string& publisher, const Choice&);

}  // namespace freehold::buses

// Who carries events from one server's databases to another's. Pure, over caches.
#pragma once

#include <string>

#include "reconcilers/engines/channel.h"
#include "reconcilers/stores/world.h"

namespace freehold::stores {

/// Of what `publisher`, which is at `from`, publishes, by its bus; see reconcilers/buses. Connect needs what
/// replication needs of the servers, room for subscriptions aside, and a database of the consumer's own, since it works
/// there with a role that may add to its inbox; the operator carries where that isn't so.
engines::Carrier CarrierOf(const api::ServiceDatabase& publisher, const engines::Place& from, const engines::Place& to,
                           const World&);

/// Of what is read from topics: Connect where the publisher's server can, otherwise it waits at the publisher, as what
/// the operator carries does.
engines::Carrier TopicCarrierOf(const api::ServiceDatabase& publisher, const engines::Place& from, const World&);

/// Why the operator carries what could do without it, for people; empty: it doesn't, or was chosen by the bus.
std::string WhyPolled(const api::ServiceDatabase& publisher, const engines::Place& from, const engines::Place& to,
                      const World&);

/// Replication where the admins may, the publisher's server decodes its WAL, the consumer's can check its certificate,
/// and both have room for all that is consumed; otherwise the operator. Equal at both ends of a channel, whoever asks.
engines::Carrier CarrierBetween(const std::string& publisher_server, const std::string& consumer_server, const World&);

}  // namespace freehold::stores

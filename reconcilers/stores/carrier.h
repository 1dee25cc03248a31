// Who carries events from one server's databases to another's. Pure, over caches.
#pragma once

#include <string>

#include "reconcilers/engines/store.h"
#include "reconcilers/stores/world.h"

namespace freehold::stores {

/// Of what `publisher` publishes, by its bus; see reconcilers/buses.
engines::Carrier CarrierOf(const api::ServiceDatabase& publisher, const std::string& publisher_server,
                           const std::string& consumer_server, const World&);

/// Replication where both admins are superusers, the publisher's server decodes its WAL, and both have room for all
/// that is consumed; otherwise the operator. Equal at both ends of a channel, whoever asks.
engines::Carrier CarrierBetween(const std::string& publisher_server, const std::string& consumer_server, const World&);

}  // namespace freehold::stores

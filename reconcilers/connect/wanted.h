// Which connectors a bus should have. Reads caches only.
#pragma once

#include <vector>

#include "reconcilers/connect/connector.h"
#include "reconcilers/servers/board.h"
#include "reconcilers/stores/world.h"

namespace freehold::connect {

struct ConnectorWanted {
  std::string part;  ///< the link of a source, the channel of a sink
  bool source = false;
  kube::Name store;  ///< the publisher of a source, the consumer of a sink
  engines::ServerAccess access;
  Database database;
  Config config;
};

/// A source for each link and a sink for each channel of the bus, between stores that were made and servers that
/// answer. What can't be told for want of a server is in `unknown`, and must not be removed.
struct Wanted {
  std::vector<ConnectorWanted> connectors;
  std::vector<std::string> unknown;  ///< links and channels
};

Wanted WantedOf(const api::EventBus&, const stores::World&, const servers::Board&);

/// REQUIRES: IsOnConnect of the spec.
Workers WorkersOf(const api::EventBusSpec&);

}  // namespace freehold::connect

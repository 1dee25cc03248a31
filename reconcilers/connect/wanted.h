// Which connectors a bus should have. Reads caches only.
#pragma once

#include <vector>

#include "reconcilers/connect/engine_sinks.h"
#include "reconcilers/servers/board.h"
#include "reconcilers/stores/world.h"

namespace freehold::connect {

/// What a source copies into a warehouse, instead of events.
struct Copied {
  engines::Layout layout;  ///< the store
  Copy copy;
  bool noted = true;  ///< the warehouse notes what came by which slot; otherwise just the source's configuration does
};

/// What the workers need to reach a warehouse that isn't PostgreSQL.
struct EngineSecret {
  std::string key;  ///< of the workers' Secret
  api::WarehouseSecret from;
};

struct ConnectorWanted {
  std::string part;  ///< the link of a source, the channel of a sink; or CopyOf, SinkOf
  bool source = false;
  kube::Name store;  ///< the publisher of a source, the consumer of a sink
  engines::ServerAccess access;
  Database database;
  Config config;
  std::optional<Copied> copied{};        ///< of a source that fills a warehouse
  std::optional<EngineSecret> secret{};  ///< of a sink of another maker; it has no database then
};

/// A source for each link and a sink for each channel of the bus, between stores that were made and servers that
/// answer, and what fills warehouses: see AddReports. What can't be told for want of a server is in `unknown`, and must
/// not be removed.
struct Wanted {
  std::vector<ConnectorWanted> connectors;
  std::vector<std::string> unknown;  ///< links and channels; what ends with '.' is what names of parts begin with
};

Wanted WantedOf(const api::EventBus&, const stores::World&, const servers::Board&);

Database DatabaseAt(const engines::ServerAccess&, const std::string& database, const std::string& role);

/// REQUIRES: IsOnConnect of the spec.
Workers WorkersOf(const api::EventBusSpec&);

}  // namespace freehold::connect

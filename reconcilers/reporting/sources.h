// Which stores report to a warehouse, and which of them can't. Reads caches only.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "reconcilers/engines/channel.h"
#include "reconcilers/stores/world.h"

namespace freehold::reporting {

struct Hindrance {
  api::Reason reason;
  std::string message;
};

struct Source {
  std::shared_ptr<const api::ServiceDatabase> object;
  engines::Place place;
  std::optional<Hindrance> hindrance;
};

/// The bus of Kafka Connect that brings its rows; null: the databases themselves do.
std::shared_ptr<const api::EventBus> ConnectOf(const api::ReportingWarehouse&, const stores::World&);

/// Why its spec.bus can't bring rows.
std::optional<Hindrance> ByBus(const api::ReportingWarehouse&, const stores::World&);

/// Stores that were made and are there, be it that they are about to go; the oldest first: tables keep schema and name,
/// so of two that send the same the older one may.
std::vector<Source> SourcesOf(const api::ReportingWarehouse&, const stores::World&);

}  // namespace freehold::reporting

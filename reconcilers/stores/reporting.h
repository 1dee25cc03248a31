// A store's part in a warehouse: what it is to publish, and what people are told of it. Reads caches only.
#pragma once

#include <optional>

#include "reconcilers/stores/world.h"

namespace freehold::stores {

/// The warehouse that the spec names, if it is there and stays.
std::shared_ptr<const api::ReportingWarehouse> WarehouseOf(const api::ServiceDatabase&, const World&);

/// What is known of the way there; absent: nothing is reported, or nobody looked yet.
std::optional<ReportState> ReportOf(const api::ServiceDatabase&, const World&);

/// Absent: nothing is published, and what was ends. Where connectors read it, that waits until they are gone.
std::optional<engines::ReportingWanted> ReportingFor(const api::ServiceDatabase&, const engines::Layout&, const World&);

/// The warehouses that still read from it.
std::vector<std::string> ReadersOf(const api::ServiceDatabase&, const World&);

/// Was it seen of another spec than the store has now?
bool IsOfAnotherSpec(const ReportState&, const api::ServiceDatabase& store);

}  // namespace freehold::stores

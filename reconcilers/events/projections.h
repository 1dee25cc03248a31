// The copies that a service asks Freehold to keep from events. Pure.
#pragma once

#include <string>
#include <vector>

#include "reconcilers/events/graph.h"

namespace freehold::events {

/// One entry of `consumes` that is kept in a copy.
struct ProjectedEntry {
  std::size_t index = 0;  ///< in `consumes`
  const api::ConsumedEvent* event = nullptr;
  const api::Projection& into() const { return *event->into; }
};

/// Entries that are kept in one table, in the order of `consumes`; of `object`, which outlives them.
struct ProjectedTable {
  std::string table;
  std::vector<ProjectedEntry> entries;
  std::vector<EventFault> faults;  ///< empty: it can be made

  /// All columns: those of the first entry that is an upsert, or else of the first.
  const api::Projection& shape() const;
};

/// By name. What a single entry says is checked by its fields; here, what the entries say together: one key, the same
/// columns of the same types, a name that no own table has, a schema that is the service's own.
std::vector<ProjectedTable> ProjectedTablesOf(const api::ServiceDatabase& object);

}  // namespace freehold::events

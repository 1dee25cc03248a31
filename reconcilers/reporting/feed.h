// What a tool outside may read of one store: one publication of the columns that may leave, and a slot. Pure.
#pragma once

#include "reconcilers/engines/reporting.h"
#include "reconcilers/reporting/sources.h"

namespace freehold::reporting {

struct Feed {
  stores::ReportState state;  ///< what the store is to do, its logins aside, and what people are told
  bool changing = false;      ///< it will be another soon, without anybody's doing
};

/// Bytes of WAL that a slot may hold back for it.
std::int64_t HoldBackAtMost(const api::WarehouseLoader&);

/// REQUIRES: the source has no hindrance.
Feed FeedFor(const Source&, const engines::SourceSeen&, const api::WarehouseLoader&);

}  // namespace freehold::reporting

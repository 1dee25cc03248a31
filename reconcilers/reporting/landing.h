// What becomes of one store's tables, by what was seen of both ends. Pure.
//
// The order that stalls nothing: a column is sent once the warehouse has it; the warehouse fills its tables once the
// store's end is there.
#pragma once

#include "reconcilers/engines/reporting.h"
#include "reconcilers/reporting/sources.h"

namespace freehold::reporting {

struct Landing {
  engines::LandingWanted wanted;
  stores::ReportState state;  ///< what the store is to do, and what people are told
  int tables = 0, copied = 0;
  bool changing = false;  ///< it will be another soon, without anybody's doing
};

/// REQUIRES: the source has no hindrance.
Landing LandingOf(const Source&, const engines::SourceSeen&, const engines::WarehouseSeen&);

/// What a column of type `there` has to become when the store's is of type `wanted`: the wider one where there is one;
/// text takes everything. Types as format_type prints them.
std::string TypeFor(const std::string& there, const std::string& wanted);

/// The table of that name, if the schema is there and has it.
const engines::LandedTable* LandedIn(const engines::LandedSchema*, const std::string& table);
/// Whose the schema is, for people, if it is somebody else's; absent: `store` may have it.
std::optional<std::string> TakenBy(const engines::LandedSchema*, const engines::Layout&, const std::string& store);

}  // namespace freehold::reporting

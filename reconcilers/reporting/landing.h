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

}  // namespace freehold::reporting

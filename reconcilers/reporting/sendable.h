// What of a reported table may leave its store. Pure.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "reconcilers/engines/reporting.h"

namespace freehold::reporting {

struct Sendable {
  std::vector<engines::ReportedColumn> columns;  ///< never one that is excluded
  bool keyed = false;                            ///< a changed row is found by the table's identity
  bool whole = false;                            ///< it is found by all columns, and none is excluded
};

/// The failure says, for people, why nothing of it may.
std::expected<Sendable, std::string> SendableOf(const api::ReportedTable&, const engines::SourceTable&,
                                                bool lists_columns);

/// Why only what is added could be sent.
std::string WithoutKey(const engines::SourceTable&);

}  // namespace freehold::reporting

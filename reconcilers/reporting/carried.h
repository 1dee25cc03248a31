// What becomes of one store's tables where Kafka Connect copies them, by what was seen of both ends. Pure.
//
// The order that stalls nothing: a column is published once the warehouse has it; a slot that is there before a table
// is published is not copied by; a role for the sink, and with it connectors, come once all that is to be copied is
// published. What can't come by the slot that there is, a table or a column in which rows have a value already, comes
// by another one, from the beginning, with all of that store's tables.
#pragma once

#include "reconcilers/reporting/landing.h"

namespace freehold::reporting {

/// What is known of what is on the way.
struct Evidence {
  std::string trouble;                         ///< of Connect, or of a connector; empty: none
  std::string reason;                          ///< of the trouble, see connect::Board
  bool alive = false;                          ///< a heartbeat of the source came by this slot, not long ago
  std::map<std::string, std::int64_t> sent;    ///< rows that the store's tables had a look ago; empty: not counted
  std::map<std::string, std::int64_t> landed;  ///< rows that the warehouse's have
};

/// Into a warehouse on PostgreSQL, called `database`. LandingWanted::sink has no verifier yet.
/// REQUIRES: the source has no hindrance.
Landing CarriedInto(const std::string& database, const Source&, const engines::SourceSeen&,
                    const engines::WarehouseSeen&, const Evidence&);

/// Into a warehouse of another engine, of which nothing can be seen.
/// REQUIRES: the source has no hindrance.
Landing CarriedOut(const Source&, const engines::SourceSeen&, const Evidence&);

/// Does Debezium bring values of this type as they are? See engines::ReportedColumn::origin.
bool TravelsWhole(const std::string& origin);

}  // namespace freehold::reporting

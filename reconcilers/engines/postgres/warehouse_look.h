// What there is of a warehouse.
#pragma once

#include "reconcilers/engines/postgres/connection.h"
#include "reconcilers/engines/reporting.h"

namespace freehold::engines::postgres {

/// The comment on a table that the operator made there: what becomes of deleted rows, which columns it is not to have,
/// and whether its rows are to come again from the beginning.
std::string CommentOn(const LandingTable&, bool anew);
/// At the end of the comments on a publication and on the subscription that reads it: which slot is between them. A
/// slot that takes the place of another has another note. And how SQL finds it.
inline constexpr const char* kSlotNote = ", slot ";
inline constexpr const char* kSlotNoted = "', slot ([0-9a-f-]{36})$'";
/// At the end of the comment on a sink's role once all was there that its slot had to bring at first.
inline constexpr const char* kWhole = ", whole";
/// What a schema's comment begins with.
inline constexpr const char* kReportsOf = "freehold: reports of ";

/// The role that all readers of a warehouse are members of, and the one of those that bring rows for Kafka Connect.
std::string ReadersOf(const std::string& database);
std::string WritersOf(const std::string& database);

/// One round trip, two where heartbeats come. `connection` is to the warehouse.
Result<WarehouseSeen> LookAtWarehouse(Connection& connection, const std::string& database, const Insights&);

}  // namespace freehold::engines::postgres

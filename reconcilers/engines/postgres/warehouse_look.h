// What there is of a warehouse.
#pragma once

#include "reconcilers/engines/postgres/connection.h"
#include "reconcilers/engines/reporting.h"

namespace freehold::engines::postgres {

/// What a table's comment begins with that the operator made there.
inline constexpr const char* kReported = "freehold: reported, deletes ";
/// After it where the table's rows are to come again from the beginning.
inline constexpr const char* kAnew = ", anew";
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

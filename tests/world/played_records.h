// What is in a topic of a played Kafka, and what those of Debezium's connectors that were measured make of it. Pure,
// but for the copying of what is there.
//
// What it doesn't show: schemas and types of values, which are all text here; what is stored aside and asked for again;
// TRUNCATE; topics' partitions; the topic of what was refused.
#pragma once

#include <chrono>

#include "operator_world.h"
#include "pgoutput.h"
#include "reconcilers/connect/client.h"

namespace freehold::test {

struct PlayedRecord {
  std::string topic;
  StreamedRow key;                   ///< of a row that is copied
  std::optional<StreamedRow> value;  ///< absent: a tombstone
};

/// "a,b" as two.
std::vector<std::string> ItemsOf(const std::string& list);
/// "freehold.orders" as a name of SQL.
std::string TableIn(const std::string& name);

/// Does a source begin with what is in its tables?
bool Copies(const connect::Config& source);
/// That, read with the rights of the source's role, by its lists of tables and columns. Throws pqxx errors.
std::vector<PlayedRecord> WhatIsThere(Session&, const connect::Config& source);

/// What a source makes of a change: an event for the topic of its route; or the row by its key for the topic of its
/// table, a deleted one without a value.
std::vector<PlayedRecord> RecordsOf(const RowChange&, const connect::Config& source);
/// The heartbeat of a source that copies.
PlayedRecord BeatOf(const connect::Config& source, std::chrono::system_clock::time_point);

/// How a sink writes a record: an event into its table; a row over the one of its key, or that one's deletion.
std::string WritingOf(const PlayedRecord&, const connect::Config& sink);

}  // namespace freehold::test

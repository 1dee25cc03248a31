// What Connect is told to copy a store's tables into a warehouse: a source for each store and slot, and a sink. Pure.
//
// A slot that takes the place of another has another source, other topics and another sink, so that nothing that comes
// by the one is taken for what comes by the other.
#pragma once

#include "reconcilers/connect/connector.h"
#include "reconcilers/stores/reports.h"

namespace freehold::connect {

/// What is copied of a store: from where, by which slot, which tables.
struct Copy {
  std::string feed;    ///< see engines::FeedOf
  std::string schema;  ///< of the tables, at both ends
  stores::Copying what;
};

/// What all parts of a feed's copies begin with, whatever the slot: "reports.orders_db_1f2e3d4c.".
std::string CopiesOf(const std::string& feed);
/// The source by one slot: "reports.orders_db_1f2e3d4c.5f3a9c21". Its topics begin with NameOn of it.
std::string CopyOf(const std::string& feed, const std::string& slot);
/// The sink of what it brings.
std::string SinkOf(const std::string& copy);
/// The topic of one table.
std::string TopicOf(const Workers&, const Copy&, const std::string& table);

/// How a source puts what happened to a row.
enum class Form {
  kTombstones,  ///< a deleted row is its key without a value
  kMarked,  ///< rows say in __deleted whether they are, and in __lsn when; after a deleted one comes its key without
            ///< a value
};

/// Debezium's connector for PostgreSQL: what is there first, then what changes, a topic for each table, rows by key.
/// Values that an update didn't touch and that PostgreSQL doesn't send again are asked for, since a row is sent whole.
Config CopySourceConfig(const Workers&, const Copy&, const Database&, Form);

/// Debezium's JDBC sink into the tables of the same name in a warehouse on PostgreSQL, which are there already, and its
/// heartbeats beside them. What is no record of the source's goes to the topic `….refused`.
Config CopyIntoPostgres(const Workers&, const Copy&, const Database&);

}  // namespace freehold::connect

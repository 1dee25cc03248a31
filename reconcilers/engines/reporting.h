// What a store sends to a warehouse, and what the warehouse has of it.
#pragma once

#include <map>
#include <set>

#include "reconcilers/api/service_database.h"
#include "reconcilers/engines/store.h"

namespace freehold::engines {

/// What the way of a store's tables to a warehouse is called at both ends: "_orders_db_1f2e3d4c". No channel's name
/// begins so.
std::string FeedOf(const Layout& source);

/// The two logins of a reader, which take turns: "warehouse_looker_1", "warehouse_looker_2".
std::array<std::string, 2> ReaderLogins(const std::string& database, const std::string& reader);

/// The role by which Kafka Connect fills the tables of a feed: "orders_db_1f2e3d4c_0a1b2c3d_sink". Another slot is
/// another role, so that whoever still brings what came by the one before can't write any more.
std::string SinkRoleOf(const std::string& database, const std::string& feed, const std::string& slot);
/// Is it one of the feed's, by whichever slot?
bool IsSinkOf(const std::string& role, const std::string& feed);
/// The table beside those of a feed into which Debezium's heartbeats come: "freehold__orders_db_1f2e3d4c".
std::string BeatTableOf(const std::string& feed);

struct ReportedColumn {
  std::string name;
  std::string type;      ///< as the warehouse can have it: what it doesn't know is text
  bool filled = false;   ///< rows that were there before the column may have a value in it
  std::string origin{};  ///< the store's own type, without modifiers; "enum"; of a domain, what it is made of
  bool operator==(const ReportedColumn&) const = default;
};

/// A table of a store that is to be reported, as it is.
struct SourceTable {
  std::string unfit;                     ///< why it can't be replicated; empty: it can
  std::vector<ReportedColumn> columns;   ///< generated ones aside
  std::vector<std::string> identity;     ///< by which a changed row is found; empty: by nothing, or by all columns
  bool whole_identity = false;           ///< by all columns
  std::vector<std::string> generated{};  ///< columns that are left out for that
  bool operator==(const SourceTable&) const = default;
};

/// The store's end of a feed.
struct SourceSeen {
  std::map<std::string, SourceTable> tables;                  ///< those asked for that are there
  std::map<std::string, std::vector<std::string>> published;  ///< columns by table; none: all
  bool ready = false;                                         ///< there are publications and a slot that is not lost
  std::string slot;     ///< which one it is, once there are publications, too: each that is made has another name
  bool lost = false;    ///< the slot, and with it what was not replicated yet
  bool active = false;  ///< somebody reads the slot now
  std::int64_t retained = 0;
  std::int64_t confirmed = 0;     ///< up to where its reader has all, as a position in the WAL
  std::int64_t written = 0;       ///< where the WAL ends
  bool lists_columns = true;      ///< the server can leave columns out
  bool yields = true;             ///< a list of columns gives way while the owner alters its table
  std::array<LoginSeen, 2> tool;  ///< see ToolLoginsOf
  bool operator==(const SourceSeen&) const = default;
};

/// A table of the warehouse.
struct LandedTable {
  std::map<std::string, std::string> columns;  ///< name to type
  std::vector<std::string> key;
  std::string key_name;                ///< of the constraint; empty: there is none
  bool readable = false;               ///< by the readers
  std::string deletes;                 ///< what becomes of deleted rows: "Delete", "Keep", "Mark"
  bool anew = false;                   ///< to be sent no more, and then from the beginning
  std::vector<std::string> writers{};  ///< sinks that may write it
  std::set<std::string> excluded{};    ///< columns that it was not to have the last time
  bool operator==(const LandedTable&) const = default;
};

struct LandedSchema {
  std::string source;  ///< the store that sends it: "shop/orders"; empty: somebody else made it
  bool readable = false;
  std::map<std::string, LandedTable> tables;
  std::vector<std::string> writers{};  ///< sinks that may use it
  bool operator==(const LandedSchema&) const = default;
};

/// What fills the tables of one feed.
struct LandingSeen {
  bool enabled = false;
  std::string digest;   ///< of how it reaches the source
  bool on_disk = true;  ///< what it confirms
  std::string slot;     ///< the one that it was made for
  bool running = false;
  std::map<std::string, bool> tables;  ///< "orders.order_lines": is it there as a whole?
  int errors = 0;                      ///< since it was made; told from 15 on
  bool operator==(const LandingSeen&) const = default;
};

/// The last heartbeat of each source that came there, in milliseconds since 1970 by its worker's clock.
using Beats = std::map<std::string, std::int64_t>;

struct WarehouseSeen {
  bool exists = false;
  bool by_superuser = true;  ///< who looked
  std::string comment;       ///< of the database
  std::map<std::string, LandedSchema> schemas;
  std::map<std::string, LandingSeen> landings;  ///< by feed
  bool group = false;                           ///< the role that all readers are members of
  bool views = false;                           ///< the role that owns materialized views, see ViewsRoleOf
  std::map<std::string, LoginSeen> logins;      ///< of readers, by name
  std::map<std::string, std::string> settings;  ///< of these logins: what was set for them, by name
  std::vector<std::string> authorities;         ///< the operator's files of certificates in the server's directory
  bool writers = false;                         ///< the role that all sinks are members of
  std::map<std::string, LoginSeen> sinks;       ///< see SinkRoleOf
  std::set<std::string> whole;                  ///< sinks by which all came that was there at the beginning
  std::map<std::string, Beats> beats;           ///< by table, see BeatTableOf
};

/// A table as the warehouse is to have it.
struct LandingTable {
  std::string name;
  std::vector<ReportedColumn> columns;
  std::vector<std::string> key;
  std::set<std::string> excluded;  ///< columns that it is not to have: those that are there go
  api::ReportedDeletes deletes = api::ReportedDeletes::kDelete;
  bool again = false;  ///< where Kafka Connect brings rows: something was missed, so it has to come from the beginning
  bool operator==(const LandingTable&) const = default;
};

/// How Kafka Connect writes to the tables of a feed.
struct SinkWanted {
  std::string role;                         ///< empty: what is to be copied is not complete at the store's end yet
  std::optional<std::string> new_verifier;  ///< absent: leave what is there
  bool whole = false;                       ///< all came that was there at the beginning
  bool operator==(const SinkWanted&) const = default;
};

/// One store's tables, as the warehouse is to have them.
struct LandingWanted {
  std::string feed;
  std::string source;  ///< "shop/orders"
  std::string schema;
  std::vector<LandingTable> tables;
  std::set<std::string> published;  ///< what the store sends now
  std::string slot;                 ///< by which; empty: by none yet
  /// Once the store's end is ready; absent: leave what fills the tables as it is.
  std::optional<Upstream> upstream;
  std::optional<SinkWanted> sink{};  ///< present: Kafka Connect fills the tables, and no subscription
  bool operator==(const LandingWanted&) const = default;
};

struct ReaderWanted {
  std::array<std::string, 2> names;
  std::array<LoginWanted, 2> logins;
  std::optional<api::Duration> statement_timeout;
  bool operator==(const ReaderWanted&) const = default;
};

struct Warehouse {
  std::string database;
  std::string comment;  ///< whose it is, see WarehouseComment
  std::vector<LandingWanted> landings;
  std::set<std::string> left_alone;  ///< feeds whose source can't be seen now
  std::vector<ReaderWanted> readers;
};

/// "freehold: warehouse main, uid 7c9e…".
std::string WarehouseComment(const std::string& name, const std::string& uid);
bool IsWarehouseComment(const std::string& comment);

}  // namespace freehold::engines

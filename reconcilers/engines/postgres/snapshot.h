// What the catalogs say, as rows. Names are plain; an empty grantee is PUBLIC.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "operator/base/failure.h"
#include "reconcilers/engines/engine.h"

namespace freehold::engines::postgres {

using base::Result;

/// One entry of an ACL.
struct Grant {
  std::string grantee, grantor, privilege;
  bool grantable = false;  ///< told of databases only
  bool operator==(const Grant&) const = default;
};

struct Role {
  std::string name;
  bool superuser = false, create_database = false, create_role = false, replication = false, bypass_rls = false;
  bool can_login = false, inherits = true;
  int connections = -1;
  std::string comment;
  std::string digest;                   ///< of the verifier; empty: none, or not readable
  std::optional<std::string> verifier;  ///< seen of one store only
  bool operator==(const Role&) const = default;
};

/// `member` has what `role` has. Up to 15 there is one for a pair, and it always inherits and may be set.
struct Membership {
  std::string role, member, grantor;
  bool admin = false, inherits = true, settable = true;
  bool of_superuser = false;  ///< the member is one
  bool in_superuser = false;  ///< the role is one
  bool operator==(const Membership&) const = default;
};

/// ALTER ROLE … IN DATABASE … SET. Empty role: everybody; empty database: everywhere.
struct Setting {
  std::string role, database;
  std::vector<std::string> values;  ///< "search_path=orders"
  bool operator==(const Setting&) const = default;
};

struct Database {
  std::string name, owner;
  bool allows_connections = true, is_template = false;
  int connections = -1;
  std::string comment;
  bool owned_by_superuser = false;
  bool reachable = false;  ///< the admin may act as its owner
  std::vector<Grant> grants;
  bool was_entered = false;  ///< by anybody, since it is there; told of spare databases only
  bool operator==(const Database&) const = default;
};

/// Digest of all that pg_shdepend lists in a database for what `holder` owns or, where the operator owns it, may use.
struct Holding {
  std::string database, holder, digest;
  std::vector<std::string> strangers;  ///< who else has rights on what it owns, superusers and the admin aside
  bool operator==(const Holding&) const = default;
};

/// A login that may connect to the database and reach all that is in it, whatever is granted there.
struct Reacher {
  std::string role;
  std::string through;  ///< the predefined role that it is a member of; or one with REPLICATION, be it itself
  std::string by;       ///< the first role on the way from the one to the other
  std::string database;
  bool operator==(const Reacher&) const = default;
};

/// An entry of pg_parameter_acl, which is there from 15 on.
struct ParameterGrant {
  std::string grantee, privilege, parameter;
  bool operator==(const ParameterGrant&) const = default;
};

/// A line of pg_hba.conf that asks for no password, for connections from other machines.
struct TrustLine {
  int number = 0;
  std::vector<std::string> databases, users;  ///< as written, "all" among them
  std::string address;
  bool operator==(const TrustLine&) const = default;
};

/// A role that the operator made for a store's channels or for its way to the warehouse. Its name and comment are those
/// of the store's owner role, and it may connect to the store's database.
struct FeedRole {
  std::string name, database;
  bool replicates = false;
  bool superuser = false, create_database = false, create_role = false, bypass_rls = false;
  bool operator==(const FeedRole&) const = default;
};

/// A replication slot of the operator's.
struct FeedSlot {
  std::string name, database;
};

/// The rows of the shared catalogs.
struct SharedRows {
  std::string version;
  int major = 0;
  std::string identity, wal_level;
  int readers = 0;        ///< replication slots that may be read at once
  int subscriptions = 0;  ///< that may be worked on at once
  Role admin;
  bool admin_signals = false;     ///< may end anybody's session (but a superuser's)
  bool admin_subscribes = false;  ///< is in pg_create_subscription
  bool shows_blocks = false;      ///< pg_stat_statements keeps the text of what a block runs
  bool verifiers_readable = false;
  std::vector<Database> databases;
  std::vector<Role> roles;
  std::vector<Membership> memberships;
  std::vector<Setting> settings;
  std::vector<Holding> holdings;
  std::vector<Reacher> reachers;
  std::vector<ParameterGrant> parameters;  ///< superusers aside
  std::vector<TrustLine> trusted;          ///< none either when the admin may not read the file
  std::vector<FeedRole> feeds;
  std::vector<FeedSlot> slots;

  /// The server itself and its admin, nothing that was made on it.
  SharedRows WithoutStores() const;
};

struct Schema {
  std::string name, owner, comment;
  int relations = 0;
  std::vector<Grant> grants;
};

/// Something in a schema that is not as it would be if only the owner role had a hand in it.
struct Object {
  std::string kind;      ///< as ALTER takes it: "TABLE", "ROUTINE", "TYPE" …
  std::string identity;  ///< quoted, as ALTER takes it
  std::string schema, owner;
  bool owned_by_superuser = false;  ///< told of what is misowned only
  bool reachable = false;           ///< the admin may act as its owner
  bool definer = false;             ///< a SECURITY DEFINER routine; told of what has strays only
  bool pinned = false;              ///< and it sets a search_path of its own
};

struct ObjectGrant {
  Object object;
  std::string column;  ///< empty: the whole object
  Grant grant;
};

struct DefaultAcl {
  std::string role, schema;  ///< empty schema: everywhere in the database
  std::string kind;          ///< as GRANT … ON takes it: "TABLES", "SEQUENCES", "FUNCTIONS", "TYPES", "SCHEMAS"
  std::vector<Grant> grants;
};

/// Something outside the store's schema that shows what is in it with another's rights: a view on its tables, a
/// SECURITY DEFINER routine of its roles.
struct Outlet {
  Object object;
  Grant grant;
};

/// What lets a role of the database out of it, to the server's files or to other servers; superusers aside.
struct WayOut {
  std::string kind, identity;  ///< as GRANT … ON takes it: "ROUTINE", "FOREIGN DATA WRAPPER"
  std::string grantee, privilege;
  std::string why;  ///< "untrusted language plpython3u"
};

struct UserMapping {
  std::string server, role;
};

struct Publication {
  std::string name, owner;
  std::string tables;  ///< "all tables", "tables in schema x", or one of the tables
};

struct TableOwner {
  std::string role;
  bool is_store = false;  ///< by its marker it is the owner role of a store
};

struct Partition {
  std::string schema, name;
  std::string bound;     ///< "DEFAULT" or "FOR VALUES FROM (…) TO (…)"
  bool pending = false;  ///< of an inbox: it holds events that were not processed
};

struct OutboxSeen {
  std::string owner;
  bool partitioned = false;
  std::vector<std::string> columns;      ///< "id uuid"
  std::vector<std::string> constraints;  ///< names of the CHECKs
  std::vector<std::string> unvalidated;  ///< those among them that old rows need not pass
  std::vector<std::string> indexes;
  std::vector<Partition> partitions;
  bool spilled = false;  ///< the default partition may hold rows
  std::vector<Grant> grants;
};

struct SubscriptionSeen {
  bool enabled = false;
  std::string digest;  ///< of how it reaches the publisher, SHA-256 in hexadecimal
  std::string slot;
  bool running = false;
  /// The channel's table is among its tables. What pg_dump restores knows none, and brings nothing.
  bool whole = true;
  bool on_disk = true;  ///< what it confirms, see kOnDisk
};

/// A trigger that takes events into the inbox: on an outbox, or on the end of a channel.
struct FeedTrigger {
  std::string schema, outbox, name;
  std::vector<std::string> arguments;  ///< the source, then the types
  bool enabled = true;
  std::optional<SubscriptionSeen> subscription;  ///< what fills the end of a channel
};

struct InboxSeen {
  std::string view_kind, view_owner;  ///< of the relation that has the view's name; empty: there is none
  std::vector<std::string> rights;    ///< of the store's roles on it: "SELECT", "UPDATE attempts"
  bool table = false;                 ///< the operator's table is there
  bool whole = false;                 ///< so is all that belongs to it
  std::string version;                ///< of what takes events in
  std::vector<Partition> partitions;
  bool spilled = false;  ///< the default partition may hold rows
  std::vector<FeedTrigger> feeds;
};

/// A channel at the publisher's end.
struct OutgoingSeen {
  std::string channel;
  std::string version;                 ///< of what puts events on their way; empty: there is nothing that does
  std::vector<std::string> arguments;  ///< of the trigger on the outbox: the types
  bool enabled = false;                ///< false, too, when there is no trigger
  bool published = false;              ///< a publication carries it, and nothing but what is added
  std::optional<bool> slot;            ///< fit for use; absent: there is none
  std::string resync;                  ///< the request that was last answered
};

/// Of one table of a projection, whatever it is called in a spec by now.
struct ProjectionTableSeen {
  std::string name;
  std::string table;                               ///< what the service calls the copy
  bool filled = false;                             ///< it holds all that the inbox did when its trigger was made
  std::map<std::string, std::string> definitions;  ///< of its columns: what their comments say
};

struct ProjectionFunctionSeen {
  std::string digest;
  bool sound = false;  ///< the operator's, with its settings, and nobody else may use it
};

/// What has the name of a copy in the service's schema.
struct ProjectionViewSeen {
  std::string kind, target;         ///< the table of the operator's that it shows
  bool sound = false;               ///< it is as the operator made it
  bool reachable = false;           ///< the admin may act as its owner
  std::vector<std::string> rights;  ///< of the store's roles on it
  std::string id;                   ///< unique in the database
  std::string used_by;              ///< something that depends on it
};

/// Events of one type that one table does not hold.
struct ProjectionGapSeen {
  std::string name;
  ProjectionGap gap;
  bool again = false;  ///< some of them only for another transaction's sake
};

struct ProjectionsSeen {
  std::vector<ProjectionTableSeen> tables;
  std::map<std::string, ProjectionFunctionSeen> apply, take;  ///< by name of the table
  std::map<std::string, bool> triggers;                       ///< by that name; do they fire always?
  std::map<std::string, ProjectionViewSeen> views;            ///< by what the service calls the copy
  std::vector<ProjectionGapSeen> gaps;
};

/// An outbox that the operator made, in the database that was visited.
struct OutboxPlace {
  std::string schema, name;
  bool operator==(const OutboxPlace&) const = default;
};

/// The role by which events leave a store and come into it.
struct CdcSeen {
  bool fit = false;  ///< it has no attribute but LOGIN and REPLICATION, if any
  bool can_login = false;
  bool replicates = false;
  std::optional<std::string> verifier;
  std::string comment;
  bool connects = false;            ///< to this database
  std::vector<std::string> brings;  ///< ends of channels that it may write to, in the operator's schema; sorted
};

/// What is published of one table for a warehouse, and what of it the roles that replicate may read.
struct ReportedTableSeen {
  std::vector<std::string> columns;                          ///< sorted; none: no list
  std::map<std::string, std::vector<std::string>> readable;  ///< by role that replicates; sorted
};

struct ReportSeen {
  bool fit = false;  ///< it publishes the kinds of changes that it is for
  std::map<std::string, ReportedTableSeen> tables;
};

/// A store's end of the way to a warehouse.
struct ReportingSeen {
  std::map<std::string, ReportSeen> publications;  ///< by name
  std::optional<bool> slot;                        ///< fit for use; absent: there is none
  std::int64_t retained = 0;                       ///< bytes of WAL that the slot holds back
  std::vector<std::string> enter;                  ///< roles that replicate and may use the schema
  std::string guard;                               ///< the version of what gives way to owners; empty: there is none
  std::map<std::string, CdcSeen> tool;             ///< the logins of a tool outside, by name
};

/// The rows of one database, as far as they concern one store.
struct LocalRows {
  std::vector<Schema> schemas;
  std::vector<Object> misowned;     ///< not owned by the owner role
  std::vector<ObjectGrant> strays;  ///< rights of others than the store's roles, the operator and superusers
  std::vector<ObjectGrant> fed;     ///< those among them that the store's FeedRole is there for, which are no strays
  std::vector<DefaultAcl> defaults;
  std::map<std::string, std::string> extensions;  ///< name to schema
  std::map<std::string, TableOwner> tables;       ///< Tables mode: of the shared schema
  std::optional<OutboxSeen> outbox;
  InboxSeen inbox;
  ProjectionsSeen projections;
  std::vector<OutboxPlace> outboxes;
  std::vector<OutgoingSeen> outgoing;
  std::vector<std::string> stray_slots;  ///< of channels that aren't there any more
  std::optional<CdcSeen> cdc;
  ReportingSeen reporting;
  std::vector<std::string> authorities;  ///< the operator's files of certificates in the server's directory
  int user_tables = 0;
  std::vector<Outlet> outlets;  ///< Schema and Tables mode
  std::vector<WayOut> ways_out;
  std::vector<UserMapping> mappings;
  std::vector<Publication> publications;
  std::string grant_guard;          ///< the version of the one in force; empty: none
  bool large_objects_open = false;  ///< there are some, and lo_compat_privileges switches their rights off
};

/// A role that is told of somewhere and is no business of the store's, or that may act as one; superusers aside.
struct Actor {
  std::string name;
  bool can_login = false, inherits = true;
  bool connects = false;             ///< to the store's database
  std::vector<std::string> schemas;  ///< of the store's, those that it has USAGE on
};

struct ReplicationSlot {
  std::string name, role;  ///< who reads it now, if anybody does
};

/// What one look at one store brought.
struct StoreRows {
  SharedRows shared;
  std::vector<std::string> elsewhere;   ///< other databases where the store's roles own or may do something
  std::map<std::string, int> sessions;  ///< by role, superusers aside: in its own database, or anywhere of its roles
  std::vector<ReplicationSlot> slots;   ///< in its database, the operator's aside
  std::vector<Actor> actors;
  std::vector<Membership> bonds;   ///< by which they may act as each other
  std::optional<LocalRows> local;  ///< absent: its database was not visited
};

/// What one look at a server brought. `local` tells of the shared database, when that was where the query ran.
struct ServerRows {
  SharedRows shared;
  std::optional<LocalRows> local;
};

Result<ServerRows> ParseServerRows(const std::string& json);
Result<StoreRows> ParseStoreRows(const std::string& json);
/// Of MadeQuestions; what they don't ask is as it was on the whole server, where the store was not there yet.
Result<StoreRows> ParseMadeRows(const std::string& json, const SharedRows& server);

}  // namespace freehold::engines::postgres

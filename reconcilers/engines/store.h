// One store in terms that every kind of database shares: what is wanted, what was seen, one change.
#pragma once

#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "operator/base/clock.h"
#include "operator/base/sensitive.h"
#include "reconcilers/api/database_server.h"
#include "reconcilers/api/payload_schema.h"

namespace freehold::engines {

/// What a store and its principals are called on their server. Plain names, not quoted; valid by construction.
struct Layout {
  api::Isolation isolation = api::Isolation::kDatabase;
  std::string database;               ///< where it lives: its own, or the server's shared one
  std::string schema;                 ///< where its objects live
  std::string owner;                  ///< the NOLOGIN role that owns them: "<name>_owner"
  std::array<std::string, 2> logins;  ///< "<name>_a", "<name>_b": alternate on rotation
  bool operator==(const Layout&) const = default;
};

/// `name` is the physical name of the store (api::StoreNameOf), at most 57 bytes.
Layout LayoutOf(api::Isolation, const std::string& name, const std::string& schema, const std::string& shared_database);

/// The schema that all stores of Tables mode share, in the server's shared database.
inline constexpr const char* kSharedSchema = "shared";

/// Who owns a store, as recorded in the store itself.
struct Marker {
  std::string uid;   ///< of the ServiceDatabase; empty: released, nobody owns it
  std::string name;  ///< "namespace/name", for people
  bool operator==(const Marker&) const = default;
};

/// A table whose rows go by whole partitions once they have outlived the retention.
struct Rolling {
  api::Duration retention{};
  base::Timestamp now{};  ///< PartitionStart of the present: equal within one partition
  bool operator==(const Rolling&) const = default;
};

struct OutboxWanted {
  std::vector<std::string> types;  ///< what the CHECK on `type` allows, sorted
  api::Duration retention{};
  base::Timestamp now{};  ///< PartitionStart of the present: equal within one partition
  /// By type, what the payload must look like; of others it may be anything.
  std::map<std::string, api::PayloadSchema> payloads{};
  Rolling rolling() const { return {retention, now}; }
  bool operator==(const OutboxWanted&) const = default;
};

/// How much time one partition of an outbox covers.
constexpr std::chrono::hours PartitionWidth(api::Duration retention) {
  return retention >= std::chrono::hours(48) ? std::chrono::hours(24) : std::chrono::hours(1);
}
/// Where the partition of `now` begins.
constexpr base::Timestamp PartitionStart(api::Duration retention, base::Timestamp now) {
  return now - now.time_since_epoch() % std::chrono::seconds(PartitionWidth(retention));
}

/// Who brings events from one database into another.
enum class Carrier {
  kReplication,  ///< the databases themselves: a subscription at the consumer's
  kPolling,      ///< the operator, see Engine::Deliver
  kConnect,      ///< Kafka Connect: a source at the publisher's, Kafka, a sink at the consumer's
};
std::string ToString(Carrier);  ///< "Replication" …

/// The way of one publisher's events to one consumer in another database. Each of the two keeps a table of its name for
/// it, in the operator's schema.
struct Channel {
  std::string name;  ///< [a-z0-9_], at most 53 bytes; see channel.h
  Carrier carrier = Carrier::kPolling;
  /// By Connect all that leaves a publisher shares one table, publication and slot of this name: see LinkOf. Empty for
  /// other carriers, whose channels have their own.
  std::string link{};
  bool operator==(const Channel&) const = default;
};

/// How one database server reaches another one's database to replicate from it.
struct Upstream {
  std::string host;
  int port = 5432;
  std::string database;
  api::TlsMode tls = api::TlsMode::kVerifyFull;
  std::string ca_pem;     ///< empty: the system's CAs
  std::string root_cert;  ///< where the replicating server has them: a path or "system"; empty: by ca_pem
  std::string user;       ///< see CdcRoleOf
  base::Sensitive password;
  bool operator==(const Upstream&) const = default;
};

/// The events of one publisher that are to come into the inbox.
struct FeedWanted {
  std::string source;              ///< the publishing service: "shop/catalog"
  std::string server;              ///< where the publisher's store is: the DatabaseServer
  Layout publisher;                ///< the store whose outbox has them
  std::optional<Channel> channel;  ///< absent: publisher and consumer share a database
  std::vector<std::string> types;  ///< sorted
  std::vector<std::string> early;  ///< those among them that begin with what the outbox still holds
  /// For a channel by replication, once the publisher's end is ready; absent: leave the subscription as it is.
  std::optional<Upstream> upstream;
  bool operator==(const FeedWanted&) const = default;
};

/// The events that one consumer in another database is to have.
struct OutgoingWanted {
  Channel channel;
  std::string consumer;            ///< the ServiceDatabase: "shop/cart"
  std::vector<std::string> types;  ///< sorted
  std::vector<std::string> early;  ///< those among them that begin with what the outbox still holds
  api::Duration memory{};          ///< for how long the consumer knows which events it has
  std::string resync;              ///< asks, by any new value, that all of them are posted once more
  bool operator==(const OutgoingWanted&) const = default;
};

struct ProjectedColumn {
  std::string name;
  std::string type;  ///< as SQL calls it, out of a closed list
  bool operator==(const ProjectedColumn&) const = default;
};

/// One event that is kept in a copy.
struct ProjectedEvent {
  std::string source;              ///< the publishing service: "shop/catalog"
  std::string type;                ///< the event
  bool deletes = false;            ///< it ends the row of its key
  bool settles = false;            ///< nobody else processes it: applied is processed
  std::vector<std::string> paths;  ///< one per column, see api::EventPath; of a deletion only the key's counts
  bool operator==(const ProjectedEvent&) const = default;
};

/// A read-only copy, kept current from the events that come into the inbox.
struct ProjectionWanted {
  std::string table;    ///< what the service calls it
  std::size_t key = 0;  ///< which of the columns
  std::vector<ProjectedColumn> columns;
  std::vector<ProjectedEvent> events;  ///< sorted by source and type
  bool operator==(const ProjectionWanted&) const = default;
};

/// Which changes of a table are sent to a warehouse.
enum class Sent {
  kEverything,
  kNoTruncate,  ///< where deleted rows stay
  kInserts,     ///< where a changed row can't be found
};

/// What a store publishes of one table.
struct PublishedTable {
  std::vector<std::string> columns;  ///< sorted; none: all of them, also those to come
  Sent sent = Sent::kEverything;
  bool operator==(const PublishedTable&) const = default;
};

struct LoginWanted {
  bool can_login = false;
  /// The verifier to set now (SCRAM-SHA-256$…); absent: leave what is there.
  std::optional<std::string> new_verifier;
  bool operator==(const LoginWanted&) const = default;
};

/// What a tool outside is given at a store: see ToolLoginsOf.
struct ToolWanted {
  std::array<LoginWanted, 2> logins;
  std::int64_t hold_back_at_most = 0;  ///< bytes of WAL; a slot that holds back more is made again
  bool operator==(const ToolWanted&) const = default;
};

/// The store's end of the way to a warehouse; see reporting.h.
struct ReportingWanted {
  std::string feed;
  std::string warehouse;
  std::optional<ToolWanted> tool;  ///< absent: another database replicates, as the store's CDC role
  /// Absent: what is published now stays.
  std::optional<std::map<std::string, PublishedTable>> tables;
  bool operator==(const ReportingWanted&) const = default;
};

/// All that a store should be.
struct Store {
  Layout layout;
  Marker marker;
  bool adopt = false;
  std::vector<std::string> tables;  ///< Tables mode: the tables of `owns`
  std::optional<OutboxWanted> outbox;
  std::optional<Rolling> inbox;
  std::vector<FeedWanted> feeds;              ///< none without an inbox
  std::vector<OutgoingWanted> outgoing;       ///< none without an outbox
  std::vector<ProjectionWanted> projections;  ///< none without an inbox
  std::optional<ReportingWanted> reporting;
  std::optional<int> connections;
  std::optional<api::Duration> statement_timeout;
  std::vector<std::string> extensions;
  std::array<LoginWanted, 2> logins;
  /// For the role that replicates its events: the verifier to set now; absent: leave what is there.
  std::optional<std::string> new_cdc_verifier;
  bool operator==(const Store&) const = default;
};

/// How bad it is that a way is open: critical, data can be read or written by it now; high, it opens with one more
/// statement of its principal; medium, it shows names, source or traces of data; low, it is untidy.
enum class Severity { kLow, kMedium, kHigh, kCritical };
std::string ToString(Severity);  ///< "low" …

/// A way to a store that its owner did not open and no rule allows.
struct ForeignAccess {
  std::string principal;  ///< a role, "PUBLIC", or "roles with …" when an attribute is all that it takes
  std::string right;      ///< "CONNECT", "SELECT", "MEMBER", "SUPERUSER" …
  std::string path;       ///< the object and how it is reached: "table orders.order_lines", "member of orders_db_owner"
  Severity severity = Severity::kCritical;
  std::string
      evidence;        ///< what was seen where: "pg_class.relacl: payments=r/orders_db_owner"; empty: the path says it
  std::string remedy;  ///< one statement or deed that closes it; no secrets
  bool operator==(const ForeignAccess&) const = default;
};

/// What takes data out of a store, or brings it in, by a role that Freehold made for that alone.
enum class Feed { kEvents, kReports };

/// Whoever else's feeds read the database that a store shares.
inline constexpr const char* kOtherFeeds = "roles of others' feeds";

/// A way into a store that is meant: of its own role for channels and for the warehouse, see CdcRoleOf, or of those of
/// others in the same database.
struct FeedAccess {
  std::string principal;  ///< the role, or kOtherFeeds
  std::string right;      ///< "REPLICATION", "SELECT", "INSERT" …
  std::string path;       ///< "changes of database orders_db", "table orders.order_lines"
  Feed feed = Feed::kEvents;
  std::string evidence;
  bool operator==(const FeedAccess&) const = default;
};

/// A way on which events really come into the inbox.
struct FeedSeen {
  std::string source;
  std::vector<std::string> types;  ///< none for a channel: what it carries is seen at its other end
  std::string channel;             ///< empty: from the same database
  bool subscribed = false;         ///< by replication, and the subscription is enabled
  bool running = false;            ///< so it is, and somebody works on it now
  bool operator==(const FeedSeen&) const = default;
};

/// Events of one type that a copy does not hold.
struct ProjectionGap {
  std::string source, type;
  int events = 0;
  std::string last_error;   ///< tells no value
  std::string last_event;   ///< its id
  base::Timestamp since{};  ///< when the first of them arrived
  bool operator==(const ProjectionGap&) const = default;
};

struct ProjectionSeen {
  std::string table;
  bool current = false;     ///< it is shown and kept, and no other is on its way
  bool name_taken = false;  ///< something else has its name
  std::string used_by;      ///< of the service's own: what would have to go for it to change
  std::vector<ProjectionGap> gaps;
  bool operator==(const ProjectionSeen&) const = default;
};

struct LoginSeen {
  bool exists = false;
  bool can_login = false;
  /// As stored; absent when there is none or the admin may not read it (Snapshot tells which).
  std::optional<std::string> verifier;
  bool operator==(const LoginSeen&) const = default;
};

/// What an engine saw beyond what all share; only its own Plan looks inside.
struct Detail {
  virtual ~Detail() = default;
};

/// All that a store is, seen afresh.
struct StoreSeen {
  bool exists = false;           ///< the database (Database, Instance), the schema (Schema), any of its roles (Tables)
  bool visited = false;          ///< what is in its database was seen, too
  bool occupied = false;         ///< a name it needs (a role, the schema, a table) is there without our marker
  std::optional<Marker> marker;  ///< who owns it, if it says so
  bool verifiers_readable = false;
  std::array<LoginSeen, 2> logins;
  std::vector<ForeignAccess> foreign;
  std::vector<FeedAccess> feed_access;
  int user_tables = 0;  ///< the service's own tables, outbox aside
  /// Tables mode: the tables of the shared schema that others own, by name, with their owner.
  std::map<std::string, std::string> tables_of_others;
  std::vector<FeedSeen> feeds;
  std::vector<ProjectionSeen> projections;
  LoginSeen cdc;            ///< the role that replicates its events
  std::string fingerprint;  ///< see Engine::Fingerprint
  std::shared_ptr<const Detail> detail;
};

/// The publisher's end of a channel, or of a link.
struct ChannelSeen {
  std::vector<std::string> types;           ///< what it takes from the outbox; none when it isn't connected; see TypeOn
  std::int64_t waiting = 0;                 ///< events that were not delivered yet, those put aside not counted
  std::optional<std::chrono::seconds> age;  ///< of the oldest of them
  std::int64_t parked = 0;                  ///< put aside after too many tries
  std::string last_error;                   ///< of one that was tried in vain; empty: there is none
  bool published = false;                   ///< it may be replicated: there are a publication and a slot
  bool lost = false;                        ///< the slot, and with it what was not replicated yet
  bool active = false;                      ///< somebody reads the slot now
  std::int64_t retained = 0;                ///< bytes of WAL that the slot holds back
  std::chrono::milliseconds replay_lag{};   ///< of who reads it
  std::string resync;                       ///< the request that was last answered, see OutgoingWanted
  std::int64_t confirmed = 0;               ///< up to where its reader has all, as a position in the WAL
  std::int64_t written = 0;                 ///< where the WAL ends
  bool operator==(const ChannelSeen&) const = default;
};

/// One change, as data: printed by `plan`, counted by the gate, compared in tests.
/// As whom the statements of a step run that holds text of strangers: on a connection of its own which has no other
/// rights, each by a message that takes a single statement. Failures of what reads rows don't quote them.
struct StepRole {
  std::string name;
  std::chrono::milliseconds statement_timeout{};
  bool operator==(const StepRole&) const = default;
};

struct Step {
  std::string verb;      ///< "create-database", "prepare-roles", "make-schema", "end-sessions", "drop-database" …
  std::string target;    ///< the object changed: "orders_db"
  std::string database;  ///< where the statements run; empty: the server's maintenance database
  /// Run in order. With `transaction` all or none; without, each by itself (CREATE DATABASE).
  std::vector<std::string> statements;
  bool transaction = true;
  /// Does all of it in one transaction and at less cost, where the server lets it: tried first, and when it is refused
  /// the statements run. Empty: there is no such way; only without `transaction`.
  std::string shortcut{};
  /// What a statement takes that must stand in none, see postgres/secrecy.h; only without `transaction`.
  std::optional<base::Sensitive> secret{};
  bool best_effort = false;    ///< the store is whole without it: when it fails that is told, and the rest goes on
  std::optional<StepRole> as;  ///< absent: the admin; otherwise each statement is a transaction
  bool operator==(const Step&) const = default;
};

/// For people: each statement on its line, verifiers and passwords masked, the body of a function left out.
std::string Masked(const std::string& statement);

}  // namespace freehold::engines

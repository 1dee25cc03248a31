// Engine: one kind of database. Knows its dialect, nothing of Kubernetes.
#pragma once

#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "operator/base/failure.h"
#include "reconcilers/api/database_server.h"
#include "reconcilers/engines/reporting.h"
#include "reconcilers/engines/store.h"
#include "reconcilers/engines/views.h"

namespace freehold::engines {

using base::Result;

/// How to reach a server as its admin.
struct ServerAccess {
  std::string name;  ///< of the DatabaseServer; keys the connection pool
  std::string host;
  int port = 5432;
  api::TlsMode tls = api::TlsMode::kVerifyFull;
  std::string ca_pem;          ///< empty: the system's CAs
  std::string peer_root_cert;  ///< see Upstream::root_cert
  std::string username;
  base::Sensitive password;
  std::string shared_database;
  std::string maintenance_database = "postgres";
  int connections = 8;        ///< how many this process may hold at once
  std::string uid;            ///< of the DatabaseServer: whose its spare databases are, see Engine::PlanSpares
  bool takes_spares = false;  ///< a new database of a store is made of a spare one where there is one that is fit
  bool operator==(const ServerAccess&) const = default;
};

/// What one query on the shared catalogs saw of a whole server. Immutable, shared between threads.
class ServerSnapshot {
 public:
  virtual ~ServerSnapshot() = default;

  std::string version;  ///< "15.18"
  api::Capabilities capabilities;
  std::string identity;  ///< changes when another server answers at the same address
  int databases = 0;
  int spares = 0;  ///< empty databases that are ready to become a store's
  /// What is open, or off, on the server and concerns every store: for its status.
  std::vector<std::string> findings;
};

/// What the look at a whole server shows of who reaches one store.
struct Glance {
  std::vector<ForeignAccess> foreign;   ///< some of StoreSeen::foreign, with the least severity that they can have
  std::vector<FeedAccess> feed_access;  ///< some of StoreSeen::feed_access
  bool needs_look = false;              ///< a feed's role may use something in the database: what, only a look tells
};

/// From where to where the operator carries events itself.
struct Delivery {
  std::string channel;
  ServerAccess publisher;
  std::string publisher_database;
  ServerAccess consumer;
  std::string consumer_database;
};

struct Delivered {
  int events = 0;
  int failed = 0;     ///< tried in vain, those that were put aside for it among them
  bool more = false;  ///< another batch is waiting
};

/// What came of a login that tried to read a store that isn't its own.
struct Attempt {
  bool connected = false;
  bool reads = false;  ///< rows of a table of the store
  std::string answer;  ///< what the server said, or which table was read
};

/// Failures: Retryable "ServerUnreachable" (not connected), Retryable "ServerBusy" (no connection free, out of slots),
/// Retryable "ServerReadOnly", Retryable "ServerOutOfSpace", InDoubt "ReplyLost", Terminal "AdminDenied" (wrong
/// password, no right), Terminal "StatementFailed" (SQLSTATE and the server's message; never the statement) otherwise.
/// Thread-safe. At most ServerAccess::connections connections per server are held.
class Engine {
 public:
  virtual ~Engine() = default;

  /// One round trip.
  virtual Result<std::shared_ptr<const ServerSnapshot>> ObserveServer(const ServerAccess&) = 0;
  /// One store, whole and fresh: its shared rows and, where it exists, a visit to its database.
  virtual Result<StoreSeen> ObserveStore(const ServerAccess&, const Layout&) = 0;
  /// Digest of all that the shared catalogs say of one store. Equal to StoreSeen::fingerprint of the same world, so
  /// that a store whose fingerprint did not change needs no look. Empty when nothing of it exists. Pure.
  virtual std::string Fingerprint(const ServerSnapshot&, const Layout&) const = 0;

  /// What a look at a store would see, by what the look at the whole server saw: that there is none. Absent when
  /// something of it is there, or may be. As old as the snapshot: a step that was planned by it may find the world
  /// changed; it fails then, and changes nothing. Pure.
  virtual std::optional<StoreSeen> PresumeAbsent(const ServerSnapshot&, const Store&) const { return std::nullopt; }
  /// What a look at a store would see right after all steps that were planned by PresumeAbsent succeeded: whose it is
  /// and who reaches it is asked, what is in it is what they put there. Absent: only a look tells. One round trip.
  virtual Result<std::optional<StoreSeen>> ObserveMade(const ServerAccess&, const ServerSnapshot&, const Store&) {
    return std::nullopt;
  }

  /// A server, and a store on it, as they are before anything was made: what `freehold plan` assumes when it has files
  /// and no server to ask. The newest supported version, an admin who may do everything. Pure.
  virtual std::shared_ptr<const ServerSnapshot> BlankServer() const = 0;
  virtual StoreSeen BlankStore(const Layout&) const = 0;

  /// What a server needs once: PUBLIC closed in every database that isn't a service's, the shared database. No steps
  /// when it has it, and none for what the admin may not do (that is in findings). Pure.
  virtual std::vector<Step> PlanServer(const ServerSnapshot&, const ServerAccess&, bool tables_mode) const = 0;
  /// What brings the number of spare databases to `wanted`, one step for each: empty ones, closed to all, marked as
  /// those of ServerAccess::uid. Nobody else's are touched, nor what was opened or used: that is in findings. A step
  /// may find that the world has changed since the snapshot; it fails then, and changes nothing. Pure.
  virtual std::vector<Step> PlanSpares(const ServerSnapshot&, const ServerAccess&, int /*wanted*/) const { return {}; }
  /// The steps that bring one store from `seen` to `wanted`; none when it is there. Never touches what carries
  /// another's marker, nor what carries none unless `wanted.adopt`. Pure.
  virtual std::vector<Step> Plan(const Store& wanted, const StoreSeen& seen) const = 0;
  /// What keeps the service from its work in a store as it was seen, in words for people: "database orders_db does not
  /// exist". None only where everything that it needs of `wanted` was seen; a store of which nothing is left to plan
  /// has none. Whether its password is right is not asked. Pure.
  virtual std::vector<std::string> Hindrances(const Store& wanted, const StoreSeen& seen) const = 0;
  /// Retain: sessions ended, logins dropped, data and owner kept, marker released. Delete: all gone. Orphan: marker
  /// released. None when done, or when the marker isn't `uid`. Pure.
  virtual std::vector<Step> PlanRemoval(const Layout&, const std::string& uid, api::DeletionPolicy,
                                        const StoreSeen&) const = 0;

  /// What is held open for a while; see StayAt.
  class Stay {
   public:
    virtual ~Stay() = default;
  };
  /// For the time that several calls concern one store: a connection into its database may be kept between them. End it
  /// before the database is dropped. Null: nothing needs to be kept.
  virtual std::unique_ptr<Stay> StayAt(const ServerAccess&, const Layout&) { return nullptr; }
  /// Carries one of this engine's steps out.
  virtual Result<void> Run(const ServerAccess&, const Step&) = 0;
  /// Logs in as the service would and asks which role it works as. Terminal "LoginRefused" when the server says no.
  virtual Result<void> TryLogin(const ServerAccess&, const std::string& database, const std::string& login,
                                const base::Sensitive& password) = 0;

  /// Does the server let a login in that works as itself, by this password? Being refused is an answer.
  virtual Result<bool> Admits(const ServerAccess&, const std::string& /*database*/, const std::string& /*login*/,
                              const base::Sensitive& /*password*/) {
    return base::Terminal("NotSupported", "this engine doesn't try passwords");
  }

  /// The ways into a store that the look at the whole server shows, at no cost. Pure.
  virtual Glance AccessAtAGlance(const ServerSnapshot&, const Layout&) const { return {}; }
  /// Which of the stores, by index, need a look before anything can be said of who reaches them: one visit with one
  /// small question to each database that they are in, instead of a look at each. Of all others a look at the same
  /// world finds the store there, lists nothing in StoreSeen::foreign, and no feed that the glance doesn't show. What
  /// can't be visited is suspect.
  virtual std::vector<std::size_t> Suspects(const ServerAccess&, const ServerSnapshot&,
                                            const std::vector<Layout>& stores) {
    std::vector<std::size_t> all(stores.size());
    std::iota(all.begin(), all.end(), 0);
    return all;
  }
  /// Logs in to where the store is, with a credential of another one, and tries to read it. A few statements; one
  /// login, with the right password, so that no account is ever locked. Being refused is an answer, not a failure.
  virtual Result<Attempt> TryToRead(const ServerAccess&, const std::string& /*login*/,
                                    const base::Sensitive& /*password*/, const Layout&) {
    return base::Terminal("NotSupported", "this engine doesn't probe");
  }

  /// The end of a channel at its publisher, in the publisher's database. Two round trips. Equal to an empty one when it
  /// isn't there.
  virtual Result<ChannelSeen> ObserveChannel(const ServerAccess& /*publisher*/, const std::string& /*database*/,
                                             const std::string& /*channel*/) {
    return base::Terminal("NotSupported", "this engine doesn't carry events between databases");
  }
  /// The same of several channels of one database, by name, all by one connection. What fails of one of them fails for
  /// it alone; the whole fails when the database can't be asked.
  virtual Result<std::map<std::string, Result<ChannelSeen>>> ObserveChannels(const ServerAccess& publisher,
                                                                             const std::string& database,
                                                                             const std::vector<std::string>& channels) {
    std::map<std::string, Result<ChannelSeen>> seen;
    for (const auto& channel : channels) seen.emplace(channel, ObserveChannel(publisher, database, channel));
    return seen;
  }
  /// In which of these channels of one database is something waiting that may be delivered? One round trip; in none
  /// that isn't there.
  virtual Result<std::set<std::string>> WithEvents(const ServerAccess& /*publisher*/, const std::string& /*database*/,
                                                   const std::vector<std::string>& /*channels*/) {
    return std::set<std::string>();
  }
  /// One batch from one end of a channel to the other, in order per aggregate. What fails at the consumer's is tried
  /// again by later calls and put aside after five; the rest goes on, what follows it in its aggregate waits till then.
  /// A crash between the two ends brings an event twice: the consumer's end knows what it has.
  virtual Result<Delivered> Deliver(const Delivery&) {
    return base::Terminal("NotSupported", "this engine doesn't carry events between databases");
  }

  /// The store's end of the way to a warehouse, and the tables that are to go there. One round trip.
  virtual Result<SourceSeen> ObserveSource(const ServerAccess&, const Layout&,
                                           const std::vector<std::string>& /*tables*/) {
    return base::Terminal("NotSupported", "this engine doesn't report to a warehouse");
  }
  /// One round trip, or two where the database isn't there, or where Kafka Connect fills it.
  virtual Result<WarehouseSeen> ObserveWarehouse(const ServerAccess&, const std::string& /*database*/) {
    return base::Terminal("NotSupported", "this engine is no warehouse");
  }
  /// How many rows these tables have now, each counted. One round trip.
  virtual Result<std::map<std::string, std::int64_t>> CountRows(const ServerAccess&, const std::string& /*database*/,
                                                                const std::string& /*schema*/,
                                                                const std::vector<std::string>& /*tables*/) {
    return base::Terminal("NotSupported", "this engine counts no rows");
  }
  /// Makes and mends what is wanted, and ends subscriptions, sinks and readers that aren't; what was copied is never
  /// dropped, and emptied only to be copied anew.
  /// Nothing when the database is somebody else's. Pure.
  virtual std::vector<Step> PlanWarehouse(const Warehouse&, const WarehouseSeen&) const { return {}; }
  /// Retain: nothing comes any more and no reader gets in. Delete: the database goes, too. None when done. Pure.
  virtual std::vector<Step> PlanWarehouseRemoval(const Warehouse&, api::DeletionPolicy, const WarehouseSeen&) const {
    return {};
  }

  /// One round trip, or two where the database isn't there.
  virtual Result<ViewsSeen> ObserveViews(const ServerAccess&, const std::string& /*database*/) {
    return base::Terminal("NotSupported", "this engine has no materialized views");
  }
  /// What brings the views from `seen` to `wanted`, one step for each view, all of them best_effort: another query is
  /// built beside what is there, which stays when that fails, and takes its place. What others still read is dropped by
  /// a later look. Pure.
  virtual std::vector<Step> PlanViews(const Views&, const ViewsSeen&) const { return {}; }
  /// Pure. Without columns that tell its rows apart nobody can read it meanwhile.
  virtual Step RefreshView(const std::string& /*database*/, const ViewWanted&, const ViewSeen&) const { return {}; }
  /// Ends what steps with a role are at, and lets no more of them begin: the process is about to end.
  virtual void EndLongSteps() {}

  /// What the server keeps of the passwords of these logins; those that have none are left out. One round trip.
  /// Terminal "NotReadable" when the admin may not see it: then TryLogin tells whether a password is the right one.
  virtual Result<std::map<std::string, std::string>> Verifiers(const ServerAccess&,
                                                               const std::vector<std::string>& /*logins*/) {
    return base::Terminal("NotReadable", "this engine doesn't show verifiers");
  }

  /// A verifier of a fresh random salt. REQUIRES: password is printable ASCII.
  virtual std::string MakeVerifier(const base::Sensitive& password) const = 0;
  /// Is `verifier` that of `password`? Pure.
  virtual bool VerifierMatches(const std::string& verifier, const base::Sensitive& password) const = 0;
};

}  // namespace freehold::engines

// The reconciler of ReportingWarehouses: the database with a schema for each service, the subscriptions that fill it,
// and who may read.
//
// Flow: the stores that report here (caches only) -> one look at the warehouse, one at each store -> tables, then
// subscriptions, readers and their Secrets -> what each store is to publish, for its own pass -> one status apply, if
// it differs.
// Guarantees: changes nothing on the servers of the stores; what was copied is dropped only with the whole warehouse; a
// pass over an unchanged world writes nothing.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <variant>

#include "operator/base/clock.h"
#include "operator/kube/client.h"
#include "operator/runtime/gate.h"
#include "operator/runtime/outcome.h"
#include "reconcilers/credentials/cdc_passwords.h"
#include "reconcilers/engines/engine.h"
#include "reconcilers/reporting/evidence.h"
#include "reconcilers/reporting/landing.h"
#include "reconcilers/reporting/preview.h"
#include "reconcilers/reporting/readers.h"
#include "reconcilers/servers/board.h"
#include "reconcilers/stores/sights.h"
#include "reconcilers/views/board.h"

namespace freehold::reporting {

struct ReconcilerSettings {
  std::string operator_namespace;  ///< where the readers' Secrets are
  std::chrono::milliseconds resync = std::chrono::seconds(60);
};

/// Thread-safe; one name is reconciled by one thread at a time.
class Reconciler {
 public:
  /// All of it outlives the reconciler and is thread-safe.
  struct Parts {
    stores::World world;  ///< with warehouses
    stores::Reports& reports;
    const servers::Board& board;
    engines::Engine& engine;
    kube::Reader& reader;
    kube::Writer& writer;
    runtime::Gate& gate;
    const base::Clock& clock;
    const credentials::CdcPasswords& cdc_passwords;
    stores::Sights& sights;
    const connect::Board& connectors;
    const views::Board& views;
    /// What a store is to publish, or what people are told of it, has changed.
    std::function<void(const kube::Name& store)> turned;
  };

  Reconciler(Parts parts, ReconcilerSettings settings)
      : parts_(std::move(parts)), settings_(std::move(settings)), witness_(parts_.connectors, parts_.clock) {}

  runtime::Outcome Reconcile(const kube::Name& name);
  /// What that would do now. Changes nothing.
  base::Result<Preview> PreviewOf(const kube::Name& name);

  static constexpr const char* kStatusManager = "freehold-status";

 private:
  using Object = std::shared_ptr<const api::ReportingWarehouse>;
  /// What became of a store's way, or why it can't be told.
  struct Way {
    Source source;
    base::Result<engines::SourceSeen> seen;
  };

  /// What is known of the server that it is on, if anything is; or why it can't be had there.
  using Ground = std::variant<Hindrance, std::optional<servers::Standing>>;
  Ground GroundOf(const api::ReportingWarehouse&) const;

  runtime::Outcome Converge(const Object&, const servers::Standing&);
  runtime::Outcome Release(const Object&);
  runtime::Outcome Report(const api::ReportingWarehouse&, api::ReportingWarehouseStatus, runtime::Outcome next);
  runtime::Outcome Hinder(const api::ReportingWarehouse&, const Hindrance&, std::vector<Source>);
  runtime::Outcome FailedWith(const api::ReportingWarehouse&, const base::Failure&, std::vector<Source>);

  /// A warehouse on PostgreSQL, as it is.
  struct Target {
    const api::ReportingWarehouse& object;
    const engines::ServerAccess& access;
    const engines::WarehouseSeen& seen;
    std::shared_ptr<const api::EventBus> connect;  ///< null: the databases replicate
    std::map<std::string, Evidence> evidence;      ///< by feed
  };

  std::vector<Way> LookAtSources(std::vector<Source>) const;
  std::map<std::string, Evidence> LookAtCopies(const Target&, const std::vector<Way>&);
  engines::Warehouse Want(const Target&, const std::vector<Way>&) const;
  /// Where it is on the warehouse's own server, of that as this pass works on it, which may be another by now.
  std::optional<engines::Upstream> UpstreamOf(const Target&, const Source&) const;
  /// For the role of a sink, if what is there is not the right one.
  std::optional<std::string> SinkVerifier(const Target&, const std::string& role) const;
  /// REQUIRES: the way's source can be seen, and has no hindrance.
  static Landing Judge(const Target&, const Way&);
  /// What the store is to do, and what is told of it. `given_up`: why the way of a feed could not be made.
  static Landing LandingFor(const Target&, const Way&, const std::map<std::string, std::string>& given_up);
  /// The same where the store can't be seen or has a hindrance; absent otherwise.
  static std::optional<Landing> Prevented(const Way&);
  base::Result<std::vector<Reading>> LookAtReaders(const api::ReportingWarehouse&, const engines::ServerAccess&,
                                                   const engines::WarehouseSeen&) const;
  /// What is to be done about a credential: its Secret, and by that and its logins whose turn it is, or a hindrance.
  /// Where a login is tried whose verifier the admin may not read.
  struct Gateway {
    const engines::ServerAccess& access;
    const std::string& database;
  };
  bool Works(const Gateway&, const std::string& login, const engines::LoginSeen&,
             const base::Sensitive& password) const;
  base::Result<void> Judge(const api::ReportingWarehouse&, const Gateway&, const std::array<engines::LoginSeen, 2>&,
                           Reading&) const;
  Minted MintFor(const Reading&) const;

  /// All there is to do for a warehouse of another engine.
  runtime::Outcome Convey(const Object&, const api::EventBus&);
  Landing Conveyed(const Way&, const api::EventBus&);
  base::Result<Preview> PreviewServed(const Object&);

  /// All there is to do for a warehouse that a tool outside fills.
  runtime::Outcome Serve(const Object&);
  base::Result<Reading> LookAtTool(const api::ReportingWarehouse&, const Source&, const engines::SourceSeen&);
  /// The same for as long as it is wanted for one login: between two passes the store's own sets it.
  Minted Remembered(const Reading&);
  /// Those that the status tells of and that nobody is to have any more.
  base::Result<void> RemoveSecrets(const api::ReportingWarehouse&, const std::set<std::string>& kept);
  base::Result<void> Carry(const std::vector<engines::Step>&, const engines::ServerAccess&,
                           std::map<std::string, std::string>& given_up);
  base::Result<void> WriteSecrets(const std::vector<stores::WriteSecret>&);
  void Tell(const Source&, stores::ReportState);
  static stores::Sight SightOf(const Way&, const stores::ReportState&);
  /// Until it is looked at again. What changes is seen late by an eighth of the time that it takes.
  std::chrono::milliseconds Patience(const kube::Name&, bool changing);

  const Parts parts_;
  const ReconcilerSettings settings_;
  Witness witness_;
  std::mutex mutex_;
  std::map<kube::Name, std::chrono::steady_clock::time_point> changing_since_;  ///< guarded by mutex_
  std::map<std::string, Minted> minted_;  ///< for tools, by Secret and login; guarded by mutex_
};

}  // namespace freehold::reporting

// The operator against a real API server and a real PostgreSQL, one pass at a time: what production runs on threads and
// watches, a test runs by hand, so that it can stop the world before and after every effect.
//
// The operator works with the token of the chart's ServiceAccount and so with the chart's RBAC; what the test itself
// does, it does as administrator. Differences from production: caches are read by lists before each pass, there is no
// lease, Events are only collected, and what the guards write isn't counted: it is no effect of a store.
#pragma once

#include <functional>
#include <memory>
#include <pqxx/connection>
#include <string>
#include <vector>

#include "operator/kube/rest_client.h"
#include "operator/runtime/gate.h"
#include "reconcilers/channels/reconciler.h"
#include "reconcilers/guards/reconciler.h"
#include "reconcilers/reporting/reconciler.h"
#include "reconcilers/servers/reconciler.h"
#include "reconcilers/stores/reconciler.h"
#include "reconcilers/views/reconciler.h"

namespace freehold::test {

/// A libpq conninfo, taken apart.
struct Conninfo {
  std::string host, user, password, ca_file;
  int port = 0;
  std::string With(const std::string& database, const std::string& user, const std::string& password) const;
};
/// Of the environment variable FREEHOLD_TEST_PG<major>. Throws when it isn't set.
Conninfo PostgresOf(int major);

/// One connection to PostgreSQL. Throws pqxx errors.
class Session {
 public:
  explicit Session(const std::string& conninfo);
  ~Session();
  Session(Session&&) noexcept;

  /// The first column of the last statement.
  std::vector<std::string> Query(const std::string& sql);

 private:
  std::unique_ptr<pqxx::connection> connection_;
};

/// Runs SQL on one connection and returns the first column of the last statement. Throws pqxx errors.
std::vector<std::string> Query(const std::string& conninfo, const std::string& sql);
/// Does this login open this database?
bool Opens(const std::string& conninfo);

/// Wall and steady time of the machine, moved ahead by hand.
class ShiftedClock final : public base::Clock {
 public:
  std::chrono::system_clock::time_point Wall() const override { return std::chrono::system_clock::now() + shift_; }
  std::chrono::steady_clock::time_point Steady() const override { return std::chrono::steady_clock::now() + shift_; }
  void Advance(std::chrono::seconds by) { shift_ += by; }

 private:
  std::chrono::seconds shift_{0};
};

/// The chart installed once per process, and a client with the rights of its ServiceAccount.
class Cluster {
 public:
  static Cluster& Instance();

  kube::RestClient& admin() { return *admin_; }
  kube::RestClient& controller() { return *controller_; }
  const std::string& controller_kubeconfig() const { return controller_kubeconfig_; }
  static constexpr const char* kNamespace = "freehold-system";

 private:
  Cluster();
  std::unique_ptr<kube::RestClient> admin_;
  std::unique_ptr<kube::RestClient> controller_;
  std::string controller_kubeconfig_;
};

/// Thrown by the gate where a test wants the process to die.
struct Crash {};

/// One life of the operator: made anew after a crash, with no memory of the one before.
class Operator {
 public:
  Operator(const std::string& ns, const std::string& server, const base::Clock& clock, runtime::GateObserver* observer);

  /// Passes over the server and all objects of the namespace until one round has no effect. Throws Crash when the
  /// observer does, std::runtime_error when it doesn't come to rest.
  void Settle();
  /// One pass over one object, with fresh caches.
  runtime::Outcome Pass(const std::string& name);
  int effects() const { return counter_.count; }
  /// Whether the guards get a turn before the stores do; they do from the start.
  void LetGuardsWork(bool may) { guards_work_ = may; }
  const std::vector<std::string>& told() const { return told_; }
  const stores::Sights& sights() const { return sights_; }

 private:
  struct Counter final : runtime::GateObserver {
    void Before(const runtime::Effect& effect) override;
    void After(const runtime::Effect& effect, std::chrono::steady_clock::duration took, const base::Failure*) override;
    int count = 0;
    runtime::GateObserver* next = nullptr;
  };
  void Refresh();
  void Guard();

  const std::string ns_;
  const std::string server_;
  Counter counter_;
  runtime::Gate gate_;
  runtime::Gate guards_gate_;
  bool guards_work_ = true;
  std::unique_ptr<engines::Engine> engine_;
  kube::Store<api::ServiceDatabase> databases_;
  kube::Store<api::DatabaseServer> servers_;
  kube::Store<api::DataPolicy> policies_;
  kube::Store<api::EventBus> buses_;
  kube::Store<stores::Namespace> namespaces_;
  kube::Store<api::CredentialIndex> indexes_;
  kube::Store<api::ReportingWarehouse> warehouses_;
  ownership::Registry registry_;
  servers::Board board_;
  stores::Troubles troubles_;
  stores::Sights sights_;
  connect::Board connectors_;
  stores::Reports reports_;
  credentials::CdcPasswords cdc_passwords_;
  views::Board views_;
  std::vector<std::string> told_;
  std::unique_ptr<guards::Reconciler> guard_reconciler_;
  std::unique_ptr<servers::Reconciler> server_reconciler_;
  std::unique_ptr<stores::Reconciler> store_reconciler_;
  std::unique_ptr<channels::Reconciler> channel_reconciler_;
  std::unique_ptr<reporting::Reconciler> warehouse_reconciler_;
  std::unique_ptr<views::Reconciler> views_reconciler_;
};

/// A namespace and a DatabaseServer of the test's own; both are removed at the end, with all that was made on the
/// server.
class OperatorWorld {
 public:
  enum class Admin {
    kSuperuser,
    kManaged,      ///< CREATEDB and CREATEROLE
    kReplicating,  ///< the same with REPLICATION and in pg_create_subscription
  };

  explicit OperatorWorld(int major = 15, const std::string& extra_server_spec = "{}", Admin = Admin::kSuperuser);
  /// In a namespace that worlds take one after the other: it is emptied at the end, which costs less than its removal.
  OperatorWorld(const std::string& lasting_namespace, int major, const std::string& extra_server_spec, Admin);
  ~OperatorWorld();

  const std::string ns;
  const std::string server;
  const Conninfo postgres;
  ShiftedClock clock;

  /// spec of a ServiceDatabase as JSON; service names are made unique by `ns`.
  void Apply(const std::string& name, const std::string& spec_json);
  void Annotate(const std::string& name, const std::string& key, const std::string& value);
  void Delete(const std::string& name);
  bool Exists(const std::string& name);
  api::ServiceDatabase Get(const std::string& name);
  /// The entries of a Secret of the namespace, or of another one; empty when there is none.
  std::map<std::string, std::string> Secret(const std::string& name, const std::string& of = "");
  void DeleteSecret(const std::string& name);

  std::unique_ptr<Operator> Start(runtime::GateObserver* observer = nullptr);

  /// Says by tls.peerRootCert of the DatabaseServer where the server itself has its CA.
  void TellWhereItsAuthorityIs();

  /// The ReportingWarehouse of the world, called as its server, on that server.
  void ApplyWarehouse(const std::string& spec_json = "{}");
  void DeleteWarehouse();
  std::optional<api::ReportingWarehouse> GetWarehouse();

  /// As administrator of the server, on a connection of its own.
  std::vector<std::string> Sql(const std::string& sql, const std::string& database = "postgres");
  /// The same for many statements.
  Session SessionIn(const std::string& database);
  /// With the credential of a Secret; `database` instead of its own when given.
  std::string LoginOf(const std::string& secret, const std::string& database = "");
  std::string LoginIn(std::map<std::string, std::string> entries, const std::string& database = "");

 private:
  OperatorWorld(const std::string& name, bool lasting, int major, const std::string& extra_server_spec, Admin);
  void RemoveObjects();
  void EmptyNamespace();
  void RemoveStores();
  /// Slots and subscriptions keep a database from being dropped.
  void EndReplication(Session& postgres);

  const bool lasting_;
};

/// Status of a condition: "True", "False", "Unknown", "" when it isn't there.
std::string StatusOf(const api::ServiceDatabase&, const std::string& condition);
std::string ReasonOf(const api::ServiceDatabase&, const std::string& condition);

}  // namespace freehold::test

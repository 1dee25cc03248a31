// One life of the operator, pass by pass: what production runs on threads and watches, a test runs by hand, so that it
// can stop the world before and after every effect.
//
// Differences from production: caches are read by lists before each round, there is no lease, and Events are only
// collected.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "operator/runtime/gate.h"
#include "reconcilers/buses/reconciler.h"
#include "reconcilers/channels/reconciler.h"
#include "reconcilers/connect/reconciler.h"
#include "reconcilers/engines/postgres/pool.h"
#include "reconcilers/guards/reconciler.h"
#include "reconcilers/policyreports/reconciler.h"
#include "reconcilers/reporting/reconciler.h"
#include "reconcilers/servers/reconciler.h"
#include "reconcilers/servers/spares.h"
#include "reconcilers/stores/reconciler.h"
#include "reconcilers/topics/keeper.h"
#include "reconcilers/views/reconciler.h"

namespace freehold::test {

/// Thrown by the gate where a test wants the process to die.
struct Crash {};

/// What an operator works on and with.
struct Surroundings {
  std::string ns;      ///< of all ServiceDatabases; the EventBus of this name is kept as well
  std::string server;  ///< the DatabaseServer, and the ReportingWarehouse of its name
  const base::Clock& clock;
  connect::MakeTransport connect = connect::TransportTo;
  topics::MakeAdmin kafka = topics::AdminOf;
  std::optional<policyreports::Api> reports;  ///< served, and kept for the namespace and the servers
  bool counts_guards = false;                 ///< what the guards write is no effect of a store, unless it is asked for
  std::function<void()> meanwhile = [] {};    ///< what others do between two rounds
  /// Outlives it: a new life takes the connections over, since making them costs more than all that is asked by them.
  std::shared_ptr<engines::postgres::Pools> pools = std::make_shared<engines::postgres::Pools>();
};

/// Made anew after a crash, with no memory of the one before.
class Operator {
 public:
  Operator(Surroundings, runtime::GateObserver* observer);

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
  stores::World World() const;
  void ReadSettings();  ///< what is there from the start or not at all, and what hardly anybody writes
  void ReadStates();    ///< of the settings, what has a status
  void ReadObjects();
  void Guard();
  void KeepBus();
  void KeepReports();

  const Surroundings surroundings_;
  Counter counter_, guards_counter_;
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
  kube::Store<policyreports::ReportSeen> reports_of_namespaces_, reports_of_cluster_;
  ownership::Registry registry_;
  servers::Board board_;
  stores::Troubles troubles_;
  stores::Sights sights_;
  stores::Reports reports_;
  connect::Board connectors_;
  credentials::CdcPasswords cdc_passwords_;
  views::Board views_;
  std::vector<std::string> told_;
  std::unique_ptr<guards::Reconciler> guard_reconciler_;
  std::unique_ptr<servers::Reconciler> server_reconciler_;
  std::unique_ptr<servers::SpareKeeper> spare_keeper_;
  std::unique_ptr<stores::Reconciler> store_reconciler_;
  std::unique_ptr<channels::Reconciler> channel_reconciler_;
  std::unique_ptr<reporting::Reconciler> warehouse_reconciler_;
  std::unique_ptr<views::Reconciler> views_reconciler_;
  std::unique_ptr<buses::Reconciler> bus_reconciler_;
  std::unique_ptr<topics::Keeper> topics_keeper_;
  std::unique_ptr<connect::Reconciler> connect_reconciler_;
  std::unique_ptr<policyreports::Reconciler> report_reconciler_;
};

}  // namespace freehold::test

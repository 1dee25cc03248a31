// Keeps the reports for policy dashboards: the parts of reconcilers/policyreports, run together.
#pragma once

#include "operator/kube/rest_client.h"
#include "operator/runtime/controller.h"
#include "operator/runtime/manager.h"
#include "reconcilers/policyreports/reconciler.h"

namespace freehold::commands {

/// Thread-safe. Changes may be told at any time; nothing is read or written before Start.
class ReportKeeper {
 public:
  /// All of it outlives the keeper. `every`: how often it is asked which API takes reports.
  ReportKeeper(kube::RestClient& client, const stores::World& world, runtime::Gate& gate, const base::Clock& clock,
               runtime::Metrics& metrics, std::chrono::milliseconds every);
  ~ReportKeeper();

  void NamespaceChanged(const std::string& ns, runtime::Priority);
  void ServersChanged(runtime::Priority);

  void Start();
  /// False: `deadline` came first.
  bool Drain(runtime::Deadline deadline);

 private:
  void Look(const kube::Name& report, runtime::Priority priority);
  void LookAtAll();

  const stores::World world_;
  policyreports::ShelfKeeper shelf_;
  policyreports::Reconciler reconciler_;
  runtime::Controller reports_;
  runtime::Controller apis_;
};

}  // namespace freehold::commands

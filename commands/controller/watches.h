// The caches of the operator: what is watched, and who is told.
#pragma once

#include <chrono>
#include <functional>
#include <stop_token>

#include "operator/kube/watcher.h"
#include "reconcilers/stores/router.h"

namespace freehold::commands {

/// The caches by themselves: they outlive the watchers that fill them.
struct Caches {
  kube::Store<api::ServiceDatabase> databases;
  kube::Store<api::DatabaseServer> servers;
  kube::Store<api::DataPolicy> policies;
  kube::Store<api::EventBus> buses;
  kube::Store<stores::Namespace> namespaces;
  kube::Store<api::CredentialIndex> indexes;
  kube::Store<api::ReportingWarehouse> warehouses;
};

/// Who is told beside the router. They must not block.
struct Listeners {
  /// What is known of the namespace's stores has changed, their status included; or the namespace itself.
  std::function<void(const std::string& ns, stores::Urgency)> namespace_changed;
  std::function<void(stores::Urgency)> servers_changed;
  std::function<void()> bus_changed;
  std::function<void(const kube::Name& warehouse, stores::Urgency)> warehouse_changed;
};

/// Watches from construction to destruction.
class Watches {
 public:
  /// All of it outlives the watches.
  Watches(kube::WatchSource& source, Caches& caches, stores::Router& router, Listeners listeners);

  bool Synced() const;
  /// False when the first lists didn't come in time or `stop` was requested.
  bool WaitSynced(std::chrono::milliseconds limit, std::stop_token stop) const;

 private:
  kube::Watcher<stores::Namespace> namespaces_;
  kube::Watcher<api::CredentialIndex> indexes_;
  kube::Watcher<api::DataPolicy> policies_;
  kube::Watcher<api::EventBus> buses_;
  kube::Watcher<api::DatabaseServer> servers_;
  kube::Watcher<api::ReportingWarehouse> warehouses_;
  kube::Watcher<api::ServiceDatabase> databases_;
};

}  // namespace freehold::commands

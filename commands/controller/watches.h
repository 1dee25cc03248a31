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
  kube::Store<stores::Namespace> namespaces;
  kube::Store<api::CredentialIndex> indexes;
};

/// Asks for a look at the guards of a namespace. Must not block.
using GuardNamespace = std::function<void(const std::string& ns, stores::Urgency)>;

/// Watches from construction to destruction.
class Watches {
 public:
  /// All of it outlives the watches.
  Watches(kube::WatchSource& source, Caches& caches, stores::Router& router, GuardNamespace guard);

  bool Synced() const;
  /// False when the first lists didn't come in time or `stop` was requested.
  bool WaitSynced(std::chrono::milliseconds limit, std::stop_token stop) const;

 private:
  kube::Watcher<stores::Namespace> namespaces_;
  kube::Watcher<api::CredentialIndex> indexes_;
  kube::Watcher<api::DataPolicy> policies_;
  kube::Watcher<api::DatabaseServer> servers_;
  kube::Watcher<api::ServiceDatabase> databases_;
};

}  // namespace freehold::commands

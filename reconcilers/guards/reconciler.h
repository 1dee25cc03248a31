// The reconciler of namespaces: what the API server must know so that it can refuse foreign credentials by itself.
//
// Flow: the index that the cached ServiceDatabases ask for -> one apply, if the cached CredentialIndex differs -> once
// the cache has an index, the label of the namespace, which makes the policies judge by it.
// Guarantees: reads caches only; a namespace that never had a ServiceDatabase is left alone; one that lost its last
// keeps its label and an empty index, which refuses the reserved names and nothing else; in a namespace that is as it
// should be nothing is written.
#pragma once

#include <chrono>

#include "operator/kube/client.h"
#include "operator/runtime/gate.h"
#include "operator/runtime/outcome.h"
#include "reconcilers/stores/world.h"

namespace freehold::guards {

/// Thread-safe; one namespace is reconciled by one thread at a time.
class Reconciler {
 public:
  /// All of it outlives the reconciler and is thread-safe. `retry`: when a write that was refused is tried again.
  struct Parts {
    stores::World world;
    kube::Writer& writer;
    runtime::Gate& gate;
    std::chrono::milliseconds retry = std::chrono::seconds(60);
  };

  explicit Reconciler(Parts parts) : parts_(parts) {}

  /// `ns` names the Namespace. REQUIRES: the caches and the registry of the world are filled.
  runtime::Outcome Reconcile(const kube::Name& ns);

  static constexpr const char* kManager = "freehold";

 private:
  base::Result<void> WriteIndex(const std::string& ns, api::CredentialIndexSpec);
  base::Result<void> SetLabel(const stores::Namespace&);
  runtime::Outcome TryAgain(const kube::Name& ns, const base::Failure&) const;

  const Parts parts_;
};

}  // namespace freehold::guards

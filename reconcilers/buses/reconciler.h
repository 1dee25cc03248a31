// What each EventBus is in use for, bus by bus.
//
// Flow: caches -> status -> one write when it changed. What a bus means for the events is the stores' business, see
// stores/feeds.h.
#pragma once

#include <functional>

#include "operator/base/clock.h"
#include "operator/kube/client.h"
#include "operator/kube/store.h"
#include "operator/runtime/gate.h"
#include "operator/runtime/outcome.h"
#include "reconcilers/api/event_bus.h"
#include "reconcilers/api/service_database.h"

namespace freehold::buses {

/// Thread-safe.
class Reconciler {
 public:
  /// All of it outlives the reconciler and is thread-safe.
  struct Parts {
    const kube::Cache<api::EventBus>& buses;
    const kube::Cache<api::ServiceDatabase>& databases;
    kube::Writer& writer;
    runtime::Gate& gate;
    const base::Clock& clock;
    /// What is wrong with what carries the events of a bus; empty: nothing.
    std::function<std::string(const std::string& bus)> trouble;
  };

  explicit Reconciler(Parts parts) : parts_(parts) {}

  runtime::Outcome Reconcile(const kube::Name& bus);

  static constexpr const char* kStatusManager = "freehold-status";

 private:
  const Parts parts_;
};

}  // namespace freehold::buses

// Tells people what happened: as Events on the object, and in the log.
#pragma once

#include "operator/kube/events.h"
#include "operator/runtime/gate.h"
#include "operator/runtime/manager.h"
#include "reconcilers/api/reasons.h"
#include "reconcilers/api/service_database.h"

namespace freehold::commands {

/// Events pass the gate like every other write. Thread-safe.
class EventTeller {
 public:
  /// `writer` and `gate` outlive it.
  EventTeller(kube::Writer& writer, runtime::Gate& gate);
  ~EventTeller();

  /// Never blocks.
  void Tell(const api::ServiceDatabase&, bool warning, api::Reason, const std::string& note);
  /// Writes what waits. False when the deadline came first.
  bool Drain(runtime::Deadline deadline);

 private:
  std::unique_ptr<kube::Writer> gated_;
  kube::EventRecorder recorder_;
};

}  // namespace freehold::commands

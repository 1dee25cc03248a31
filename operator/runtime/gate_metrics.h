// Counts and times every effect that passes the gate.
#pragma once

#include "operator/runtime/gate.h"
#include "operator/runtime/metrics.h"

namespace freehold::runtime {

/// freehold_effects_total{kind,verb,result} with result ok, retryable, in_doubt, terminal or not_leader, and
/// freehold_effect_seconds{kind,verb}. Each effect is also a line of the debug log. Thread-safe.
class GateMetrics final : public GateObserver {
 public:
  /// `metrics` outlives it, as does `next`, which is asked and told after this one; null: nobody is.
  explicit GateMetrics(Metrics& metrics, GateObserver* next = nullptr) : metrics_(metrics), next_(next) {}

  void Before(const Effect& effect) override;
  void After(const Effect& effect, std::chrono::steady_clock::duration took, const base::Failure* failure) override;

 private:
  Metrics& metrics_;
  GateObserver* next_;
};

}  // namespace freehold::runtime

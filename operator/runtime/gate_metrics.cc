#include "operator/runtime/gate_metrics.h"

#include "operator/runtime/log.h"

namespace freehold::runtime {
namespace {

constexpr log::Logger kLog("gate");
const std::vector<double> kBuckets{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};

std::string ResultOf(const base::Failure* failure) {
  if (!failure) return "ok";
  switch (failure->kind) {
    case base::FailureClass::kRetryable:
      return "retryable";
    case base::FailureClass::kInDoubt:
      return "in_doubt";
    case base::FailureClass::kTerminal:
      return "terminal";
    case base::FailureClass::kNotLeader:
      return "not_leader";
  }
  return "ok";
}

}  // namespace

void GateMetrics::Before(const Effect& effect) {
  if (next_) next_->Before(effect);
}

void GateMetrics::After(const Effect& effect, std::chrono::steady_clock::duration took, const base::Failure* failure) {
  const std::string result = ResultOf(failure);
  metrics_
      .AddCounter("freehold_effects_total", "Changes made to the outside world",
                  {{"kind", effect.kind}, {"verb", effect.verb}, {"result", result}})
      .Add();
  metrics_
      .AddHistogram("freehold_effect_seconds", "How long a change to the outside world took", kBuckets,
                    {{"kind", effect.kind}, {"verb", effect.verb}})
      .Observe(took);
  kLog.Debug("effect", {{"kind", effect.kind},
                        {"verb", effect.verb},
                        {"target", effect.target},
                        {"result", result},
                        {"reason", failure ? failure->reason : ""},
                        {"seconds", took}});
  if (next_) next_->After(effect, took, failure);
}

}  // namespace freehold::runtime

#include "operator/runtime/controller_metrics.h"

namespace freehold::runtime {
namespace {

const std::vector<double> kBuckets{0.005, 0.01, 0.025, 0.05, 0.1,  0.15, 0.2,  0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6,
                                   0.7,   0.8,  0.9,   1.0,  1.25, 1.5,  1.75, 2.0,  2.5, 3.0,  3.5, 4.0,  4.5, 5,
                                   6,     7,    8,     9,    10,   15,   20,   25,   30,  40,   50,  60};

Counter Result(Metrics& metrics, const std::string& controller, const std::string& result) {
  return metrics.AddCounter("controller_runtime_reconcile_total", "Reconciliations by controller and result",
                            {{"controller", controller}, {"result", result}});
}

}  // namespace

ControllerMetrics::ControllerMetrics(Metrics& metrics, const std::string& controller)
    : success(Result(metrics, controller, "success")),
      requeue_after(Result(metrics, controller, "requeue_after")),
      error(Result(metrics, controller, "error")),
      dropped(Result(metrics, controller, "not_leader")),
      errors(metrics.AddCounter("controller_runtime_reconcile_errors_total", "Reconciliations that failed",
                                {{"controller", controller}})),
      terminal_errors(metrics.AddCounter("controller_runtime_terminal_reconcile_errors_total",
                                         "Reconciliations that failed and are not tried again until a change",
                                         {{"controller", controller}})),
      exceptions(metrics.AddCounter("controller_runtime_reconcile_panics_total",
                                    "Reconciliations that ended in an exception: bugs", {{"controller", controller}})),
      time(metrics.AddHistogram("controller_runtime_reconcile_time_seconds", "How long a reconciliation took", kBuckets,
                                {{"controller", controller}})),
      active_workers(metrics.AddGauge("controller_runtime_active_workers", "Workers that reconcile right now",
                                      {{"controller", controller}})) {}

void ControllerMetrics::Count(const Outcome& outcome) {
  if (std::holds_alternative<Done>(outcome)) return success.Add();
  if (std::holds_alternative<Again>(outcome)) return requeue_after.Add();
  const base::FailureClass kind = std::get<Failed>(outcome).failure.kind;
  if (kind == base::FailureClass::kNotLeader) return dropped.Add();
  error.Add();
  errors.Add();
  if (kind == base::FailureClass::kTerminal) terminal_errors.Add();
}

}  // namespace freehold::runtime

// The series of one controller, under the names that Kubernetes dashboards know.
#pragma once

#include <string>

#include "operator/runtime/metrics.h"
#include "operator/runtime/outcome.h"

namespace freehold::runtime {

/// controller_runtime_* {controller}. Thread-safe.
struct ControllerMetrics {
  ControllerMetrics(Metrics& metrics, const std::string& controller);

  void Count(const Outcome& outcome);

  Counter success;
  Counter requeue_after;
  Counter error;
  Counter dropped;  ///< no longer leader: neither success nor error
  Counter errors;
  Counter terminal_errors;
  Counter exceptions;
  Histogram time;
  Gauge active_workers;
};

}  // namespace freehold::runtime

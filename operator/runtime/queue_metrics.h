// The series of one work queue, under the names that Kubernetes dashboards know.
#pragma once

#include <string>

#include "operator/runtime/metrics.h"
#include "operator/runtime/queue_state.h"

namespace freehold::runtime {

/// workqueue_* {name, controller}. Thread-safe.
struct QueueMetrics {
  QueueMetrics(Metrics& metrics, const std::string& queue);

  /// Sets what is measured rather than counted.
  void Show(const QueueState& state, QueueState::Time now);

  Counter adds;
  Counter retries;
  Histogram waited;
  Histogram worked;

 private:
  QueueMetrics(Metrics& metrics, const Labels& labels);

  Gauge depth_;
  Gauge unfinished_;
  Gauge longest_;
};

}  // namespace freehold::runtime

#include "operator/runtime/queue_metrics.h"

namespace freehold::runtime {
namespace {

const std::vector<double> kBuckets{1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10, 100, 1000};

double Seconds(QueueState::Duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

QueueMetrics::QueueMetrics(Metrics& metrics, const std::string& queue)
    : QueueMetrics(metrics, Labels{{"name", queue}, {"controller", queue}}) {}

QueueMetrics::QueueMetrics(Metrics& metrics, const Labels& labels)
    : adds(metrics.AddCounter("workqueue_adds_total", "Items added to the queue", labels)),
      retries(metrics.AddCounter("workqueue_retries_total", "Items added to be tried again later", labels)),
      waited(metrics.AddHistogram("workqueue_queue_duration_seconds", "How long items waited in the queue", kBuckets,
                                  labels)),
      worked(metrics.AddHistogram("workqueue_work_duration_seconds", "How long the work on an item took", kBuckets,
                                  labels)),
      depth_(metrics.AddGauge("workqueue_depth", "Items that wait in the queue", labels)),
      unfinished_(metrics.AddGauge("workqueue_unfinished_work_seconds",
                                   "Time spent so far on items that are being worked on", labels)),
      longest_(metrics.AddGauge("workqueue_longest_running_processor_seconds",
                                "Time spent so far on the item that has been worked on longest", labels)) {}

void QueueMetrics::Show(const QueueState& state, QueueState::Time now) {
  depth_.Set(state.depth());
  unfinished_.Set(Seconds(state.Unfinished(now)));
  longest_.Set(Seconds(state.LongestRunning(now)));
}

}  // namespace freehold::runtime

// The series that every controller process has, under the names that dashboards know.
#pragma once

#include <memory>
#include <string>

#include "operator/runtime/metrics.h"

namespace freehold::runtime {

/// process_resident_memory_bytes, process_virtual_memory_bytes, process_cpu_seconds_total,
/// process_start_time_seconds, process_open_fds, process_max_fds, process_threads: read anew for every text.
/// The metrics outlive what is returned, which ends the reading.
[[nodiscard]] std::unique_ptr<Metrics::Subscription> ShowProcess(Metrics& metrics);

/// freehold_build_info{version,compiler} 1.
void ShowBuild(Metrics& metrics, const std::string& version);

/// leader_election_master_status{name}: 1 while this process leads. Thread-safe.
class LeaderMetrics {
 public:
  LeaderMetrics(Metrics& metrics, const std::string& lease);
  void Leading(bool leading) { status_.Set(leading ? 1 : 0); }

 private:
  Gauge status_;
};

/// rest_client_requests_total{code,method,host}. Thread-safe.
class RestClientMetrics {
 public:
  /// `metrics` outlives it.
  explicit RestClientMetrics(Metrics& metrics) : metrics_(metrics) {}
  /// `code`: the HTTP status of the reply; 0 when none came, shown as "<error>" like everywhere in Kubernetes.
  void Count(int code, const std::string& method, const std::string& host);

 private:
  Metrics& metrics_;
};

}  // namespace freehold::runtime

// The controller as its own process, as it runs in a cluster.
#pragma once

#include <sys/types.h>

#include <string>

namespace freehold::bench {

/// Runs until the end of this object. Its log goes to the file FREEHOLD_BENCH_LOG, if set.
class ControllerProcess {
 public:
  /// The binary is that of FREEHOLD_TEST_BIN. Throws when it isn't set.
  ControllerProcess();
  ~ControllerProcess();
  ControllerProcess(const ControllerProcess&) = delete;
  ControllerProcess& operator=(const ControllerProcess&) = delete;

  long rss_kib() const;
  double cpu_seconds() const;
  /// The sum of all series whose line begins with `prefix`.
  double Metric(const std::string& prefix) const;

 private:
  const int metrics_port_;
  pid_t pid_ = 0;
};

}  // namespace freehold::bench

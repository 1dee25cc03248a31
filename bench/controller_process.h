// The controller as its own process, as it runs in a cluster.
#pragma once

#include <sys/types.h>

#include <string>

#include "figures.h"

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
  /// The sum of all series whose line begins with `prefix`. Throws when it doesn't answer.
  double Metric(const std::string& prefix) const;

  /// From its start to the first answer of 200 by /readyz. Throws after two minutes.
  Seconds AwaitReady() const;
  /// From its start until its server was looked at and no ServiceDatabase waits for a look. Throws after ten minutes.
  Seconds AwaitConverged() const;

 private:
  const int metrics_port_, probe_port_;
  std::chrono::steady_clock::time_point began_;
  pid_t pid_ = 0;
};

}  // namespace freehold::bench

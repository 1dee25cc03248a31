// The freehold binary as a user runs it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "await.h"

namespace freehold::test {

/// Path of the binary, from FREEHOLD_TEST_BIN. Throws when it isn't set.
std::string FreeholdBinary();

struct Finished {
  int code = 0;
  std::string out;  ///< standard output
  std::string err;  ///< standard error
};

/// A port of 127.0.0.1 that nobody listens on at the moment.
int FreePort();

/// Runs `freehold ARGUMENTS…` to its end, with `input` on standard input.
Finished RunFreehold(const std::vector<std::string>& arguments, const std::string& input = "");

/// `freehold controller` with the rights of the chart's ServiceAccount; asked to stop at the end if it still runs, and
/// killed if it doesn't.
class ControllerProgram {
 public:
  /// `kubeconfig`: another way to the API server.
  explicit ControllerProgram(std::vector<std::string> more_flags = {}, const std::string& kubeconfig = "");
  ~ControllerProgram();

  /// Body of GET http://127.0.0.1:<probe port>PATH; none when it doesn't answer 200.
  std::optional<std::string> Probe(const std::string& path) const { return Get(probe_port_, path); }
  std::optional<std::string> Metrics() const { return Get(metrics_port_, "/metrics"); }
  /// How often its controller of that name ("databaseserver") has reconciled something so far.
  int Passes(const std::string& controller) const {
    return Sum("controller_runtime_reconcile_total{", "controller=\"" + controller + "\"");
  }
  /// Connections to servers that it has tried to open so far.
  int Connections() const { return Sum("freehold_sql_connections_total"); }
  /// Waits until /readyz answers 200.
  bool AwaitReady(std::chrono::seconds limit) const;

  void Signal(int signal) const;
  /// Its exit code; none when it still ran after `limit`.
  std::optional<int> AwaitExit(std::chrono::seconds limit);
  /// Once it has ended: was its memory written to disk?
  bool left_core() const { return left_core_; }
  std::string log() const;
  pid_t pid() const { return pid_; }

 private:
  static std::optional<std::string> Get(int port, const std::string& path);
  /// Of all series that begin and hold so.
  int Sum(const std::string& series, const std::string& label = "") const;

  int probe_port_ = 0;
  int metrics_port_ = 0;
  std::string log_file_;
  pid_t pid_ = -1;
  bool left_core_ = false;
};

}  // namespace freehold::test

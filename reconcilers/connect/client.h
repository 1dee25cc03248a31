// The connectors of Kafka Connect's workers, whoever is asked for them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "operator/base/failure.h"

namespace freehold::connect {

using base::Result;
using Config = std::map<std::string, std::string>;

struct TaskSeen {
  std::string state;  ///< "RUNNING", "FAILED" …
  std::string trace;  ///< of a failed one
  bool operator==(const TaskSeen&) const = default;
};

struct ConnectorSeen {
  Config config;      ///< without its name
  std::string state;  ///< "RUNNING", "FAILED", "STOPPED" …; tasks may have failed all the same
  std::string trace;
  std::vector<TaskSeen> tasks;
  bool operator==(const ConnectorSeen&) const = default;
};

/// Failures of every call, beside those of what it goes by:
///   Retryable "ConnectBusy"         the workers share their work anew, have no leader, or are not done with it
///   Retryable "ConnectUnavailable"  they have trouble themselves
///   Terminal  "ConnectDenied"       the operator may not ask for it
///   Terminal  "ConnectorRefused"    the configuration can't be used; the message is Connect's own
///   Terminal  "ConnectorMissing"    there is no such connector
///   Terminal  "PluginMissing"       the workers don't have its class
/// Thread-safe.
class Client {
 public:
  virtual ~Client() = default;
  /// All connectors, by name.
  virtual Result<std::map<std::string, ConnectorSeen>> List() = 0;
  /// Would it be taken? Success as well where nobody can be asked before it is made.
  virtual Result<void> Validate(const Config&) { return {}; }
  /// Makes it, or changes it.
  virtual Result<void> Put(const std::string& name, const Config&) = 0;
  /// Its tasks end; its offsets may be deleted then.
  virtual Result<void> Stop(const std::string& name) = 0;
  virtual Result<void> Resume(const std::string& name) = 0;
  /// Of a connector that is stopped. A sink's are those of its consumer group. Success: they are gone.
  virtual Result<void> DeleteOffsets(const std::string& name) = 0;
  /// What failed, tasks included, begins anew.
  virtual Result<void> RestartFailed(const std::string& name) = 0;
  /// One that is already gone is success.
  virtual Result<void> Delete(const std::string& name) = 0;
};

}  // namespace freehold::connect

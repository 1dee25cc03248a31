// Kafka Connect's REST interface, typed.
// https://kafka.apache.org/documentation/#connect_rest
#pragma once

#include <map>
#include <string>
#include <vector>

#include "operator/http/transport.h"

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

/// Failures of every call, beside those of http::Transport:
///   Retryable "ConnectBusy"         the workers are about to share their work anew, or have no leader
///   Retryable "ConnectUnavailable"  they have trouble themselves
///   Terminal  "ConnectDenied"       user and password are not theirs
///   Terminal  "ConnectorRefused"    the configuration can't be used; the message is Connect's own
///   Terminal  "ConnectorMissing"    there is no such connector
/// Thread-safe.
class Client {
 public:
  explicit Client(http::Transport& transport) : transport_(transport) {}

  /// All connectors, by name.
  Result<std::map<std::string, ConnectorSeen>> List();
  /// Makes it, or changes it. Connect tries the configuration first.
  Result<void> Put(const std::string& name, const Config&);
  /// Its tasks end; its offsets may be deleted then.
  Result<void> Stop(const std::string& name);
  Result<void> Resume(const std::string& name);
  /// Of a connector that is stopped. A sink's are those of its consumer group.
  Result<void> DeleteOffsets(const std::string& name);
  /// What failed, tasks included, begins anew.
  Result<void> RestartFailed(const std::string& name);
  /// One that is already gone is success.
  Result<void> Delete(const std::string& name);

 private:
  Result<std::string> Ask(const std::string& method, const std::string& target, const std::string& body = {});

  http::Transport& transport_;
};

}  // namespace freehold::connect

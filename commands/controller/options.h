// How the operator was asked to run.
#pragma once

#include <chrono>
#include <string>

#include "commands/command.h"
#include "operator/runtime/log.h"

namespace freehold::commands {

struct WebhookOptions {
  std::string address;  ///< empty: it is off
  /// Of its ValidatingWebhookConfiguration, and of the Secret in the operator's namespace that keeps its certificate.
  std::string name = "freehold-webhook";
  std::chrono::seconds certificate_lifetime = std::chrono::days(90);
};

struct ControllerOptions {
  ClusterFlags cluster;
  /// The operator's own namespace: its lease, and the only place where admin credentials are read.
  std::string ns = "freehold-system";
  bool leader_elect = true;
  std::chrono::milliseconds resync{std::chrono::seconds(60)};
  int workers = 4;  ///< stores of one server that are reconciled at once
  std::string metrics_address = "0.0.0.0:8080";
  std::string probe_address = "0.0.0.0:8081";
  WebhookOptions webhook;
  runtime::log::Settings log;
};

}  // namespace freehold::commands

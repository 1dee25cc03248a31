// The admission webhook: served by every replica, its certificate kept by the one that leads.
#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "commands/controller/options.h"
#include "operator/runtime/controller.h"
#include "operator/runtime/gate.h"
#include "operator/runtime/manager.h"
#include "operator/serve/server.h"
#include "operator/webhook/follower.h"
#include "operator/webhook/upkeep.h"
#include "reconcilers/stores/world.h"

namespace freehold::commands {

/// POST /review takes an AdmissionReview and answers with one.
class Webhook {
 public:
  /// All of it outlives the webhook and is thread-safe.
  struct Parts {
    kube::Client& client;
    stores::World world;
    runtime::Gate& gate;
    const base::Clock& clock;
    runtime::Metrics& metrics;
  };

  /// REQUIRES: options.address is not empty.
  Webhook(const WebhookOptions& options, const std::string& ns, Parts parts);

  /// Serves once the caches are filled, leading or not.
  runtime::Part Serving();
  /// Keeps the certificate, while leading.
  runtime::Part Renewing();
  /// Is it listening, with a certificate? Thread-safe.
  bool Serves() const;

 private:
  serve::Response Answer(const serve::Request&);

  const WebhookOptions options_;
  const Parts parts_;
  const kube::Name secret_;
  const std::shared_ptr<serve::Tls> tls_ = std::make_shared<serve::Tls>();
  webhook::Upkeep upkeep_;
  runtime::Controller renewal_;
  runtime::Counter allowed_, refused_, malformed_;
  runtime::Histogram seconds_;
  runtime::Gauge ends_;
  std::unique_ptr<runtime::Metrics::Subscription> ends_shown_;
  mutable std::mutex mutex_;
  std::unique_ptr<webhook::Follower> follower_;  ///< guarded by mutex_
  std::unique_ptr<serve::Server> server_;        ///< guarded by mutex_
};

}  // namespace freehold::commands

// Serves what the Secret holds, in every replica, and follows it while it changes.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "operator/kube/client.h"
#include "operator/serve/tls.h"
#include "operator/webhook/keyring.h"

namespace freehold::webhook {

/// Reads the Secret now and then from construction to destruction, on a thread of its own: Secrets are read by name and
/// never watched. Thread-safe.
class Follower {
 public:
  /// `reader` outlives it. Until there is a certificate it looks once a second, then every `period`.
  Follower(kube::Reader& reader, kube::Name secret, std::shared_ptr<serve::Tls> tls, std::chrono::milliseconds period);
  ~Follower();

  /// When the certificate that is served ends; none: none is served.
  std::optional<base::Timestamp> ends() const;

 private:
  void Run(std::stop_token);
  void Look();

  kube::Reader& reader_;
  const kube::Name secret_;
  const std::shared_ptr<serve::Tls> tls_;
  const std::chrono::milliseconds period_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  serve::Identity served_;               ///< used by the thread only
  std::optional<base::Timestamp> ends_;  ///< guarded by mutex_
  std::jthread thread_;
};

}  // namespace freehold::webhook

// Which API server to talk to, and as whom.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "operator/base/clock.h"
#include "operator/http/endpoint.h"

namespace freehold::kube {

/// What the command line said; empty: nothing.
struct ConfigQuery {
  std::string kubeconfig;
  std::string context;
};

/// The outside that configuration is read from; tests give their own.
struct Surroundings {
  std::function<std::optional<std::string>(const std::string& variable)> variable;
  std::filesystem::path service_account = "/var/run/secrets/kubernetes.io/serviceaccount";

  static Surroundings OfThisProcess();
};

struct ClusterAccess {
  http::Endpoint endpoint;
  std::string ns = "default";  ///< of the context, or of the pod
  std::string origin;          ///< for people: "context shop of /home/me/.kube/config"
};

/// In this order: the flag, KUBECONFIG (a list of files; the first that says something wins), the pod's ServiceAccount,
/// ~/.kube/config. Token and certificate files are re-read every minute, exec plugins are run again when what they gave
/// expires. Terminal "InvalidConfig" names the file, the field and the remedy. `clock` outlives the result.
base::Result<ClusterAccess> LoadClusterAccess(const ConfigQuery&, const Surroundings&, const base::Clock& clock);

}  // namespace freehold::kube

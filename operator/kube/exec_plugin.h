// Credential plugins:
// https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "operator/base/clock.h"
#include "operator/base/sensitive.h"

namespace freehold::kube {

struct ExecPlugin {
  std::string api_version;  ///< client.authentication.k8s.io/v1 or v1beta1
  std::string command;      ///< looked up in PATH unless it has a slash
  std::vector<std::string> arguments;
  std::vector<std::pair<std::string, std::string>> environment;
  std::string install_hint;
  bool provide_cluster_info = false;
};

/// Told to plugins that ask for it.
struct ExecCluster {
  std::string server;
  std::string tls_server_name;
  bool skip_verify = false;
  std::string authority_pem;
};

struct ExecCredential {
  base::Sensitive token;
  std::string certificate_pem;
  base::Sensitive key_pem;
  std::optional<base::Timestamp> expires;
};

/// What a plugin reads from KUBERNETES_EXEC_INFO.
std::string ExecInfo(const ExecPlugin&, const ExecCluster&);

/// Reads what a plugin printed. Terminal "ExecPluginFailed", never quoting the output.
base::Result<ExecCredential> ParseExecCredential(const ExecPlugin&, const std::string& output);

/// Runs the plugin, which has no terminal; its standard error is ours. It is killed after `limit`.
/// Retryable "ExecPluginFailed" with the install hint.
base::Result<ExecCredential> RunExecPlugin(const ExecPlugin&, const ExecCluster&, std::chrono::seconds limit);

}  // namespace freehold::kube

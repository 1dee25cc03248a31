// The ways to prove who we are to the API server.
#pragma once

#include <memory>

#include "operator/base/clock.h"
#include "operator/http/endpoint.h"
#include "operator/kube/kubeconfig.h"

namespace freehold::kube {

/// Everything that is given literally or as a file.
struct Identity {
  Material authority;
  Material certificate;
  Material key;
  Material token;
  std::string username;
  base::Sensitive password;
};

/// Files are read again a minute after they were last read, and at once after a refusal. What can't be read anew (a
/// rotation caught half way) stays as it was, with a warning in the log. Current() is Retryable
/// "CredentialsUnavailable" as long as nothing could ever be read. `clock` outlives it.
std::shared_ptr<http::CredentialSource> MakeFileCredentials(Identity, const base::Clock& clock);

/// Runs the plugin when there is no credential yet, the last one ends within 10 seconds, or it was refused; a plugin
/// that keeps being refused is run at most every 10 seconds. `base` gives the authority. `clock` outlives it.
std::shared_ptr<http::CredentialSource> MakeExecCredentials(ExecPlugin, ExecCluster,
                                                            std::shared_ptr<http::CredentialSource> base,
                                                            const base::Clock& clock);

}  // namespace freehold::kube

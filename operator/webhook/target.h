// Where the API server is told to find a webhook, and whom to trust there: a ValidatingWebhookConfiguration.
#pragma once

#include <string>
#include <vector>

#include "operator/kube/object.h"

namespace freehold::webhook {

struct Target {
  std::vector<std::string> names;    ///< hosts that the API server asks for by TLS, sorted, each once
  std::vector<std::string> bundles;  ///< one PEM text per webhook; empty: none is set
  std::string resource_version;
};

const kube::ResourceType& ConfigurationType();

/// Terminal "InvalidObject" when it isn't one, or has no webhook.
base::Result<Target> ReadTarget(const base::Json& configuration);

/// A JSON patch by which all of its webhooks trust `authorities`; it fails when somebody else has written the
/// configuration meanwhile.
base::Json TrustPatch(const Target&, const std::string& authorities);

}  // namespace freehold::webhook

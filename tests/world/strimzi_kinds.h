// Strimzi's kinds, as far as they are used here.
#pragma once

#include "operator/base/json.h"
#include "operator/kube/client.h"

namespace freehold::test {

/// Installs a kind whose resources have a status, unless it is there, and waits until it is served. What `spec`, an
/// OpenAPI schema, doesn't know is refused. Throws std::runtime_error.
void InstallKind(const kube::ResourceType&, const base::Json& spec);

/// Any object.
base::Json AnyObject();

}  // namespace freehold::test

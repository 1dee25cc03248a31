// In which order versions of objects were made.
// https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions
#pragma once

#include <string>
#include <string_view>

#include "operator/base/json.h"

namespace freehold::kube {

/// Of a JSON object; empty where it has none.
std::string ResourceVersionOf(const base::Json& object);

/// Is one version surely older than another one? They are numbers on servers from 1.35 on, and were before where etcd
/// keeps the objects; of others nothing is said.
bool IsOlder(std::string_view version, std::string_view than);

}  // namespace freehold::kube

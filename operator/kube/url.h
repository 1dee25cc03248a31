// Resource types and options as paths and queries of the API.
// https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "operator/kube/object.h"

namespace freehold::kube {

/// "/api/v1/namespaces/shop/secrets"; without the namespace part when `ns` is empty.
std::string CollectionPath(const ResourceType&, const std::string& ns);

/// "/apis/freehold.dev/v1alpha1/namespaces/shop/servicedatabases/orders/status".
std::string ObjectPath(const ResourceType&, const Name&, std::string_view subresource = {});

/// "?a=b&c=d", values encoded; parameters with an empty value are left out; empty when none is left.
std::string Query(const std::vector<std::pair<std::string, std::string>>& parameters);

}  // namespace freehold::kube

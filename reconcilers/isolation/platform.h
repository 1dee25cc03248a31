// Who administers the cluster, so that a way of theirs is no finding.
#pragma once

#include <set>
#include <span>
#include <string>

#include "reconcilers/isolation/rbac.h"

namespace freehold::isolation {

/// ServiceAccounts in these namespaces belong to the platform: "kube-system", the operator's, and those that carry this
/// label with the value "true".
inline constexpr const char* kPlatformLabel = "freehold.dev/platform";

/// Knows the subjects that are platform administrators: the cluster's own components (system:…), ServiceAccounts of
/// platform namespaces, and whoever is bound to cluster-admin in all namespaces.
class Platform {
 public:
  Platform(std::set<std::string> namespaces, std::span<const Permission> permissions);

  bool Administers(const Subject&) const;

 private:
  std::set<std::string> namespaces_;
  std::set<std::string> cluster_admins_;
};

}  // namespace freehold::isolation

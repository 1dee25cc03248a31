#include "reconcilers/isolation/platform.h"

namespace freehold::isolation {
namespace {

/// Groups that anybody, or any pod, is in.
bool IsCrowd(const std::string& name) {
  return name == "system:authenticated" || name == "system:unauthenticated" || name == "system:anonymous" ||
         name.starts_with("system:serviceaccounts");
}

}  // namespace

Platform::Platform(std::set<std::string> namespaces, std::span<const Permission> permissions)
    : namespaces_(std::move(namespaces)) {
  for (const auto& permission : permissions) {
    const bool everywhere = permission.ns.empty() && permission.role == "ClusterRole cluster-admin";
    if (everywhere && !IsCrowd(permission.subject.name)) cluster_admins_.insert(ToString(permission.subject));
  }
}

bool Platform::Administers(const Subject& subject) const {
  if (subject.kind == "ServiceAccount" && namespaces_.contains(subject.ns)) return true;
  if (cluster_admins_.contains(ToString(subject))) return true;
  static const std::string kServiceAccountsOf = "system:serviceaccounts:";
  if (subject.name.starts_with(kServiceAccountsOf)) {
    return namespaces_.contains(subject.name.substr(kServiceAccountsOf.size()));
  }
  return subject.kind != "ServiceAccount" && subject.name.starts_with("system:") && !IsCrowd(subject.name);
}

}  // namespace freehold::isolation

// The ways to a store's credential that Kubernetes opens: by RBAC, and by Pods that run.
#pragma once

#include <span>
#include <vector>

#include "reconcilers/isolation/edge.h"
#include "reconcilers/isolation/platform.h"
#include "reconcilers/isolation/stores.h"

namespace freehold::isolation {

/// One edge for each permission by which its subject gets at the credential of the store: reads the Secret, becomes an
/// allowed ServiceAccount, enters or makes Pods beside it, or gives itself such a right. `all` tells which
/// ServiceAccount is whose. Pure.
std::vector<Edge> RbacEdges(const StoreAsked&, std::span<const Permission>, const Platform&,
                            std::span<const StoreAsked> all, base::Timestamp seen_at);

/// A Secret of the platform's by which a store is got at: what administers its server, what its feeds log in by.
struct Vault {
  kube::Name secret;
  std::string holds;  ///< "the administrator of DatabaseServer main"
};

/// One finding for each permission in the namespace of a vault, or for one by its name, that lets a subject other than
/// the platform's get at it. Permissions for all Secrets of all namespaces are edges of RbacEdges. Pure.
std::vector<Edge> VaultEdges(const StoreAsked&, std::span<const Vault>, std::span<const Permission>, const Platform&,
                             std::span<const StoreAsked> all, base::Timestamp seen_at);

/// A Pod and the Secrets that it names.
struct PodSeen {
  std::string ns, name, service_account;
  std::vector<std::string> secrets;
};
/// From a Pod as the API server gives it. Every place where a Pod can name a Secret is read.
PodSeen ReadPod(const base::Json& pod);

/// One edge for each Pod of the store's namespace that names its credential: the owner's, or a finding. Pure.
std::vector<Edge> PodEdges(const StoreAsked&, std::span<const PodSeen>, std::span<const StoreAsked> all,
                           base::Timestamp seen_at);

/// Why a controller that copies Secrets would copy this one, by its annotations; empty when none would.
std::string CopierOf(const std::map<std::string, std::string>& annotations);

}  // namespace freehold::isolation

// How a server is reached as its admin.
#pragma once

#include "operator/kube/client.h"
#include "reconcilers/api/database_server.h"
#include "reconcilers/engines/engine.h"

namespace freehold::servers {

bool Offers(const api::DatabaseServer&, api::Isolation);

/// With the admin's credential and the CA, from Secrets of `operator_namespace` and no other. Retryable
/// "AdminSecretMissing" names the Secret or the key that isn't there or is of no use.
base::Result<engines::ServerAccess> AccessOf(const api::DatabaseServer&, kube::Reader&,
                                             const std::string& operator_namespace);

}  // namespace freehold::servers

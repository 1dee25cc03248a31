// Who may use which credential of a namespace: what its CredentialIndex should say.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "reconcilers/api/credential_index.h"
#include "reconcilers/ownership/registry.h"

namespace freehold::guards {

using Databases = std::span<const std::shared_ptr<const api::ServiceDatabase>>;

/// One entry for each Secret that a ServiceDatabase of namespace `ns` claims, with the ServiceAccounts (sorted) of the
/// one that owns it by `registry`; whoever else claims it adds nobody. Those of other namespaces are passed over. One
/// that is being deleted keeps its entry until it is gone: its Secret is there as long. Pure.
api::CredentialIndexSpec IndexOf(const std::string& ns, Databases, const ownership::Registry&);

}  // namespace freehold::guards

// The key behind the passwords of roles that replicate, kept in a Secret of the operator's namespace.
#pragma once

#include <optional>

#include "operator/base/sensitive.h"
#include "operator/kube/client.h"
#include "operator/runtime/gate.h"

namespace freehold::commands {

inline constexpr const char* kCdcKeySecret = "freehold-cdc-key";

/// Reads it, or makes one where there is none. Removing the Secret gives every such role another password, once the
/// operator starts again. Terminal "InvalidObject" when the Secret holds no key.
base::Result<base::Sensitive> KeepCdcKey(kube::Reader&, kube::Writer&, runtime::Gate&, const std::string& ns);

/// The one that is there; absent: there is none, or it can't be read.
std::optional<base::Sensitive> FindCdcKey(kube::Reader&, const std::string& ns);

}  // namespace freehold::commands

// The key behind the passwords of roles that replicate, kept in a Secret of the operator's namespace.
#pragma once

#include "operator/base/sensitive.h"
#include "operator/kube/client.h"
#include "operator/runtime/gate.h"

namespace freehold::commands {

inline constexpr const char* kCdcKeySecret = "freehold-cdc-key";

/// Reads it, or makes one where there is none. Removing the Secret gives every such role another password, once the
/// operator starts again. Terminal "InvalidObject" when the Secret holds no key.
base::Result<base::Sensitive> KeepCdcKey(kube::Reader&, kube::Writer&, runtime::Gate&, const std::string& ns);

}  // namespace freehold::commands

// Trying every credential on every store that isn't its own, and telling what happened.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "operator/kube/client.h"
#include "reconcilers/engines/engine.h"
#include "reconcilers/isolation/edge.h"
#include "reconcilers/isolation/stores.h"

namespace freehold::commands::audit {

/// What the Secret of a store holds.
struct Credential {
  std::string store, service, login;
  kube::Name secret;
  base::Sensitive password;
};

/// Nothing when there is no Secret yet.
base::Result<std::optional<Credential>> CredentialOf(const isolation::StoreAsked&, kube::Reader&);

struct Probing {
  std::span<const Credential> credentials;
  std::span<const isolation::StoreAsked> stores;
  int limit;
  base::Timestamp at;
};

/// One after the other, so that a server sees one login at a time. Adds what got through as findings to `model`, and
/// what could not be tried as unknown. `access` tells how a server is reached; null: it can't be.
void TryAll(const Probing&, engines::Engine&,
            const std::function<const engines::ServerAccess*(const std::string&)>& access,
            isolation::AccessModel& model);

}  // namespace freehold::commands::audit

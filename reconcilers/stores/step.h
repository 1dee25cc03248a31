// One change to the world, as data: printed by `plan`, counted by the gate, compared in tests.
#pragma once

#include <span>
#include <string>
#include <variant>

#include "operator/runtime/gate.h"
#include "reconcilers/credentials/binding.h"
#include "reconcilers/engines/store.h"

namespace freehold::stores {

/// Makes sure that clean-up happens: set before the first change to a database.
struct AddFinalizer {
  kube::ObjectMeta meta;
};
struct RemoveFinalizer {
  kube::ObjectMeta meta;
};
/// Logs in as the service will.
struct VerifyLogin {
  std::string database, login;
  base::Sensitive password;
};
struct WriteSecret {
  kube::Name name;
  kube::OwnerReference owner;
  credentials::Endpoint endpoint;
  credentials::Issued issued;
  /// The one that was seen; absent: there was none, and what came since is not overwritten.
  std::optional<kube::ObjectMeta> replaces;
};
/// Makes any write of the Secret void that was begun before: one of a leader that is gone may still be under way, and
/// would name a login whose password is about to change.
struct HoldSecret {
  kube::Name name;
  kube::ObjectMeta seen;
};
/// Lets the Secret outlive its ServiceDatabase (deletionPolicy Orphan).
struct DisownSecret {
  kube::Name name;
  std::string resource_version;
};

using Step =
    std::variant<AddFinalizer, engines::Step, VerifyLogin, HoldSecret, WriteSecret, DisownSecret, RemoveFinalizer>;

/// Does freehold.dev/paused hold all work on it?
bool IsPaused(const kube::ObjectMeta&);

/// As the gate counts it. `server` names the DatabaseServer of the steps that go there.
runtime::Effect EffectOf(const Step&, const std::string& server);

/// For people, in one line: "prepare-roles main/orders_db, create-secret shop/orders.freehold".
std::string Summary(std::span<const Step>, const std::string& server);

/// For people: what will be done, statement by statement, secrets masked.
std::string Describe(const Step&, const std::string& server);

}  // namespace freehold::stores

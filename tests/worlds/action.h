// One effect of a controller on the world, as it passes the gate.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "reconcilers/stores/step.h"

namespace freehold::worlds {

/// One message to the database server. What isn't one transaction is several of these.
struct Sql {
  std::string verb, database;
  std::vector<std::string> statements;
};

struct ApplyStatus {
  kube::ObjectMeta meta;
  api::ServiceDatabaseStatus status;
};

using Deed = std::variant<Sql, stores::VerifyLogin, stores::HoldSecret, stores::WriteSecret, stores::DisownSecret,
                          stores::AddFinalizer, stores::RemoveFinalizer, ApplyStatus>;

struct Action {
  int claim = 0;    ///< of which object
  std::string uid;  ///< for which incarnation of it
  /// The object was being deleted, with this policy, when it was planned.
  std::optional<api::DeletionPolicy> removal;
  bool adopts = false;
  Deed deed;
  std::uint32_t passwords = 0;  ///< which of the pool it tells of, as bits
};

/// Equal actions, equal text.
std::string TextOf(const Action&);
/// For people, with the statements, secrets masked.
std::string NameOf(const Action&);
/// Its first word: "mend-roles", "update-secret".
std::string KindOf(const Action&);
/// It goes to the database server.
inline bool IsSql(const Action& action) { return std::holds_alternative<Sql>(action.deed); }

}  // namespace freehold::worlds

// Rotation that never locks a service out: two logins under one owner take turns.
//
// Flow
//   Absent    no login has a verifier, no Secret exists          -> mint for the first login
//   Prepared  the idle login has a new verifier, tried by login  -> write the Secret
//   Switched  the Secret names it                                -> wait until the overlap ends
//   Draining  the previous login still works                     -> close it
//   Stable    one login works, and the Secret names it
//
// Guarantees: from the first Stable on, the credential in the Secret works. A phase is recomputed from what is seen
// (verifiers, Secret, times), so that a crash at any point needs no memory: a password that was lost on the way is
// minted again for the idle login, which nobody uses.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "operator/base/clock.h"
#include "operator/base/sensitive.h"
#include "reconcilers/api/service_database.h"
#include "reconcilers/engines/store.h"

namespace freehold::credentials {

/// What the Secret says of the credential. Only of a Secret that is ours and whole.
struct Issued {
  std::string login;
  base::Sensitive password;
  base::Timestamp at{};
  std::string previous_login;  ///< empty when this is the first one
  std::string answered;        ///< the rotation request that this one answered
};

/// When to rotate.
struct Schedule {
  api::Duration rotate_every{};
  api::Duration overlap{};
  std::string request;  ///< value of the annotation freehold.dev/rotate; empty: none
};

struct Seen {
  std::array<std::string, 2> names;
  std::array<engines::LoginSeen, 2> logins;
  std::optional<Issued> issued;
  /// Does the Secret's password open its login? Absent: can't be told (it was not tried).
  std::optional<bool> works;
  /// The login that the status named last: pods may still use it although the Secret is gone.
  std::string last_login;
  base::Timestamp now{};
};

/// What to do about the logins.
struct Turn {
  enum class Action {
    kKeep,     ///< nothing to mint
    kRestore,  ///< the Secret is right, the login isn't: give it the verifier of the Secret's password again
    kIssue,    ///< mint a password for `live`, try it, then let the Secret name it
  };
  Action action = Action::kKeep;
  std::size_t live = 0;         ///< the login that the Secret names afterwards
  bool drain_previous = false;  ///< the other login keeps working until `overlap_until`
  base::Timestamp issued_at{};
  base::Timestamp rotate_at{};
  base::Timestamp overlap_until{};
  api::CredentialPhase phase = api::CredentialPhase::kAbsent;
  bool operator==(const Turn&) const = default;
};

/// Pure.
Turn Judge(const Seen&, const Schedule&);

/// When something is due by time alone: the end of an overlap, or the next rotation.
base::Timestamp NextDue(const Turn&);

}  // namespace freehold::credentials

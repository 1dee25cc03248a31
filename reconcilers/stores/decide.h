// What to do about one store. The middle of observe, plan, apply: no I/O, no clock, no random.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "reconcilers/stores/desired.h"
#include "reconcilers/stores/step.h"

namespace freehold::stores {

/// All that a store is, and its Secret, seen afresh.
struct Observed {
  engines::StoreSeen store;
  std::optional<credentials::SecretSeen> secret;
  /// Does the Secret's password open its login? Absent: there is none to try.
  std::optional<bool> works;
  /// The publishers' ends of the channels that lead here, by name; a failure where one could not be looked at.
  std::map<std::string, base::Result<engines::ChannelSeen>> channels;
  /// Is the Secret there by which it reads topics?
  bool topic_secret = false;
  /// What those who carry its events have to complain of; empty: nothing.
  std::string trouble;
  /// What kept the store's end of the way to a warehouse from being made; empty: nothing.
  std::string report_trouble;
};

/// A password and its verifier: new ones, or the Secret's own password with a verifier to set again.
struct Minted {
  base::Sensitive password;
  std::string verifier;
};

/// What a decision may need but must not invent.
struct Fresh {
  base::Timestamp now{};
  std::optional<Minted> minted;  ///< present when the turn's action isn't kKeep
  /// For the role that replicates its events; absent: the one that is set is right, or none is needed.
  std::optional<std::string> cdc_verifier;
  /// By channel: how to replicate from publishers whose end is ready.
  std::map<std::string, engines::Upstream> upstreams;
};

/// Everything is as wanted: nothing to do until `turn` says so.
struct Settled {
  credentials::Turn turn;
};
/// These steps, in order; the first failure ends the pass.
struct Act {
  std::vector<Step> steps;
  credentials::Turn turn;
  /// The store was in sync before and the spec has not changed: somebody else changed the world.
  bool drift = false;
};
/// The world differs, and the policy says to report it only.
struct Drifted {
  std::vector<Step> steps;  ///< what would be done
  credentials::Turn turn;
  std::vector<std::string> hindrances;  ///< see Engine::Hindrances; none: a login works
};

using Decision = std::variant<Settled, Act, Drifted, Refusal>;

/// Whose turn it is. What must be minted before Decide is called follows from its action. Pure.
credentials::Turn TurnOf(const Desired&, const Observed&, base::Timestamp now);

/// Does the decision rest on which login the status told last? No Secret says it, and Pods may use one that is open: a
/// status that is out of date would lock them out. Pure.
bool RestsOnStatus(const Observed&);

/// Equal inputs, equal decision. `digest` is DigestOf(desired, …). Pure.
Decision Decide(const Desired&, const Observed&, const credentials::Endpoint&, const std::string& digest, const Fresh&,
                const engines::Engine&);

/// Is the store, by what its status and the last look at the whole server say, as wanted, so that it needs no look of
/// its own? Pure.
bool StoreInSync(const Desired&, const engines::ServerSnapshot&, const std::string& digest, const engines::Engine&);
/// REQUIRES: StoreInSync. Is its Secret as the status says, and not due for rotation? Pure.
bool SecretInSync(const Desired&, const std::optional<credentials::SecretSeen>&, base::Timestamp now);

/// REQUIRES: StoreInSync. By what the status says, is nothing to be done about its Secret yet? Only the Secret itself
/// tells whether it is as it says. Pure.
bool SecretRests(const Desired&, base::Timestamp now);

/// status.store.fingerprint: what was wanted and what was seen, so that either change shows.
std::string Fingerprint(const std::string& digest, const std::string& seen);

}  // namespace freehold::stores

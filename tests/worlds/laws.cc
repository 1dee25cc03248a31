#include "tests/worlds/laws.h"

#include <algorithm>

#include "operator/kube/conditions.h"
#include "tests/worlds/api_server.h"
#include "tests/worlds/passwords.h"

namespace freehold::worlds {
namespace {

constexpr auto kOverlap = std::chrono::hours(4);

bool IsTrue(const api::ServiceDatabase& object, const char* type) {
  const auto* condition = kube::FindCondition(object.status.conditions, type);
  return condition && condition->status == kube::Condition::Status::kTrue;
}

int IndexOf(const engines::Layout& layout, const std::string& login) {
  for (int i : {0, 1}) {
    if (layout.logins[i] == login) return i;
  }
  return -1;
}

std::string Printed(const std::set<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

}  // namespace

const Facts& Laws::Of(Id server, int store) {
  const auto [known, first] = facts_.try_emplace(server);
  if (first) {
    for (int i = 0; i < kStores; ++i) known->second[i] = FactsOf(planner_.servers[server], planner_.layout(i));
  }
  return known->second[store];
}

const SecretFacts& Laws::OfSecret(Id secret) {
  const auto known = secrets_.find(secret);
  if (known != secrets_.end()) return known->second;
  SecretFacts facts;
  if (secret) {
    const auto& object = planner_.secrets[secret];
    facts.owner = OwnerOf(object);
    const auto read = credentials::ReadSecret(object, facts.owner, {});
    if (read && read->issued) {
      facts.whole = true;
      for (int store = 0; store < kStores; ++store) {
        const auto& layout = planner_.layout(store);
        facts.login = std::max(facts.login, IndexOf(layout, read->issued->login));
        facts.previous = std::max(facts.previous, IndexOf(layout, read->issued->previous_login));
      }
      facts.password = PasswordOf(read->issued->password.Reveal()).value_or(-1);
      facts.issued_at = read->issued->at;
    }
  }
  return secrets_[secret] = facts;
}

std::string Laws::BrokenBy(const World& before, const World& after, Id id, bool late) {
  const auto& action = planner_.actions[id];
  // What somebody changes by hand after the controller looked, it can't know of.
  const bool excused = before.harmed & (late ? kSinceCrash : SinceLook(action.claim));
  if (before.server != after.server) {
    if (const auto& broken = OnServer(before.server, after.server, id, excused); !broken.empty()) return broken;
  }
  if (excused) return {};
  for (int claim = 0; claim < kClaims; ++claim) {
    if (auto broken = Credentials(before, after, action, claim); !broken.empty()) return broken;
  }
  return late ? std::string() : Says(after, action);
}

const std::string& Laws::OnServer(Id before, Id after, Id id, bool excused) {
  const auto key = std::array<Id, 3>{before, after, id * 2 + excused};
  const auto known = on_server_.find(key);
  if (known != on_server_.end()) return known->second;
  const auto& action = planner_.actions[id];
  std::string broken;
  for (int store = 0; store < kStores && broken.empty(); ++store) {
    const auto& was = Of(before, store);
    const auto& is = Of(after, store);
    broken = Reached(was, is);
    if (broken.empty() && !excused) broken = Owners(was, is, action);
    if (broken.empty() && !excused) broken = Data(was, is, action);
  }
  return on_server_[key] = broken;
}

std::string Laws::Reached(const Facts& before, const Facts& after) const {
  for (const auto& way : after.foreign) {
    if (!before.foreign.contains(way)) return "a foreign principal can reach the store: " + way;
  }
  return {};
}

std::string Laws::Owners(const Facts& before, const Facts& after, const Action& action) const {
  const bool ours = before.Owns(action.uid);
  for (std::size_t i = 0; i < before.pieces.size(); ++i) {
    const auto& was = before.pieces[i];
    if (!was.there || was.text == after.pieces[i].text) continue;
    // A role that goes takes what it may do with it, wherever that was.
    const bool leaves = action.removal && i == 3 && after.pieces[i].there && before.rows == after.rows;
    if (leaves) continue;
    if (!was.uid.empty() && was.uid != action.uid) return "it changes what belongs to " + was.uid;
    const bool half_made = i == 3 && before.half_made;
    // Roles that were released guard nothing where there is no store any more.
    const bool left_over = i < 3 && was.marked && !before.pieces[3].there;
    if (was.uid.empty() && !action.adopts && !ours && !half_made && !left_over)
      return "it changes what nobody gave to it";
  }
  for (const auto& owner : after.owners) {
    if (owner != action.uid && !before.Owns(action.uid) && after.Owns(action.uid))
      return "the store has two owners: " + Printed(after.owners);
  }
  return {};
}

bool Laws::SecretWorks(const World& world, int claim) {
  const auto& secret = OfSecret(world.secret[claim]);
  if (!secret.whole || secret.login < 0 || secret.password < 0) return false;
  return Of(world.server, StoreOf(claim)).opens[secret.login] >> secret.password & 1;
}

std::string Laws::Credentials(const World& before, const World& after, const Action& action, int claim) {
  const auto& object = planner_.objects[before.object[claim]];
  const bool leaves = !object || object->meta.deleted;
  const bool was_ready = object && object->status.credentials;
  if (leaves || !was_ready) return {};
  const int store = StoreOf(claim);
  const auto& was = Of(before.server, store).opens;
  const auto& is = Of(after.server, store).opens;
  const auto& secret = OfSecret(before.secret[claim]);
  const bool usable = secret.whole && secret.owner == object->meta.uid;
  if (usable && SecretWorks(before, claim) && !SecretWorks(after, claim)) {
    const auto& now = OfSecret(after.secret[claim]);
    if (!before.torn)
      return now.whole ? "the credential in the Secret works no more" : "the Secret that worked is lost";
  }
  if (usable && secret.previous >= 0 && Planner::TimeOf(before) < secret.issued_at + kOverlap) {
    if (was[secret.previous] & ~is[secret.previous]) return "the previous credential ends before its overlap does";
  }
  const int last = IndexOf(planner_.layout(store), object->status.credentials->login);
  const bool says_ours = IsTrue(*object, "Ready") && Of(before.server, store).Owns(object->meta.uid);
  if (!secret.whole && last >= 0 && says_ours && action.uid == object->meta.uid && (was[last] & ~is[last])) {
    return "the Secret is gone, and the login that was told last works no more";
  }
  return {};
}

std::string Laws::Data(const Facts& before, const Facts& after, const Action& action) const {
  for (const auto& rows : before.rows) {
    if (after.rows.contains(rows)) continue;
    const bool asked = action.removal == api::DeletionPolicy::kDelete && before.pieces[3].uid == action.uid;
    if (!asked) return "the rows of " + rows + " are dropped";
  }
  return {};
}

std::string Laws::Says(const World& after, const Action& action) {
  const auto* status = std::get_if<ApplyStatus>(&action.deed);
  const auto& object = planner_.objects[after.object[action.claim]];
  if (!status || !object || object->meta.uid != action.uid) return {};
  if (!IsTrue(*object, "Ready")) return {};
  if (const auto why = IsHindered(after, action.claim); !why.empty()) return "it says Ready, and " + why;
  return {};
}

/// Why the service can't work with what its Secret says; empty: it can.
std::string Laws::IsHindered(const World& world, int claim) {
  const auto& facts = Of(world.server, StoreOf(claim));
  if (!SecretWorks(world, claim)) return "the Secret's credential does not work";
  if (!facts.serves) return "the schema can't be used";
  // What the status does not tell of yet is not meant by it.
  const auto& object = *planner_.objects[world.object[claim]];
  const bool told = object.status.observed_generation == object.meta.generation;
  return told && !object.spec.publishes.empty() && !facts.takes_events ? "the outbox takes no events" : "";
}

/// What is only reported is told as it is.
std::string Laws::Drifted(const World& world, int claim) {
  const auto& object = *planner_.objects[world.object[claim]];
  const auto& facts = Of(world.server, StoreOf(claim));
  const auto hindered = IsHindered(world, claim);
  if (IsTrue(object, "Ready") != hindered.empty())
    return hindered.empty() ? "the service can work, and it does not say Ready" : "it says Ready, and " + hindered;
  if (IsTrue(object, "Isolated") && !(facts.foreign.empty() && facts.pieces[3].there))
    return "it says Isolated without evidence";
  return {};
}

std::string Laws::StoreIsWhole(const World& world, int claim) {
  const auto& object = *planner_.objects[world.object[claim]];
  const auto& layout = planner_.layout(StoreOf(claim));
  const auto& server = planner_.servers[world.server];
  const auto& facts = Of(world.server, StoreOf(claim));
  for (const auto& piece : facts.pieces) {
    if (!piece.there) return "a part of the store is not there";
    if (piece.uid != object.meta.uid) return "a part of the store does not say whose it is";
  }
  if (!facts.foreign.empty()) return "foreign principals reach the store: " + Printed(facts.foreign);
  if (!SecretWorks(world, claim)) return "the Secret's credential does not work";
  const auto& secret = OfSecret(world.secret[claim]);
  const bool overlaps = secret.previous >= 0 && Planner::TimeOf(world) < secret.issued_at + kOverlap;
  const auto& idle = server.roles.at(layout.logins[1 - secret.login]);
  if (idle.can_login && !overlaps) return "the login that nobody should use any more is open";
  const auto limit = object.spec.limits.connections.value_or(-1);
  for (const auto& login : layout.logins) {
    if (server.roles.at(login).connections != limit) return "login " + login + " has another connection limit";
  }
  if (planner_.TimeOf(world) >= secret.issued_at + object.spec.credentials.rotate_every)
    return "its credential should have been rotated";
  const auto& inside = server.databases.at(layout.database).inside;
  if (!inside.schemas.contains(layout.schema)) return "there is no schema";
  if (auto why = IsHindered(world, claim); !why.empty()) return why;
  if (!IsTrue(object, "Ready")) return "all is well, and it does not say Ready";
  if (!IsTrue(object, "Isolated")) return "all is well, and it does not say Isolated";
  if (object.status.observed_generation != object.meta.generation) return "it tells of another generation";
  return {};
}

/// Stalled is right only where something stands in the way that must not be touched.
std::string Laws::RefusedWithReason(const World& world, int claim) {
  const auto& object = *planner_.objects[world.object[claim]];
  const auto& facts = Of(world.server, StoreOf(claim));
  const int rival = RivalOf(claim);
  const auto& other = planner_.objects[rival == claim ? 0 : world.object[rival]];
  const auto& secret = OfSecret(world.secret[claim]);
  const bool claimed = other != nullptr;
  const bool anothers = std::ranges::any_of(facts.owners, [&](const auto& uid) { return uid != object.meta.uid; });
  const bool unmarked =
      !object.spec.adopt && !facts.Owns(object.meta.uid) &&
      std::ranges::any_of(facts.pieces, [](const Piece& piece) { return piece.there && piece.uid.empty(); });
  const bool mixed = !object.spec.adopt && std::ranges::any_of(facts.pieces, [](const Piece& piece) {
    return piece.there && piece.uid.empty();
  });
  const bool secret_taken = world.secret[claim] && secret.owner != object.meta.uid;
  if (claimed || anothers || unmarked || mixed || secret_taken) return {};
  return "it is refused without a reason";
}

std::string Laws::Unfinished(const World& world) {
  for (int claim = 0; claim < kClaims; ++claim) {
    const auto& object = planner_.objects[world.object[claim]];
    if (!object) continue;
    if (object->meta.deleted) return "it is deleted and still there";
    const auto* stalled = kube::FindCondition(object->status.conditions, "Stalled");
    if (stalled && stalled->reason != "Drifted") {
      if (auto why = RefusedWithReason(world, claim); !why.empty()) return why;
      continue;
    }
    if (IsTrue(*object, "Drifted") && planner_.scenario().drift == api::DriftPolicy::kReport) {
      if (auto why = Drifted(world, claim); !why.empty()) return why;
      continue;
    }
    if (auto why = StoreIsWhole(world, claim); !why.empty()) return why;
    if (!planner_.IsQuiet(world, claim)) return "all is well, and the next pass looks again";
  }
  return {};
}

}  // namespace freehold::worlds

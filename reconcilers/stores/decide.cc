#include "reconcilers/stores/decide.h"

#include <algorithm>
#include <cassert>

#include "operator/base/text.h"
#include "operator/kube/conditions.h"
#include "reconcilers/api/finalizer.h"

namespace freehold::stores {
namespace {

using api::Reason;
using credentials::Turn;

constexpr auto kCollectedWithin = std::chrono::seconds(2);

kube::OwnerReference OwnerOf(const api::ServiceDatabase& object) {
  const auto& type = api::ServiceDatabaseType();
  return {type.api_version(), type.kind, object.meta.name, object.meta.uid, true, true};
}

/// The Secret of an object that had this name before; the garbage collector will take it within seconds.
bool IsLeftBehind(const credentials::SecretSeen& secret) {
  return !secret.ours && secret.meta.labels.contains(api::kCredentialLabel) && !secret.meta.owners.empty();
}

std::optional<Refusal> RefusedByWorld(const Desired& desired, const Observed& seen, base::Timestamp now) {
  const engines::Layout& layout = desired.store.layout;
  const std::string store = desired.server->meta.name + "/" + layout.database + "/" + layout.schema;
  const auto& marker = seen.store.marker;
  if (marker && !marker->uid.empty() && marker->uid != desired.store.marker.uid) {
    return Refusal{Reason::kStoreOwnedByAnother,
                   "store " + store + " says that it belongs to " + marker->name + " (uid " + marker->uid + ")",
                   {}};
  }
  const bool ours = marker && marker->uid == desired.store.marker.uid;
  if (!ours && !desired.store.adopt && (seen.store.exists || seen.store.occupied)) {
    return Refusal{Reason::kStoreExists,
                   "store " + store + ", or one of its roles " + layout.owner + ", " + base::Join(layout.logins) +
                       ", exists and was not made by Freehold; remove it, set adopt: true to take it over, or make the "
                       "object anew with another spec.name",
                   {}};
  }
  if (seen.secret && !seen.secret->ours) {
    return Refusal{Reason::kSecretNotOurs,
                   "Secret " + desired.secret.name +
                       " exists and was not made by Freehold; remove it or set "
                       "credentials.secretName",
                   IsLeftBehind(*seen.secret) ? std::optional(now + kCollectedWithin) : std::nullopt};
  }
  return std::nullopt;
}

/// What stays another's although it was asked for: the plan leaves it alone.
std::optional<Refusal> RefusedByPlan(const Desired& desired, const Observed& seen, bool planned) {
  for (const auto& table : desired.store.tables) {
    const auto foreign = seen.store.tables_of_others.find(table);
    if (foreign == seen.store.tables_of_others.end() || desired.store.adopt) continue;
    return Refusal{Reason::kTableOwnedByAnother,
                   "table " + table + " belongs to role " + foreign->second + "; keep it there, or set adopt: true",
                   {}};
  }
  const bool ours = seen.store.marker && seen.store.marker->uid == desired.store.marker.uid;
  if (ours || planned || !(seen.store.exists || seen.store.occupied)) return std::nullopt;
  return Refusal{Reason::kStoreExists,
                 "store " + desired.store.layout.database + "/" + desired.store.layout.schema +
                     " can't be taken over: its name is reserved, or a role of that name has power over the server",
                 {}};
}

std::array<engines::LoginWanted, 2> LoginsFor(const Turn& turn, const std::optional<Minted>& minted) {
  std::array<engines::LoginWanted, 2> logins;
  logins[turn.live].can_login = true;
  if (minted) logins[turn.live].new_verifier = minted->verifier;
  logins[1 - turn.live].can_login = turn.drain_previous;
  return logins;
}

credentials::Issued IssuedBy(const Desired& desired, const Turn& turn, const base::Sensitive& password) {
  const auto& logins = desired.store.layout.logins;
  return {.login = logins[turn.live],
          .password = password,
          .at = turn.issued_at,
          .previous_login = turn.drain_previous ? logins[1 - turn.live] : "",
          .answered = desired.schedule.request};
}

std::vector<Step> CredentialSteps(const Desired& desired, const Observed& seen, const credentials::Endpoint& endpoint,
                                  const Turn& turn, const Fresh& fresh) {
  const WriteSecret write{.name = desired.secret,
                          .owner = OwnerOf(*desired.object),
                          .endpoint = endpoint,
                          .issued = {},
                          .replaces = seen.secret ? std::optional(seen.secret->meta) : std::nullopt};
  switch (turn.action) {
    case Turn::Action::kIssue: {
      WriteSecret issue = write;
      issue.issued = IssuedBy(desired, turn, fresh.minted->password);
      return {VerifyLogin{endpoint.database, issue.issued.login, issue.issued.password}, std::move(issue)};
    }
    case Turn::Action::kRestore:
    case Turn::Action::kKeep: {
      if (seen.secret->current) return {};
      WriteSecret refresh = write;
      refresh.issued = *seen.secret->issued;
      return {std::move(refresh)};
    }
  }
  return {};
}

/// Will the password or the right to log in be taken from a login that a write of the Secret, begun by a leader that is
/// gone, may yet name? A rotation that was cut short leaves it open; a closed one was never told of.
bool NeedsHold(const Desired& desired, const Observed& seen, const Turn& turn) {
  if (!seen.secret) return false;
  const bool issues = turn.action == Turn::Action::kIssue;
  const std::size_t changed = issues ? turn.live : 1 - turn.live;
  if (!seen.store.logins[changed].can_login) return false;
  const auto& issued = seen.secret->issued;
  const bool known = issued && issued->previous_login == desired.store.layout.logins[changed];
  return issues || (!turn.drain_previous && !known);
}

bool WasInSync(const api::ServiceDatabase& object, const std::string& digest) {
  const auto& store = object.status.store;
  return store && object.status.observed_generation == object.meta.generation &&
         store->fingerprint.starts_with(digest + "-");
}

bool DiffersInItself(const std::vector<Step>& steps) {
  return std::ranges::any_of(steps, [](const Step& step) {
    const auto* sql = std::get_if<engines::Step>(&step);
    return sql && !sql->best_effort;
  });
}

/// Reasons of EventsReady that time may mend without anybody's doing.
const std::vector<std::string> kPassing = {ToString(Reason::kTransportPending), ToString(Reason::kTransportFailing),
                                           ToString(Reason::kEventsParked)};

/// Does the status say that all was well, with nothing under way or left to mend?
bool SaysWell(const kube::Conditions& conditions, api::DriftPolicy drift) {
  const auto* ready = kube::FindCondition(conditions, "Ready");
  if (!ready || ready->status != kube::Condition::Status::kTrue) return false;
  for (const char* passing : {"Reconciling", "Stalled", "Paused"}) {
    if (kube::FindCondition(conditions, passing)) return false;
  }
  // What is on its way to come is looked for until it comes.
  const auto* events = kube::FindCondition(conditions, "EventsReady");
  if (events && std::ranges::count(kPassing, events->reason) > 0) return false;
  const auto* reporting = kube::FindCondition(conditions, "ReportingReady");
  if (reporting && reporting->reason == ToString(Reason::kReportingFailing)) return false;
  return drift == api::DriftPolicy::kReport || !kube::FindCondition(conditions, "Drifted");
}

}  // namespace

Turn TurnOf(const Desired& desired, const Observed& seen, base::Timestamp now) {
  return Judge({.names = desired.store.layout.logins,
                .logins = seen.store.logins,
                .issued = seen.secret ? seen.secret->issued : std::nullopt,
                .works = seen.works,
                .last_login = desired.object->status.credentials ? desired.object->status.credentials->login : "",
                .now = now},
               desired.schedule);
}

bool RestsOnStatus(const Observed& seen) {
  const bool told = seen.secret && seen.secret->issued;
  return !told && std::ranges::any_of(seen.store.logins, &engines::LoginSeen::can_login);
}

Decision Decide(const Desired& desired, const Observed& seen, const credentials::Endpoint& endpoint,
                const std::string& digest, const Fresh& fresh, const engines::Engine& engine) {
  if (auto refusal = RefusedByWorld(desired, seen, fresh.now)) return std::move(*refusal);

  const Turn turn = TurnOf(desired, seen, fresh.now);
  const bool turning = turn.action != Turn::Action::kKeep;
  assert(!turning || fresh.minted);

  engines::Store wanted = desired.store;
  wanted.logins = LoginsFor(turn, fresh.minted);
  wanted.new_cdc_verifier = fresh.cdc_verifier;
  for (auto& feed : wanted.feeds) {
    const auto upstream = feed.channel ? fresh.upstreams.find(feed.channel->name) : fresh.upstreams.end();
    if (upstream != fresh.upstreams.end()) feed.upstream = upstream->second;
  }
  std::vector<Step> steps;
  for (auto& step : engine.Plan(wanted, seen.store)) steps.emplace_back(std::move(step));
  const bool store_differs = !steps.empty();
  if (auto refusal = RefusedByPlan(desired, seen, store_differs)) return std::move(*refusal);
  for (auto& step : CredentialSteps(desired, seen, endpoint, turn, fresh)) steps.push_back(std::move(step));
  if (steps.empty()) return Settled{turn};

  const bool closing = seen.store.logins[1 - turn.live].can_login && !turn.drain_previous;
  // What is best effort waits for others, so it comes late without anybody's having changed anything.
  const bool drift = DiffersInItself(steps) && !turning && !closing && WasInSync(*desired.object, digest);
  if (drift && desired.drift == api::DriftPolicy::kReport) {
    return Drifted{std::move(steps), turn, engine.Hindrances(wanted, seen.store)};
  }
  if (NeedsHold(desired, seen, turn)) steps.insert(steps.begin(), HoldSecret{desired.secret, seen.secret->meta});
  if (!api::HasFinalizer(desired.object->meta)) steps.insert(steps.begin(), AddFinalizer{desired.object->meta});
  return Act{std::move(steps), turn, drift};
}

bool StoreInSync(const Desired& desired, const engines::ServerSnapshot& server, const std::string& digest,
                 const engines::Engine& engine) {
  const auto& status = desired.object->status;
  if (status.observed_generation != desired.object->meta.generation || !status.store) return false;
  if (!SaysWell(status.conditions, desired.drift)) return false;
  return status.credentials &&
         status.store->fingerprint == Fingerprint(digest, engine.Fingerprint(server, desired.store.layout));
}

bool SecretInSync(const Desired& desired, const std::optional<credentials::SecretSeen>& secret, base::Timestamp now) {
  const auto& status = desired.object->status;
  if (!secret || !secret->ours || !secret->current || !secret->issued) return false;
  if (status.credentials->login != secret->issued->login) return false;
  if (desired.schedule.request != secret->issued->answered) return false;
  const auto& credentials = *status.credentials;
  if (credentials.phase == api::CredentialPhase::kDraining) {
    return credentials.overlap_until && now < *credentials.overlap_until;
  }
  return now < secret->issued->at + std::chrono::ceil<std::chrono::seconds>(desired.schedule.rotate_every);
}

bool SecretRests(const Desired& desired, base::Timestamp now) {
  const auto& credentials = *desired.object->status.credentials;
  if (credentials.rotate_request != desired.schedule.request) return false;
  const bool draining = credentials.phase == api::CredentialPhase::kDraining;
  const auto due = draining ? credentials.overlap_until : credentials.rotate_at;
  return due && now < *due;
}

std::string Fingerprint(const std::string& digest, const std::string& seen) { return digest + "-" + seen; }

}  // namespace freehold::stores

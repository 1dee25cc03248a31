#include "reconcilers/stores/reconciler.h"

#include <algorithm>
#include <utility>

#include "operator/kube/api_reply.h"
#include "operator/kube/conditions.h"
#include "operator/runtime/log.h"
#include "reconcilers/api/kinds.h"
#include "reconcilers/credentials/password.h"
#include "reconcilers/credentials/topic_binding.h"
#include "reconcilers/engines/channel.h"
#include "reconcilers/engines/reporting.h"
#include "reconcilers/stores/status.h"

namespace freehold::stores {
namespace {

using api::Reason;
using credentials::Turn;
using runtime::Again;
using runtime::Done;
using runtime::Failed;
using runtime::Outcome;

constexpr runtime::log::Logger kLog("stores");
/// A look, the steps, a second look that finds nothing to do; one more for what only the first steps brought to light.
constexpr int kRounds = 4;
/// When to look again for what another store's pass is about to bring.
constexpr std::chrono::seconds kSoon{2};

/// When to look for what has been awaited since then: soon, and the longer it takes the later.
base::Timestamp LessAndLess(base::Timestamp since, base::Timestamp now) {
  return now + std::max<base::Timestamp::duration>(kSoon, (now - since) / 2);
}

/// What is left to do of it.
Decision Without(const GivenUp& given_up, Decision decision) {
  auto* act = std::get_if<Act>(&decision);
  if (!act || given_up.empty()) return decision;
  std::erase_if(act->steps, [&](const Step& step) {
    const auto* sql = std::get_if<engines::Step>(&step);
    return sql && given_up.contains({sql->verb, sql->target});
  });
  if (act->steps.empty()) return Settled{act->turn};
  return decision;
}

bool Writes(const std::vector<Step>& steps) {
  return std::ranges::any_of(steps, [](const Step& step) { return std::holds_alternative<WriteSecret>(step); });
}

bool Finalizes(const std::vector<Step>& steps) {
  return std::ranges::any_of(steps, [](const Step& step) { return std::holds_alternative<AddFinalizer>(step); });
}

/// As the cache will show it.
std::shared_ptr<const api::ServiceDatabase> WithFinalizer(api::ServiceDatabase object) {
  object.meta.finalizers.emplace_back(api::kFinalizer);
  return std::make_shared<const api::ServiceDatabase>(std::move(object));
}

/// Are Pods that may not use its Secret refused by now?
bool IsGuarded(const api::ServiceDatabase& object, const World& world) {
  if (!api::NeedsIndex(object)) return true;
  const auto index = world.indexes.Find({object.meta.ns, api::kIndexName});
  if (!index) return false;
  const auto entry = index->spec.credentials.find(api::SecretNameOf(object));
  return entry != index->spec.credentials.end() && entry->second.service_database == object.meta.name;
}

base::Result<std::optional<credentials::SecretSeen>> SecretIn(const base::Json& object, const Desired& desired,
                                                              const credentials::Endpoint& endpoint) {
  return credentials::ReadSecret(object, desired.object->meta.uid, endpoint);
}

std::size_t HashOf(const std::map<std::string, std::string>& annotations) {
  std::string text;
  for (const auto& [key, value] : annotations) text += key + "=" + value + "\n";
  return std::hash<std::string>()(text);
}

bool AwaitsResync(const api::ServiceDatabase& object, const api::ServiceDatabaseStatus& status) {
  const auto request = api::ResyncRequestOf(object);
  return !request.empty() && request != status.resync_request;
}

}  // namespace

Outcome Reconciler::Reconcile(const kube::Name& name) {
  const Object object = parts_.world.databases.Find(name);
  if (!object) return Done{};
  if (IsPaused(object->meta)) return Report(*object, PausedStatus(*object, parts_.clock.Now()), Done{});
  if (object->meta.deleted) return Release(object);

  const auto desired = Want(object, parts_.world, parts_.clock.Now());
  if (!desired) return Refuse(*object, desired.error());
  const auto server = parts_.board.Find(desired->server->meta.name);
  if (!server) return Done{};  // Once the server was looked at, its stores are.
  if (!server->ready()) return ReportFailure(*object, *server->failure);
  const bool has_events = !object->spec.publishes.empty() || !object->spec.consumes.empty();
  if (has_events && !desired->server->status.capabilities) return LookAgain(parts_.clock.Now() + kSoon);

  const bool reports = object->status.store && desired->store.reporting;
  if (reports && !desired->report) return LookAgain(parts_.clock.Now() + kSoon);

  const std::string digest = DigestOf(*desired, server->access);
  const bool troubled = !parts_.troubles.Find(name).empty() || AwaitsResync(*object, object->status);
  if (troubled || DeepLookDue(*object) || !StoreInSync(*desired, *server->snapshot, digest, parts_.engine)) {
    return Converge(*desired, *server, digest);
  }
  if (SecretDue(*desired)) {
    const auto secret = LookAtSecret(*desired, EndpointOf(*desired, server->access));
    if (!secret) return Failed{secret.error()};
    if (!SecretInSync(*desired, *secret, parts_.clock.Now())) return Converge(*desired, *server, digest);
    SawSecret(*object);
  }
  const auto& credentials = *object->status.credentials;
  return LookAgain(credentials.overlap_until ? credentials.overlap_until : credentials.rotate_at);
}

Outcome Reconciler::Converge(Desired desired, const servers::Standing& server, const std::string& digest) {
  const auto stay = parts_.engine.StayAt(server.access, desired.store.layout);
  GivenUp given_up;
  Known known;
  // What was refused for what is there was looked at, and is looked at again.
  const bool refused = kube::FindCondition(desired.object->status.conditions, "Stalled") != nullptr;
  if (!desired.object->status.store && !refused)
    known.store = parts_.engine.PresumeAbsent(*server.snapshot, desired.store);
  bool presumed = known.store.has_value();
  for (int round = 0; round < kRounds; ++round) {
    const auto looked = Look(desired, server, known);
    const bool visited = !std::exchange(known.store, std::nullopt);
    if (!looked) return ReportFailure(*desired.object, looked.error());
    Observed seen = *looked;
    if (RestsOnStatus(seen)) {
      if (const auto confirmed = ConfirmLogin(*desired.object); !confirmed) return Failed{confirmed.error()};
    }
    const auto feed = engines::FeedOf(desired.store.layout);
    for (const auto& [step, why] : given_up) {
      (step.second == feed ? seen.report_trouble : seen.trouble) += step.second + ": " + why;
    }
    const Fresh fresh = FreshFor(desired, server, seen);
    if (fresh.minted) known.minted = fresh.minted;
    const auto decision =
        Without(given_up, Decide(desired, seen, EndpointOf(desired, server.access), digest, fresh, parts_.engine));
    if (const auto* refusal = std::get_if<Refusal>(&decision)) return Refuse(*desired.object, *refusal);
    if (const auto* settled = std::get_if<Settled>(&decision)) {
      if (visited) LookedDeep(*desired.object);
      return Settle(desired, seen, settled->turn,
                    SettledStatus(desired, seen, settled->turn, digest, parts_.clock.Now()));
    }
    if (const auto* drifted = std::get_if<Drifted>(&decision)) {
      LookedDeep(*desired.object);
      auto status = DriftedStatus(desired, seen, *drifted, digest, parts_.clock.Now());
      if (status != desired.object->status) {
        parts_.tell(*desired.object, true, Reason::kDrifted, Summary(drifted->steps, server.access.name));
      }
      return Settle(desired, seen, drifted->turn, std::move(status));
    }
    const auto& act = std::get<Act>(decision);
    if (Writes(act.steps) && !IsGuarded(*desired.object, parts_.world)) return AwaitIndex(desired);
    const bool made = std::exchange(presumed, false);
    if (const auto done = Carry(act.steps, server.access, &given_up, &known.secret); !done) {
      if (made && done.error().kind == base::FailureClass::kTerminal) continue;
      return ReportFailure(*desired.object, done.error());
    }
    if (Finalizes(act.steps)) desired.object = WithFinalizer(*desired.object);
    if (made) {
      auto store = parts_.engine.ObserveMade(server.access, *server.snapshot, desired.store);
      if (!store) return ReportFailure(*desired.object, store.error());
      known.store = std::move(*store);
    }
    if (act.drift) parts_.tell(*desired.object, true, Reason::kDriftRepaired, Summary(act.steps, server.access.name));
    if (Writes(act.steps) && desired.object->status.credentials) {
      parts_.tell(*desired.object, false, Reason::kRotating, "Secret " + desired.secret.name + " was written");
    }
  }
  return Failed{{base::FailureClass::kRetryable,
                 "NotConverging",
                 "the same steps were needed again after they were taken",
                 {},
                 0}};
}

base::Result<Decision> Reconciler::Preview(const kube::Name& name) {
  const Object object = parts_.world.databases.Find(name);
  if (!object) return base::Terminal("NotFound", "there is no ServiceDatabase " + ToString(name));
  const auto desired = Want(object, parts_.world, parts_.clock.Now());
  if (!desired) return Decision(desired.error());
  const auto server = parts_.board.Find(desired->server->meta.name);
  if (!server)
    return base::Retryable("ServerNotReady", "DatabaseServer " + desired->server->meta.name + " was not looked at");
  if (!server->ready()) return std::unexpected(*server->failure);
  const auto seen = Look(*desired, *server, {});
  if (!seen) return std::unexpected(seen.error());
  return Decide(*desired, *seen, EndpointOf(*desired, server->access), DigestOf(*desired, server->access),
                FreshFor(*desired, *server, *seen), parts_.engine);
}

base::Result<std::optional<credentials::SecretSeen>> Reconciler::LookAtSecret(const Desired& desired,
                                                                              const credentials::Endpoint& endpoint) {
  const auto object = parts_.reader.Get(credentials::SecretType(), desired.secret);
  if (!object) {
    if (object.error().http_status == 404) return std::nullopt;
    return std::unexpected(object.error());
  }
  return SecretIn(*object, desired, endpoint);
}

base::Result<Observed> Reconciler::Look(const Desired& desired, const servers::Standing& server, const Known& known) {
  auto store = known.store ? base::Result<engines::StoreSeen>(*known.store)
                           : parts_.engine.ObserveStore(server.access, desired.store.layout);
  if (!store) return std::unexpected(store.error());
  const auto endpoint = EndpointOf(desired, server.access);
  auto secret = known.secret ? SecretIn(*known.secret, desired, endpoint) : LookAtSecret(desired, endpoint);
  if (!secret) return std::unexpected(secret.error());
  Observed seen{.store = std::move(*store),
                .secret = std::move(*secret),
                .works = {},
                .channels = {},
                .topic_secret = false,
                .trouble = {},
                .report_trouble = {}};
  LookAtChannels(desired, server, seen);
  if (!desired.topics.empty()) {
    const auto topic_secret =
        parts_.reader.Get(credentials::SecretType(), {desired.secret.ns, TopicSecretOf(*desired.object)});
    if (!topic_secret && topic_secret.error().http_status != 404) return std::unexpected(topic_secret.error());
    seen.topic_secret = topic_secret && credentials::IsTopicSecret(*topic_secret, desired.object->meta.uid);
  }
  if (!seen.secret || !seen.secret->issued) return seen;

  const auto& issued = *seen.secret->issued;
  const auto& names = desired.store.layout.logins;
  const auto named = std::ranges::find(names, issued.login);
  if (named == names.end()) return seen;
  const engines::LoginSeen& login = seen.store.logins[named - names.begin()];
  const bool just_set =
      known.minted && login.verifier == known.minted->verifier && issued.password == known.minted->password;
  if (!login.exists) {
    seen.works = false;
  } else if (just_set) {
    seen.works = true;
  } else if (seen.store.verifiers_readable) {
    seen.works = login.verifier && parts_.engine.VerifierMatches(*login.verifier, issued.password);
  } else {
    const auto tried =
        parts_.engine.TryLogin(server.access, desired.store.layout.database, issued.login, issued.password);
    if (!tried && tried.error().kind != base::FailureClass::kTerminal) return std::unexpected(tried.error());
    seen.works = tried.has_value();
  }
  return seen;
}

base::Result<void> Reconciler::ConfirmLogin(const api::ServiceDatabase& object) {
  // Listed by its name: the controller may list these, not get them.
  std::optional<std::string> told;
  const auto read = parts_.reader.List(
      api::ServiceDatabaseType(),
      {.ns = object.meta.ns, .label_selector = "", .field_selector = "metadata.name=" + object.meta.name},
      [&](const base::Json& listed) {
        told = listed.value(base::Json::json_pointer("/status/credentials/login"), std::string());
      });
  if (!read) return std::unexpected(read.error());
  if (told == (object.status.credentials ? object.status.credentials->login : "")) return {};
  return base::Retryable("StaleView",
                         "the status of " + ToString(object.meta.full_name()) + " is newer than the cache");
}

std::optional<servers::Standing> Reconciler::StandingOf(const std::string& name, const servers::Standing& own) const {
  return name == own.access.name ? own : parts_.board.Find(name);
}

void Reconciler::LookAtChannels(const Desired& desired, const servers::Standing& own, Observed& seen) const {
  seen.trouble = parts_.troubles.Find(desired.object->meta.full_name());
  const auto look = [&](const engines::FeedWanted& feed) {
    if (!feed.channel) return;
    const auto server = StandingOf(feed.server, own);
    const bool ready = server && server->ready();
    seen.channels[feed.channel->name] =
        ready ? parts_.engine.ObserveChannel(server->access, feed.publisher.database, SourceOf(*feed.channel))
              : base::Retryable("ServerUnreachable", "DatabaseServer " + feed.server + " is not ready");
  };
  for (const auto& feed : desired.store.feeds) look(feed);
  for (const auto& topic : desired.topics) look(topic.feed);
}

void Reconciler::AddReplication(const Desired& desired, const servers::Standing& own, const Observed& seen,
                                Fresh& fresh) const {
  const auto replicates = [](const auto& way) { return way.channel.carrier != engines::Carrier::kPolling; };
  const auto is_sunk = [](const auto& feed) {
    return feed.channel && feed.channel->carrier == engines::Carrier::kConnect;
  };
  const auto& reporting = desired.store.reporting;
  const bool reports = reporting && !reporting->tool && reporting->tables && !reporting->tables->empty();
  if (reports || std::ranges::any_of(desired.store.outgoing, replicates) ||
      std::ranges::any_of(desired.store.feeds, is_sunk)) {
    const auto password = parts_.cdc_passwords.Of(desired.server->meta.name, engines::CdcRoleOf(desired.store.layout));
    if (password && !KnowsPassword(desired, own, seen.store, *password))
      fresh.cdc_verifier = parts_.engine.MakeVerifier(*password);
  }
  for (const auto& feed : desired.store.feeds) {
    if (!feed.channel || feed.channel->carrier != engines::Carrier::kReplication) continue;
    const auto channel = seen.channels.find(feed.channel->name);
    const bool ready = channel != seen.channels.end() && channel->second && channel->second->published;
    const auto server = StandingOf(feed.server, own);
    const auto role = engines::CdcRoleOf(feed.publisher);
    const auto password = parts_.cdc_passwords.Of(feed.server, role);
    if (!ready || !server || !password) continue;
    fresh.upstreams[feed.channel->name] = {.host = server->access.host,
                                           .port = server->access.port,
                                           .database = feed.publisher.database,
                                           .tls = server->access.tls,
                                           .ca_pem = server->access.ca_pem,
                                           .root_cert = server->access.peer_root_cert,
                                           .user = role,
                                           .password = *password};
  }
}

bool Reconciler::KnowsPassword(const Desired& desired, const servers::Standing& own, const engines::StoreSeen& seen,
                               const base::Sensitive& password) const {
  const auto& cdc = seen.cdc;
  if (cdc.verifier) return parts_.engine.VerifierMatches(*cdc.verifier, password);
  if (seen.verifiers_readable || !cdc.exists || !cdc.can_login) return false;
  const auto& layout = desired.store.layout;
  // An answer that doesn't come is no reason to set it anew.
  return parts_.engine.Admits(own.access, layout.database, engines::CdcRoleOf(layout), password).value_or(true);
}

Fresh Reconciler::FreshFor(const Desired& desired, const servers::Standing& own, const Observed& seen) const {
  Fresh fresh{.now = parts_.clock.Now(), .minted = {}, .cdc_verifier = {}, .upstreams = {}};
  AddReplication(desired, own, seen, fresh);
  const Turn turn = TurnOf(desired, seen, fresh.now);
  if (turn.action == Turn::Action::kKeep) return fresh;
  const bool restores = turn.action == Turn::Action::kRestore;
  auto password = restores ? seen.secret->issued->password : credentials::MintPassword();
  auto verifier = parts_.engine.MakeVerifier(password);
  fresh.minted = Minted{std::move(password), std::move(verifier)};
  return fresh;
}

Outcome Reconciler::Settle(const Desired& desired, const Observed& seen, const Turn& turn,
                           api::ServiceDatabaseStatus status) {
  const auto* isolated = [&]() -> const kube::Condition* {
    for (const auto& condition : status.conditions) {
      if (condition.type == "Isolated" && condition.status == kube::Condition::Status::kFalse) return &condition;
    }
    return nullptr;
  }();
  if (isolated) parts_.tell(*desired.object, true, Reason::kForeignAccess, isolated->message);
  if (!desired.object->status.store) {
    kLog.Info("store ready", {{"object", desired.object->meta.full_name()},
                              {"server", desired.server->meta.name},
                              {"database", desired.store.layout.database},
                              {"tables", seen.store.user_tables}});
  }
  auto due = NextDue(turn);
  if (desired.judge_again) due = std::min(due, *desired.judge_again);
  const auto* events = kube::FindCondition(status.conditions, "EventsReady");
  if (events && events->reason == ToString(Reason::kTransportPending)) {
    due = std::min(due, LessAndLess(events->last_transition, parts_.clock.Now()));
  }
  if (AwaitsResync(*desired.object, status)) due = parts_.clock.Now();
  return Report(*desired.object, status, LookAgain(due));
}

Outcome Reconciler::Report(const api::ServiceDatabase& object, const api::ServiceDatabaseStatus& status, Outcome next) {
  if (status == object.status) return next;
  const auto applied = parts_.gate.Pass({"api", "apply-status", ToString(object.meta.full_name())}, [&] {
    return parts_.writer.Apply(api::ServiceDatabaseType(), object.meta.full_name(),
                               api::StatusObject(object.meta, status), kStatusManager, "status");
  });
  if (applied || applied.error().http_status == 404) return next;
  return Failed{applied.error()};
}

Outcome Reconciler::AwaitIndex(const Desired& desired) {
  const std::string message = "Secret " + desired.secret.name + " is written once the CredentialIndex lists it";
  return Report(*desired.object, WaitingStatus(*desired.object, Reason::kSecretNotGuarded, message, parts_.clock.Now()),
                LookAgain({}));
}

Outcome Reconciler::ReportFailure(const api::ServiceDatabase& object, const base::Failure& failure) {
  // That the API server doesn't answer says nothing of the store.
  if (failure.kind == base::FailureClass::kNotLeader || kube::IsUnanswered(failure)) return Failed{failure};
  const Refusal refusal = RefusalOf(failure);
  kLog.Warn("pass failed",
            {{"object", object.meta.full_name()}, {"reason", failure.reason}, {"error", failure.message}});
  if (failure.kind == base::FailureClass::kTerminal) {
    const Outcome next = Again{.after = settings_.resync};
    return Report(object, RefusedStatus(object, refusal, parts_.clock.Now()), next);
  }
  return Report(object, WaitingStatus(object, refusal.reason, refusal.message, parts_.clock.Now()), Failed{failure});
}

Outcome Reconciler::Refuse(const api::ServiceDatabase& object, const Refusal& refusal) {
  const auto status = RefusedStatus(object, refusal, parts_.clock.Now());
  if (status != object.status) parts_.tell(object, true, refusal.reason, refusal.message);
  return Report(object, status, LookAgain(refusal.judge_again));
}

Outcome Reconciler::LookAgain(std::optional<base::Timestamp> due) const {
  std::chrono::milliseconds wait = settings_.resync;
  if (due) wait = std::clamp<std::chrono::milliseconds>(*due - parts_.clock.Now(), std::chrono::seconds(1), wait);
  return Again{.after = wait};
}

bool Reconciler::DeepLookDue(const api::ServiceDatabase& object) {
  const auto period = settings_.resync * settings_.deep_every;
  std::lock_guard lock(mutex_);
  const auto now = parts_.clock.Steady();
  const auto [entry, first] = looked_deep_.try_emplace(object.meta.uid, now);
  if (first) {
    // Spread over a period, so that a restart doesn't look at everything at once.
    const auto part = std::hash<std::string>()(object.meta.uid) % 1000;
    entry->second = now - period * part / 1000;
  }
  return now - entry->second >= period;
}

void Reconciler::ForgetLook(const kube::Name& name) {
  const Object object = parts_.world.databases.Find(name);
  if (!object) return;
  std::lock_guard lock(mutex_);
  looked_deep_[object->meta.uid] = parts_.clock.Steady() - settings_.resync * settings_.deep_every;
}

bool Reconciler::SecretDue(const Desired& desired) {
  if (settings_.secret_every <= 1 || !SecretRests(desired, parts_.clock.Now())) return true;
  const auto period = settings_.resync * settings_.secret_every - settings_.resync / 2;
  std::lock_guard lock(mutex_);
  const auto saw = saw_secret_.find(desired.object->meta.uid);
  return saw == saw_secret_.end() || saw->second.annotations != HashOf(desired.object->meta.annotations) ||
         parts_.clock.Steady() - saw->second.at >= period;
}

void Reconciler::SawSecret(const api::ServiceDatabase& object) {
  if (settings_.secret_every <= 1) return;
  std::lock_guard lock(mutex_);
  saw_secret_[object.meta.uid] = {parts_.clock.Steady(), HashOf(object.meta.annotations)};
}

void Reconciler::LookedDeep(const api::ServiceDatabase& object) {
  std::lock_guard lock(mutex_);
  looked_deep_[object.meta.uid] = parts_.clock.Steady();
}

}  // namespace freehold::stores

#include "reconcilers/stores/status.h"

#include <algorithm>

#include "operator/base/text.h"
#include "operator/kube/conditions.h"
#include "reconcilers/buses/topics.h"
#include "reconcilers/engines/channel.h"
#include "reconcilers/stores/event_state.h"
#include "reconcilers/stores/projection_state.h"
#include "reconcilers/stores/reporting.h"

namespace freehold::stores {
namespace {

using api::Reason;
using Is = kube::Condition::Status;

/// Sets and clears the conditions of one status at one time.
class Conditions {
 public:
  Conditions(api::ServiceDatabaseStatus& status, std::int64_t generation, base::Timestamp now)
      : status_(status), generation_(generation), now_(now) {}

  void Set(const char* type, Is is, Reason reason, const std::string& message) {
    kube::SetCondition(status_.conditions, type, is, ToString(reason), message, generation_, now_);
  }
  /// What was true can't be told any more.
  void Doubt(const char* type, const std::string& message) {
    const auto* known = kube::FindCondition(status_.conditions, type);
    if (known && known->status == Is::kTrue) Set(type, Is::kUnknown, Reason::kEvidenceMissing, message);
  }
  void Clear(const char* type) {
    std::erase_if(status_.conditions, [&](const auto& condition) { return condition.type == type; });
  }

 private:
  api::ServiceDatabaseStatus& status_;
  std::int64_t generation_;
  base::Timestamp now_;
};

void TellIsolation(Conditions& conditions, const engines::StoreSeen& store) {
  if (store.foreign.empty() && !(store.exists && store.visited)) {
    conditions.Set("Isolated", Is::kUnknown, Reason::kEvidenceMissing, "the store could not be looked into");
    return;
  }
  if (store.foreign.empty()) {
    conditions.Set("Isolated", Is::kTrue, Reason::kNoForeignAccess,
                   "no other service, PUBLIC or foreign role can reach it");
    return;
  }
  std::vector<std::string> culprits;
  for (const auto& access : store.foreign)
    culprits.push_back(access.principal + ": " + access.right + " by " + access.path);
  conditions.Set("Isolated", Is::kFalse, Reason::kForeignAccess, base::Join(culprits, "; "));
}

std::optional<api::TopicStatus> TopicStatusOf(const events::Subscription& subscription, const Desired& desired) {
  const auto* topic = TopicOf(subscription, desired);
  if (!topic || !topic->hindrance.empty()) return std::nullopt;
  return api::TopicStatus{.name = buses::TopicOf(topic->bus->spec, topic->feed.channel->name),
                          .group = buses::ReaderOf(topic->bus->spec, desired.object->meta.full_name()),
                          .secret = api::TopicSecretOf(*desired.object)};
}

/// "Streaming", or why the event does not come.
std::vector<api::ConsumeStatus> ConsumesOf(const Desired& desired, const Observed& seen) {
  std::vector<api::ConsumeStatus> consumes;
  for (const auto& subscription : desired.subscriptions) {
    const auto state = StateOf(subscription, desired, seen);
    consumes.push_back({.event = subscription.wanted.event,
                        .from = ToString(subscription.publisher),
                        .transport = state.transport,
                        .state = state.obstacle ? ToString(*state.obstacle) : "Streaming",
                        .into = ProjectionStatusOf(subscription, desired, seen.store),
                        .topic = TopicStatusOf(subscription, desired)});
  }
  return consumes;
}

/// True when there is a way for every event and a bus to publish by; nothing is said where none is consumed and none
/// is missing.
void TellEvents(Conditions& conditions, const Desired& desired, const Observed& seen) {
  std::optional<Reason> first;
  std::vector<std::string> obstacles;
  if (!desired.missing_bus.empty()) {
    first = Reason::kBusNotFound;
    obstacles.push_back("there is no EventBus " + desired.missing_bus +
                        ": until it is created, or spec.bus names another, the controller carries the events itself");
  }
  for (const auto& subscription : desired.subscriptions) {
    const auto state = StateOf(subscription, desired, seen);
    if (state.obstacle) {
      if (!first) first = state.obstacle;
      obstacles.push_back(state.message);
    }
  }
  for (const auto& hitch : HitchesOf(desired, seen.store)) {
    if (!first) first = hitch.reason;
    obstacles.push_back(hitch.message);
  }
  if (desired.subscriptions.empty() && !first) return conditions.Clear("EventsReady");
  if (first) return conditions.Set("EventsReady", Is::kFalse, *first, base::Join(obstacles, "; "));
  std::string message = "a way was seen for every event";
  for (const auto& [source, why] : desired.polled) message += "; those of " + source + " are polled, since " + why;
  conditions.Set("EventsReady", Is::kTrue, Reason::kEventsFlow, message);
}

/// Has every publisher posted once more what was asked for?
bool IsResynced(const std::string& request, const Desired& desired, const Observed& seen) {
  const auto posted = [&](const engines::FeedWanted& feed) {
    const auto channel = feed.channel ? seen.channels.find(feed.channel->name) : seen.channels.end();
    return !feed.channel ||
           (channel != seen.channels.end() && channel->second &&
            engines::HasMark(channel->second->resync, engines::ResyncMark(feed.channel->name, request)));
  };
  return std::ranges::all_of(desired.store.feeds, posted) &&
         std::ranges::all_of(desired.topics, posted, &TopicFeed::feed);
}

void TellReporting(Conditions& conditions, const Desired& desired, const Observed& seen) {
  if (!desired.object->spec.reporting) return conditions.Clear("ReportingReady");
  const char* type = "ReportingReady";
  const auto& report = desired.report;
  if (!seen.report_trouble.empty()) {
    return conditions.Set(type, Is::kFalse, Reason::kReportingFailing, seen.report_trouble);
  }
  if (!report || IsOfAnotherSpec(*report, *desired.object)) {
    return conditions.Set(type, Is::kFalse, Reason::kReportingPending, "the warehouse was not looked at yet");
  }
  if (report->obstacle) return conditions.Set(type, Is::kFalse, *report->obstacle, report->message);
  conditions.Set(type, Is::kTrue, Reason::kReportingFlows, report->message);
}

api::ServiceDatabaseStatus Known(const Desired& desired, const Observed& seen, const credentials::Turn& turn,
                                 const std::string& digest) {
  const engines::Layout& layout = desired.store.layout;
  api::ServiceDatabaseStatus status = desired.object->status;
  status.observed_generation = desired.object->meta.generation;
  status.assurance = api::AssuranceOf(layout.isolation);
  status.binding = desired.secret.name;
  status.store = api::StoreStatus{.server = desired.server->meta.name,
                                  .database = layout.database,
                                  .schema = layout.schema,
                                  .fingerprint = Fingerprint(digest, seen.store.fingerprint)};
  status.credentials =
      api::CredentialStatus{.login = layout.logins[turn.live],
                            .phase = turn.phase,
                            .rotated_at = turn.issued_at,
                            .rotate_at = turn.rotate_at,
                            .overlap_until = turn.drain_previous ? std::optional(turn.overlap_until) : std::nullopt,
                            .rotate_request = desired.schedule.request};
  status.consumes = ConsumesOf(desired, seen);
  const auto request = api::ResyncRequestOf(*desired.object);
  if (!request.empty() && IsResynced(request, desired, seen)) status.resync_request = request;
  return status;
}

/// The login works: common to a store that is in order and to one that has drifted in what the service doesn't need.
void TellReady(Conditions& conditions, const Desired& desired, const credentials::Turn& turn) {
  std::string message = "login " + desired.store.layout.logins[turn.live] + " works";
  if (!desired.policy_notes.empty()) message += "; " + base::Join(desired.policy_notes, "; ");
  conditions.Set("Ready", Is::kTrue, Reason::kReady, message);
  conditions.Clear("Reconciling");
  conditions.Clear("Stalled");
  conditions.Clear("Paused");
}

/// Nothing is under way, and nothing is going to be: it stays so until somebody mends it.
void TellHindered(Conditions& conditions, const std::string& message) {
  conditions.Set("Ready", Is::kFalse, Reason::kDrifted, message);
  conditions.Set("Stalled", Is::kTrue, Reason::kDrifted, message);
  conditions.Clear("Reconciling");
  conditions.Clear("Paused");
  for (const char* type : {"EventsReady", "ReportingReady"}) conditions.Doubt(type, message);
}

}  // namespace

api::ServiceDatabaseStatus SettledStatus(const Desired& desired, const Observed& seen, const credentials::Turn& turn,
                                         const std::string& digest, base::Timestamp now) {
  auto status = Known(desired, seen, turn, digest);
  Conditions conditions(status, desired.object->meta.generation, now);
  TellReady(conditions, desired, turn);
  TellIsolation(conditions, seen.store);
  TellEvents(conditions, desired, seen);
  TellReporting(conditions, desired, seen);
  conditions.Clear("Drifted");
  return status;
}

api::ServiceDatabaseStatus DriftedStatus(const Desired& desired, const Observed& seen, const Drifted& drifted,
                                         const std::string& digest, base::Timestamp now) {
  auto status = Known(desired, seen, drifted.turn, digest);
  Conditions conditions(status, desired.object->meta.generation, now);
  TellIsolation(conditions, seen.store);
  TellEvents(conditions, desired, seen);
  TellReporting(conditions, desired, seen);
  const auto unmended = "not repaired, by policy: " + Summary(drifted.steps, desired.server->meta.name);
  conditions.Set("Drifted", Is::kTrue, Reason::kDrifted, unmended);
  if (drifted.hindrances.empty()) {
    TellReady(conditions, desired, drifted.turn);
  } else {
    TellHindered(conditions, base::Join(drifted.hindrances, "; ") + "; " + unmended);
  }
  return status;
}

api::ServiceDatabaseStatus RefusedStatus(const api::ServiceDatabase& object, const Refusal& refusal,
                                         base::Timestamp now) {
  auto status = object.status;
  status.observed_generation = object.meta.generation;
  Conditions conditions(status, object.meta.generation, now);
  const bool terminal = api::IsTerminal(refusal.reason);
  conditions.Set("Ready", Is::kFalse, refusal.reason, refusal.message);
  conditions.Set("Isolated", Is::kUnknown, Reason::kEvidenceMissing, "not looked at: " + refusal.message);
  for (const char* type : {"EventsReady", "ReportingReady"}) {
    conditions.Doubt(type, "not looked at: " + refusal.message);
  }
  conditions.Set(terminal ? "Stalled" : "Reconciling", Is::kTrue, refusal.reason, refusal.message);
  conditions.Clear(terminal ? "Reconciling" : "Stalled");
  conditions.Clear("Paused");
  return status;
}

api::ServiceDatabaseStatus WaitingStatus(const api::ServiceDatabase& object, api::Reason reason,
                                         const std::string& message, base::Timestamp now) {
  auto status = object.status;
  const bool worked = status.observed_generation == object.meta.generation && status.store;
  status.observed_generation = object.meta.generation;
  Conditions conditions(status, object.meta.generation, now);
  conditions.Set("Ready", worked ? Is::kUnknown : Is::kFalse, reason, message);
  conditions.Set("Isolated", Is::kUnknown, Reason::kEvidenceMissing, message);
  for (const char* type : {"EventsReady", "ReportingReady"}) conditions.Doubt(type, message);
  conditions.Set("Reconciling", Is::kTrue, reason, message);
  conditions.Clear("Stalled");
  conditions.Clear("Paused");
  return status;
}

Refusal RefusalOf(const base::Failure& failure) {
  for (const auto& info : api::Reasons()) {
    if (info.word == failure.reason) return {info.reason, failure.message, {}};
  }
  const bool terminal = failure.kind == base::FailureClass::kTerminal;
  return {terminal ? Reason::kStatementFailed : Reason::kCreating, failure.reason + ": " + failure.message, {}};
}

api::ServiceDatabaseStatus PausedStatus(const api::ServiceDatabase& object, base::Timestamp now) {
  auto status = object.status;
  Conditions conditions(status, object.meta.generation, now);
  conditions.Set("Paused", Is::kTrue, Reason::kPaused, "held by annotation freehold.dev/paused");
  if (!kube::FindCondition(status.conditions, "Ready")) {
    conditions.Set("Ready", Is::kFalse, Reason::kPaused, "held by annotation freehold.dev/paused");
  }
  return status;
}

}  // namespace freehold::stores

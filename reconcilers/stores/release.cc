// The end of a ServiceDatabase: what its deletionPolicy says, then the finalizer.
#include "operator/base/text.h"
#include "operator/runtime/log.h"
#include "reconcilers/api/finalizer.h"
#include "reconcilers/events/graph.h"
#include "reconcilers/ownership/placement.h"
#include "reconcilers/stores/reconciler.h"
#include "reconcilers/stores/reporting.h"
#include "reconcilers/stores/status.h"

namespace freehold::stores {
namespace {

using api::DeletionPolicy;
using api::Reason;
using runtime::Done;
using runtime::Failed;
using runtime::Outcome;

constexpr runtime::log::Logger kLog("stores");
constexpr int kRounds = 4;

}  // namespace

Outcome Reconciler::Release(const Object& object) {
  if (!api::HasFinalizer(object->meta)) return Done{};
  const bool orphan = object->spec.deletion_policy == DeletionPolicy::kOrphan;

  if (object->spec.deletion_policy == DeletionPolicy::kDelete && !IsDeletionConfirmed(*object)) {
    const auto all = parts_.world.databases.All();
    auto consumers = events::ConsumersOf(*object, all);
    for (auto& warehouse : ReadersOf(*object, parts_.world)) consumers.push_back(std::move(warehouse));
    if (!consumers.empty()) {
      return Report(*object,
                    WaitingStatus(*object, Reason::kConsumersRemain,
                                  "still read by " + base::Join(consumers) + "; remove these, or annotate with " +
                                      api::kConfirmDeleteAnnotation + ": " + object->meta.name,
                                  parts_.clock.Now()),
                    LookAgain({}));
    }
  }

  const auto servers = parts_.world.servers.All();
  const auto server = ownership::PlaceOf(*object, servers);
  if (!server) {
    if (!orphan)
      return Refuse(*object, {server.error().reason, server.error().message + "; or set deletionPolicy: Orphan", {}});
    const auto done = Carry({RemoveFinalizer{object->meta}}, {});
    return done ? Outcome(Done{}) : Outcome(Failed{done.error()});
  }
  const auto standing = parts_.board.Find((*server)->meta.name);
  if (!standing) return Done{};  // Once the server was looked at, its stores are.
  if (!standing->ready()) return ReportFailure(*object, *standing->failure);
  return ReleaseOn(object, **server, *standing);
}

Outcome Reconciler::ReleaseOn(const Object& object, const api::DatabaseServer& server,
                              const servers::Standing& standing) {
  const auto layout = ownership::AsMade(ownership::LayoutFor(*object, server), *object);
  for (int round = 0; round < kRounds; ++round) {
    const auto seen = parts_.engine.ObserveStore(standing.access, layout);
    if (!seen) return ReportFailure(*object, seen.error());
    std::vector<Step> steps;
    for (auto& step : parts_.engine.PlanRemoval(layout, object->meta.uid, object->spec.deletion_policy, *seen)) {
      steps.emplace_back(std::move(step));
    }
    const bool released = steps.empty();
    if (released) {
      if (object->spec.deletion_policy == DeletionPolicy::kOrphan) {
        const kube::Name name{object->meta.ns, SecretNameOf(*object)};
        const auto secret = parts_.reader.Get(credentials::SecretType(), name);
        if (!secret && secret.error().http_status != 404) return Failed{secret.error()};
        const auto read =
            secret ? credentials::ReadSecret(*secret, object->meta.uid, {}) : base::Result<credentials::SecretSeen>{};
        if (read && read->ours) steps.push_back(DisownSecret{name, read->meta.resource_version});
      }
      steps.push_back(RemoveFinalizer{object->meta});
    }
    if (const auto done = Carry(steps, standing.access); !done) return ReportFailure(*object, done.error());
    if (!released) continue;
    kLog.Info("store released", {{"object", object->meta.full_name()},
                                 {"policy", api::ToString(object->spec.deletion_policy)},
                                 {"database", layout.database},
                                 {"schema", layout.schema}});
    std::lock_guard lock(mutex_);
    looked_deep_.erase(object->meta.uid);
    saw_secret_.erase(object->meta.uid);
    return Done{};
  }
  return Failed{
      {base::FailureClass::kRetryable, "NotConverging", "the store is still there after it was removed", {}, 0}};
}

}  // namespace freehold::stores

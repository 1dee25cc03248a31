#include "reconcilers/servers/reconciler.h"

#include "operator/kube/api_reply.h"
#include "operator/runtime/log.h"
#include "reconcilers/api/finalizer.h"
#include "reconcilers/api/kinds.h"
#include "reconcilers/servers/access.h"
#include "reconcilers/servers/status.h"

namespace freehold::servers {
namespace {

using base::Result;
using runtime::Again;
using runtime::Done;
using runtime::Failed;
using runtime::Outcome;

constexpr runtime::log::Logger kLog("servers");
/// The steps, a second look that finds nothing to do, and one more for what only the first steps made possible.
constexpr int kRounds = 3;

}  // namespace

Outcome Reconciler::Reconcile(const kube::Name& name) {
  const auto server = parts_.servers.Find(name);
  if (server && server->meta.deleted && api::HasFinalizer(server->meta)) return Release(*server);
  if (!server || server->meta.deleted) {
    parts_.board.Remove(name.name);
    return Done{};
  }
  Standing standing{
      .access = {}, .snapshot = nullptr, .failure = {}, .at = parts_.clock.Now(), .looked = parts_.clock.Steady()};
  auto access = AccessOf(*server, parts_.reader, settings_.operator_namespace);
  // That the API server doesn't give the Secret away says nothing of the database server.
  if (!access && kube::IsUnanswered(access.error())) return Failed{access.error()};
  if (!access) {
    standing.failure = access.error();
    return Publish(*server, std::move(standing));
  }
  standing.access = std::move(*access);
  auto snapshot = Prepare(*server, standing.access);
  if (snapshot) {
    standing.snapshot = std::move(*snapshot);
  } else {
    standing.failure = snapshot.error();
  }
  return Publish(*server, std::move(standing));
}

Result<Standing> Reconciler::Look(const api::DatabaseServer& server) {
  auto access = AccessOf(server, parts_.reader, settings_.operator_namespace);
  if (!access) return std::unexpected(access.error());
  auto snapshot = parts_.engine.ObserveServer(*access);
  if (!snapshot) return std::unexpected(snapshot.error());
  return Standing{
      .access = std::move(*access), .snapshot = std::move(*snapshot), .failure = {}, .at = parts_.clock.Now()};
}

Result<Reconciler::Snapshot> Reconciler::Prepare(const api::DatabaseServer& server,
                                                 const engines::ServerAccess& access) {
  for (int round = 0; round < kRounds; ++round) {
    auto snapshot = parts_.engine.ObserveServer(access);
    if (!snapshot) return snapshot;
    const auto steps = parts_.engine.PlanServer(**snapshot, access, Offers(server, api::Isolation::kTables));
    if (steps.empty()) return snapshot;
    for (const auto& step : steps) {
      const auto done = parts_.gate.Pass({"sql", step.verb, access.name + "/" + step.target},
                                         [&] { return parts_.engine.Run(access, step); });
      if (!done) return std::unexpected(done.error());
      kLog.Info("server prepared", {{"server", access.name}, {"verb", step.verb}, {"target", step.target}});
    }
  }
  return base::Retryable("ServerNotReady", "the same preparations were needed again after they were made");
}

Outcome Reconciler::Publish(const api::DatabaseServer& server, Standing standing) {
  if (standing.failure && standing.failure->kind == base::FailureClass::kNotLeader) return Failed{*standing.failure};
  if (standing.failure) {
    kLog.Warn(
        "server not usable",
        {{"server", server.meta.name}, {"reason", standing.failure->reason}, {"error", standing.failure->message}});
  }
  const auto before = parts_.board.Find(server.meta.name);
  parts_.board.Put(server.meta.name, standing);
  const auto reported = Report(server, standing);
  parts_.seen(server.meta.name, before, standing);
  if (!reported) return Failed{reported.error()};
  return Again{.after = settings_.resync};
}

Result<void> Reconciler::Report(const api::DatabaseServer& server, const Standing& standing) {
  const auto status = StatusOf(server, standing, parts_.registry.StoresAt(ownership::AddressOf(server)));
  if (status == server.status) return {};
  const auto applied = parts_.gate.Pass({"api", "apply-status", server.meta.name}, [&] {
    return parts_.writer.Apply(api::DatabaseServerType(), server.meta.full_name(),
                               api::StatusObject(server.meta, status), kStatusManager, "status");
  });
  if (applied || applied.error().http_status == 404) return {};
  return std::unexpected(applied.error());
}

}  // namespace freehold::servers

#include "reconcilers/servers/spares.h"

#include <algorithm>

#include "operator/runtime/log.h"
#include "reconcilers/api/finalizer.h"
#include "reconcilers/servers/access.h"

namespace freehold::servers {
namespace {

using runtime::Again;
using runtime::Done;
using runtime::Failed;
using runtime::Outcome;

constexpr runtime::log::Logger kLog("servers");
/// What was begun is finished, all of them are dropped, and a look finds none.
constexpr int kRounds = 3;
/// When to ask again whether the stores are done.
constexpr std::chrono::milliseconds kPause{250};

}  // namespace

int SparesWanted(const api::DatabaseServer& server, const ownership::Registry& registry) {
  if (!Offers(server, api::Isolation::kDatabase)) return 0;
  const int stores = registry.StoresAt(ownership::AddressOf(server));
  return std::clamp(server.spec.limits.databases - stores, 0, server.spec.spares);
}

base::Result<void> DropSpares(const engines::ServerAccess& access, engines::Engine& engine, runtime::Gate& gate) {
  base::Result<void> last =
      base::Retryable("ServerNotReady", "spare databases are there again after they were dropped");
  for (int round = 0; round < kRounds; ++round) {
    const auto snapshot = engine.ObserveServer(access);
    if (!snapshot) return std::unexpected(snapshot.error());
    const auto steps = engine.PlanSpares(**snapshot, access, 0);
    if (steps.empty()) return {};
    for (const auto& step : steps) {
      const auto done =
          gate.Pass({"sql", step.verb, access.name + "/" + step.target}, [&] { return engine.Run(access, step); });
      if (!done && done.error().kind == base::FailureClass::kNotLeader) return done;
      if (!done) last = done;
    }
  }
  return last;
}

Outcome SpareKeeper::Reconcile(const kube::Name& name) {
  const auto server = parts_.servers.Find(name);
  if (!server || server->meta.deleted) return Done{};
  const auto standing = parts_.board.Find(name.name);
  if (!standing || !standing->ready()) return Done{};

  const int wanted = SparesWanted(*server, parts_.registry);
  const bool promised = api::HasFinalizer(server->meta);
  if (wanted == 0 && !promised) return Done{};
  const auto steps = parts_.engine.PlanSpares(*standing->snapshot, standing->access, wanted);
  const bool aged = UsedSince(name.name, standing->looked);
  if (steps.empty() && !aged) {
    if (server->spec.spares > 0) return Done{};
    const auto released = Promise(*server, false);
    return released ? Outcome(Done{}) : Outcome(Failed{released.error()});
  }
  if (parts_.busy(name.name)) return Again{.after = kPause};
  if (aged) {
    parts_.look(name.name);
    return Done{};
  }
  if (!promised) {
    if (const auto added = Promise(*server, true); !added) return Failed{added.error()};
  }
  const auto& step = steps.front();
  const auto done = parts_.gate.Pass({"sql", step.verb, name.name + "/" + step.target},
                                     [&] { return parts_.engine.Run(standing->access, step); });
  if (!done && done.error().kind == base::FailureClass::kNotLeader) return Failed{done.error()};
  if (!done) {
    // The server is of use without, and the next look tells whether it is still to be done.
    kLog.Warn("spare databases not kept",
              {{"server", name.name}, {"verb", step.verb}, {"target", step.target}, {"error", done.error().message}});
    return Done{};
  }
  kLog.Info("spare databases kept", {{"server", name.name}, {"verb", step.verb}, {"target", step.target}});
  Used(name.name);
  // A deletion that began meanwhile may have looked before it was made.
  const auto still = parts_.servers.Find(name);
  if (!still || still->meta.deleted) {
    const auto dropped = DropSpares(standing->access, parts_.engine, parts_.gate);
    return dropped ? Outcome(Done{}) : Outcome(Failed{dropped.error()});
  }
  parts_.look(name.name);
  return Done{};
}

base::Result<void> SpareKeeper::Promise(const api::DatabaseServer& server, bool add) {
  return parts_.gate.Pass({"api", add ? "add-finalizer" : "remove-finalizer", server.meta.name}, [&] {
    return api::PatchFinalizer(parts_.writer, api::DatabaseServerType(), server.meta, add);
  });
}

void SpareKeeper::Used(const std::string& server) {
  const std::lock_guard lock(mutex_);
  used_[server] = parts_.clock.Steady();
}

bool SpareKeeper::UsedSince(const std::string& server, Time look) {
  const std::lock_guard lock(mutex_);
  const auto used = used_.find(server);
  return used != used_.end() && used->second >= look;
}

}  // namespace freehold::servers

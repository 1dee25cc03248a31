// The end of a DatabaseServer that keeps spare databases.
#include "operator/kube/api_reply.h"
#include "operator/runtime/log.h"
#include "reconcilers/api/finalizer.h"
#include "reconcilers/servers/access.h"
#include "reconcilers/servers/reconciler.h"
#include "reconcilers/servers/spares.h"

namespace freehold::servers {
namespace {

using base::Result;
using runtime::Again;
using runtime::Done;
using runtime::Failed;
using runtime::Outcome;

constexpr runtime::log::Logger kLog("servers");

}  // namespace

Outcome Reconciler::Release(const api::DatabaseServer& server) {
  const auto& name = server.meta.name;
  auto access = AccessOf(server, parts_.reader, settings_.operator_namespace);
  if (!access && kube::IsUnanswered(access.error())) return Failed{access.error()};
  // The Secret may have gone together with its server.
  if (const auto known = parts_.board.Find(name); !access && known && !known->access.username.empty()) {
    access = known->access;
  }
  auto dropped =
      access ? DropSpares(*access, parts_.engine, parts_.gate) : Result<void>(std::unexpected(access.error()));
  if (!dropped && dropped.error().kind == base::FailureClass::kNotLeader) return Failed{dropped.error()};
  if (!dropped && access && !api::IsDeletionConfirmed(server.meta)) {
    auto failure = dropped.error();
    failure.message += "; its spare databases are still there: mend it, or let them stay by the annotation " +
                       std::string(api::kConfirmDeleteAnnotation) + ": " + name;
    const auto reported =
        Report(server, {.access = {}, .snapshot = nullptr, .failure = failure, .at = parts_.clock.Now(), .looked = {}});
    if (!reported) return Failed{reported.error()};
    if (failure.kind != base::FailureClass::kTerminal) return Failed{failure};
    return Again{.after = settings_.resync};
  }
  if (!dropped) kLog.Warn("spare databases stay", {{"server", name}, {"error", dropped.error().message}});
  parts_.board.Remove(name);
  const auto removed = parts_.gate.Pass({"api", "remove-finalizer", name}, [&] {
    return api::PatchFinalizer(parts_.writer, api::DatabaseServerType(), server.meta, false);
  });
  return removed ? Outcome(Done{}) : Outcome(Failed{removed.error()});
}

}  // namespace freehold::servers

#include "reconcilers/policyreports/reconciler.h"

#include "operator/runtime/log.h"
#include "reconcilers/policyreports/content.h"

namespace freehold::policyreports {
namespace {

using base::Result;
using runtime::Again;
using runtime::Done;
using runtime::Failed;
using runtime::Outcome;

constexpr runtime::log::Logger kLog("policyreports");

const kube::ResourceType& TypeOf(const Shelf& shelf, const kube::Name& name) {
  return TypeOf(shelf.api, name.ns.empty() ? Scope::kCluster : Scope::kNamespace);
}

/// The cache is behind, or the API or the namespace is gone: whatever it is, a watch tells it.
bool ComesByItself(const base::Failure& failure) {
  return failure.reason == "AlreadyExists" || failure.reason == "Conflict" || failure.reason == "NotFound";
}

}  // namespace

Outcome Reconciler::Reconcile(const kube::Name& name) {
  const auto shelf = parts_.shelf();
  if (!shelf) return Done{};
  const auto seen = shelf->Find(name);
  if (seen && IsForeign(*seen)) return Done{};
  const Report wanted = Wanted(name);
  Result<void> done;
  if (wanted.results.empty()) {
    if (seen) done = Remove(*shelf, *seen);
  } else if (MayBeWritten(name.ns) && (!seen || seen->report != wanted)) {
    done = Write(*shelf, wanted, seen.get());
  }
  if (done || ComesByItself(done.error())) return Done{};
  if (done.error().kind != base::FailureClass::kTerminal) return Failed{done.error()};
  kLog.Warn("report not kept", {{"report", name}, {"error", done.error().message}});
  return Again{.after = parts_.retry};
}

Report Reconciler::Wanted(const kube::Name& name) const {
  return name.ns.empty() ? ReportOfServers(parts_.world.servers.All())
                         : ReportOfStores(name.ns, parts_.world.databases.All());
}

/// Nothing new is made in a namespace that is being deleted.
bool Reconciler::MayBeWritten(const std::string& ns) const {
  if (ns.empty()) return true;
  const auto found = parts_.world.namespaces.Find({"", ns});
  return found && !found->meta.deleted;
}

bool Reconciler::IsForeign(const ReportSeen& seen) {
  if (seen.ours()) return false;
  const std::lock_guard lock(mutex_);
  if (foreign_.insert(seen.meta.uid).second) {
    kLog.Warn("left alone: a report of our name that has no label app.kubernetes.io/managed-by=freehold; rename it",
              {{"report", seen.meta.full_name()}});
  }
  return true;
}

Result<void> Reconciler::Write(const Shelf& shelf, const Report& report, const ReportSeen* seen) {
  const auto& type = TypeOf(shelf, report.name);
  base::Json object = ToJson(report, shelf.api);
  if (seen) object["metadata"]["uid"] = seen->meta.uid;  // Refused if it is another one by now.
  return parts_.gate.Pass({"api", seen ? "apply-report" : "create-report", ToString(report.name)}, [&] {
    return kube::Dropping(seen ? parts_.writer.Apply(type, report.name, object, kManager)
                               : parts_.writer.Create(type, report.name.ns, object));
  });
}

Result<void> Reconciler::Remove(const Shelf& shelf, const ReportSeen& seen) {
  const auto name = seen.meta.full_name();
  return parts_.gate.Pass({"api", "delete-report", ToString(name)},
                          [&] { return parts_.writer.Delete(TypeOf(shelf, name), name, seen.meta.uid); });
}

}  // namespace freehold::policyreports

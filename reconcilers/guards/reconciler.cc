#include "reconcilers/guards/reconciler.h"

#include "operator/runtime/log.h"
#include "reconcilers/api/kinds.h"
#include "reconcilers/guards/index.h"

namespace freehold::guards {
namespace {

using base::Json;
using base::Result;
using runtime::Again;
using runtime::Done;
using runtime::Failed;
using runtime::Outcome;

constexpr runtime::log::Logger kLog("guards");

bool IsLabelled(const stores::Namespace& ns) {
  const auto label = ns.meta.labels.find(api::kIndexedLabel);
  return label != ns.meta.labels.end() && label->second == api::kIndexed;
}

/// Every namespace has labels: its name is one of them.
Json LabelPatch(const stores::Namespace& ns) {
  return Json::array(
      {{{"op", "test"}, {"path", "/metadata/uid"}, {"value", ns.meta.uid}},
       {{"op", "add"}, {"path", "/metadata/labels/freehold.dev~1credentials"}, {"value", api::kIndexed}}});
}

}  // namespace

Outcome Reconciler::Reconcile(const kube::Name& name) {
  const auto ns = parts_.world.namespaces.Find(name);
  if (!ns || ns->meta.deleted) return Done{};
  const auto seen = parts_.world.indexes.Find({name.name, api::kIndexName});
  auto wanted = IndexOf(name.name, parts_.world.databases.All(), parts_.world.registry);
  if (!seen && wanted.credentials.empty()) return Done{};
  if (!seen || seen->spec != wanted) {
    const auto written = WriteIndex(name.name, std::move(wanted));
    if (!written) return TryAgain(name, written.error());
  }
  if (!seen || IsLabelled(*ns)) return Done{};  // The index comes back by its watch, and with it the next pass.
  const auto labelled = SetLabel(*ns);
  return labelled ? Outcome(Done{}) : TryAgain(name, labelled.error());
}

Result<void> Reconciler::WriteIndex(const std::string& ns, api::CredentialIndexSpec spec) {
  api::CredentialIndex index;
  index.meta.ns = ns;
  index.meta.name = api::kIndexName;
  index.spec = std::move(spec);
  return parts_.gate.Pass({"api", "apply-index", ns}, [&] {
    return kube::Dropping(
        parts_.writer.Apply(api::CredentialIndexType(), index.meta.full_name(), ToJson(index), kManager));
  });
}

Result<void> Reconciler::SetLabel(const stores::Namespace& ns) {
  return parts_.gate.Pass({"api", "label-namespace", ns.meta.name}, [&] {
    return kube::Dropping(parts_.writer.JsonPatch(stores::NamespaceType(), ns.meta.full_name(), LabelPatch(ns)));
  });
}

Outcome Reconciler::TryAgain(const kube::Name& ns, const base::Failure& failure) const {
  if (failure.kind != base::FailureClass::kTerminal) return Failed{failure};
  if (failure.http_status == 404 && !parts_.world.namespaces.Find(ns)) return Done{};
  kLog.Warn("credentials not guarded", {{"namespace", ns.name}, {"error", failure.message}});
  return Again{.after = parts_.retry};
}

}  // namespace freehold::guards

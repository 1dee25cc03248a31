#include "reconcilers/api/finalizer.h"

#include <algorithm>

#include "reconcilers/api/common.h"

namespace freehold::api {
namespace {

using base::Json;

/// The finalizer's place in the list is checked by the API server, so that a stale view changes nothing.
Json FinalizerPatch(const kube::ObjectMeta& meta, bool add) {
  Json wanted = Json::array();
  for (const auto& finalizer : meta.finalizers) {
    if (finalizer != kFinalizer) wanted.push_back(finalizer);
  }
  if (add) wanted.push_back(kFinalizer);
  return Json::array(
      {{{"op", "test"}, {"path", "/metadata/uid"}, {"value", meta.uid}},
       {{"op", "test"},
        {"path", "/metadata/finalizers"},
        {"value", meta.finalizers.empty() ? Json() : Json(meta.finalizers)}},
       {{"op", add || !wanted.empty() ? "add" : "remove"}, {"path", "/metadata/finalizers"}, {"value", wanted}}});
}

}  // namespace

bool HasFinalizer(const kube::ObjectMeta& meta) {
  return std::ranges::find(meta.finalizers, kFinalizer) != meta.finalizers.end();
}

bool IsDeletionConfirmed(const kube::ObjectMeta& meta) {
  const auto confirmed = meta.annotations.find(kConfirmDeleteAnnotation);
  return confirmed != meta.annotations.end() && confirmed->second == meta.name;
}

base::Result<void> PatchFinalizer(kube::Writer& writer, const kube::ResourceType& type, const kube::ObjectMeta& meta,
                                  bool add) {
  auto patched = writer.JsonPatch(type, meta.full_name(), FinalizerPatch(meta, add));
  if (!patched && patched.error().http_status == 404 && !add) return {};
  if (!patched && patched.error().http_status == 422) {
    return base::Retryable("StaleView", "the finalizers of " + ToString(meta.full_name()) + " changed in the meantime");
  }
  return kube::Dropping(std::move(patched));
}

}  // namespace freehold::api

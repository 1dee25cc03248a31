#include "tests/worlds/api_server.h"

namespace freehold::worlds {
namespace {

using base::Json;
using base::Result;

std::unexpected<base::Failure> Refused(int status, const char* reason) {
  return std::unexpected(base::Failure{base::FailureClass::kTerminal, reason, reason, {}, status});
}

/// RFC 6902, as the API server understands it: what isn't there is null.
Result<Json> Patched(const Json& object, const Json& patch) {
  try {
    return object.patch(patch);
  } catch (const Json::exception&) {
    return Refused(422, "Invalid");
  }
}

}  // namespace

ApiServer::ApiServer(Object object, Json secret, std::string secret_version)
    : object_(std::move(object)), secret_(std::move(secret)) {
  if (!secret_.is_null()) secret_["metadata"]["resourceVersion"] = std::move(secret_version);
}

Result<Json> ApiServer::Create(const kube::ResourceType&, const std::string&, const Json& object) {
  if (!secret_.is_null()) return Refused(409, "AlreadyExists");
  secret_ = object;
  return object;
}

Result<Json> ApiServer::JsonPatch(const kube::ResourceType& type, const kube::Name&, const Json& patch,
                                  std::string_view) {
  if (type.kind == credentials::SecretType().kind) {
    if (secret_.is_null()) return Refused(404, "NotFound");
    auto patched = Patched(secret_, patch);
    if (patched) secret_ = *patched;
    return patched;
  }
  if (!object_) return Refused(404, "NotFound");
  const auto& finalizers = object_->meta.finalizers;
  const Json meta{
      {"metadata", {{"uid", object_->meta.uid}, {"finalizers", finalizers.empty() ? Json() : Json(finalizers)}}}};
  auto patched = Patched(meta, patch);
  if (!patched) return patched;
  auto changed = *object_;
  const auto left = (*patched)["metadata"].value("finalizers", Json());
  changed.meta.finalizers = left.is_null() ? std::vector<std::string>() : left.get<std::vector<std::string>>();
  const bool gone = changed.meta.deleted && changed.meta.finalizers.empty();
  object_ = gone ? nullptr : std::make_shared<const api::ServiceDatabase>(std::move(changed));
  return patched;
}

Result<void> ApiServer::Put(const ApplyStatus& apply) {
  if (!object_) return {};
  auto changed = *object_;
  changed.status = apply.status;
  object_ = std::make_shared<const api::ServiceDatabase>(std::move(changed));
  return {};
}

Result<Json> ApiServer::Apply(const kube::ResourceType&, const kube::Name&, const Json&, std::string_view,
                              std::string_view) {
  return Refused(405, "MethodNotAllowed");
}
Result<Json> ApiServer::Replace(const kube::ResourceType&, const kube::Name&, const Json&) {
  return Refused(405, "MethodNotAllowed");
}
Result<void> ApiServer::Delete(const kube::ResourceType&, const kube::Name&, const std::string&) {
  return Refused(405, "MethodNotAllowed");
}

std::string OwnerOf(const Json& secret) {
  const auto meta = secret.find("metadata");
  if (meta == secret.end() || !meta->contains("ownerReferences")) return {};
  for (const auto& owner : (*meta)["ownerReferences"]) {
    if (owner.value("controller", false)) return owner.value("uid", "");
  }
  return {};
}

}  // namespace freehold::worlds

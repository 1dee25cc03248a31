#include "operator/kube/object.h"

namespace freehold::kube {
namespace {

std::string TextAt(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool FlagAt(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

std::map<std::string, std::string> TextsAt(const Json& object, const char* key) {
  std::map<std::string, std::string> texts;
  const auto found = object.find(key);
  if (found == object.end() || !found->is_object()) return texts;
  for (const auto& [name, value] : found->items()) {
    if (value.is_string()) texts[name] = value.get<std::string>();
  }
  return texts;
}

std::optional<base::Timestamp> TimeAt(const Json& object, const char* key) {
  const auto time = base::ParseTime(TextAt(object, key));
  return time ? std::optional(*time) : std::nullopt;
}

OwnerReference ParseOwner(const Json& owner) {
  return {.api_version = TextAt(owner, "apiVersion"),
          .kind = TextAt(owner, "kind"),
          .name = TextAt(owner, "name"),
          .uid = TextAt(owner, "uid"),
          .controller = FlagAt(owner, "controller"),
          .block_owner_deletion = FlagAt(owner, "blockOwnerDeletion")};
}

}  // namespace

std::string ToString(const Name& name) { return name.ns.empty() ? name.name : name.ns + "/" + name.name; }

std::string ToString(Condition::Status status) {
  switch (status) {
    case Condition::Status::kTrue:
      return "True";
    case Condition::Status::kFalse:
      return "False";
    case Condition::Status::kUnknown:
      return "Unknown";
  }
  return "Unknown";
}

base::Result<ObjectMeta> ParseMeta(const Json& object) {
  const auto found = object.is_object() ? object.find("metadata") : object.end();
  if (!object.is_object() || found == object.end() || !found->is_object())
    return base::Terminal("InvalidObject", "not a Kubernetes object: it has no metadata");
  const Json& metadata = *found;

  ObjectMeta meta;
  meta.name = TextAt(metadata, "name");
  meta.ns = TextAt(metadata, "namespace");
  meta.uid = TextAt(metadata, "uid");
  meta.resource_version = TextAt(metadata, "resourceVersion");
  if (const auto generation = metadata.find("generation");
      generation != metadata.end() && generation->is_number_integer())
    meta.generation = generation->get<std::int64_t>();
  meta.created = TimeAt(metadata, "creationTimestamp").value_or(base::Timestamp{});
  meta.deleted = TimeAt(metadata, "deletionTimestamp");
  meta.labels = TextsAt(metadata, "labels");
  meta.annotations = TextsAt(metadata, "annotations");
  if (const auto finalizers = metadata.find("finalizers"); finalizers != metadata.end() && finalizers->is_array()) {
    for (const Json& finalizer : *finalizers) {
      if (finalizer.is_string()) meta.finalizers.push_back(finalizer.get<std::string>());
    }
  }
  if (const auto owners = metadata.find("ownerReferences"); owners != metadata.end() && owners->is_array()) {
    for (const Json& owner : *owners) {
      if (owner.is_object()) meta.owners.push_back(ParseOwner(owner));
    }
  }
  return meta;
}

}  // namespace freehold::kube

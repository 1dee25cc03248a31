#include "reconcilers/credentials/secret_form.h"

#include <algorithm>

#include "operator/base/base64.h"
#include "operator/base/text.h"
#include "reconcilers/api/common.h"

namespace freehold::credentials {

const kube::ResourceType& SecretType() {
  static const kube::ResourceType type{"", "v1", "secrets", "Secret", true};
  return type;
}

base::Json SecretForm(const kube::Name& name, const kube::OwnerReference& owner, const char* type,
                      const SecretEntries& entries, const base::Json& annotations) {
  base::Json data = base::Json::object();
  for (const auto& [key, value] : entries) data[key] = base::EncodeBase64(value.Reveal());
  return {{"apiVersion", "v1"},
          {"kind", "Secret"},
          {"metadata",
           {{"name", name.name},
            {"namespace", name.ns},
            {"labels", {{api::kCredentialLabel, "true"}, {"app.kubernetes.io/managed-by", "freehold"}}},
            {"annotations", annotations},
            {"ownerReferences", base::Json::array({{{"apiVersion", owner.api_version},
                                                    {"kind", owner.kind},
                                                    {"name", owner.name},
                                                    {"uid", owner.uid},
                                                    {"controller", true},
                                                    {"blockOwnerDeletion", true}}})}}},
          {"type", type},
          {"data", data}};
}

std::string DigestOf(const SecretEntries& entries) {
  std::string text;
  for (const auto& [key, value] : entries) {
    text += key + ':' + std::to_string(value.Reveal().size()) + ':' + value.Reveal() + '\n';
  }
  return base::Sha256Hex(text);
}

SecretEntries EntriesOf(const base::Json& object) {
  SecretEntries entries;
  const auto data = object.find("data");
  if (data == object.end() || !data->is_object()) return entries;
  for (const auto& [key, value] : data->items()) {
    if (!value.is_string()) continue;
    if (auto bytes = base::DecodeBase64(value.get_ref<const std::string&>())) entries.emplace(key, std::move(*bytes));
  }
  return entries;
}

bool IsOurs(const base::Json& secret, const kube::ObjectMeta& meta, const char* type, const std::string& owner_uid) {
  if (secret.value("type", "") != type) return false;
  return std::ranges::any_of(meta.owners,
                             [&](const auto& owner) { return owner.controller && owner.uid == owner_uid; });
}

}  // namespace freehold::credentials

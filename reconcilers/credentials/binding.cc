#include "reconcilers/credentials/binding.h"

#include <algorithm>

#include "operator/base/base64.h"
#include "operator/base/text.h"
#include "reconcilers/api/common.h"
#include "reconcilers/credentials/password.h"

namespace freehold::credentials {
namespace {

constexpr const char* kType = "servicebinding.io/postgresql";
constexpr const char* kIssuedAt = "freehold.dev/issued-at";
constexpr const char* kPreviousLogin = "freehold.dev/previous-login";
constexpr const char* kAnswered = "freehold.dev/answered-rotation";
constexpr const char* kDigest = "freehold.dev/digest";

/// SHA-256 of all entries, each with its length, so that no two contents have one text.
std::string DigestOf(const std::map<std::string, base::Sensitive>& entries) {
  std::string text;
  for (const auto& [key, value] : entries) {
    text += key + ':' + std::to_string(value.Reveal().size()) + ':' + value.Reveal() + '\n';
  }
  return base::Sha256Hex(text);
}

std::map<std::string, base::Sensitive> DecodeData(const base::Json& object) {
  std::map<std::string, base::Sensitive> entries;
  const auto data = object.find("data");
  if (data == object.end() || !data->is_object()) return entries;
  for (const auto& [key, value] : data->items()) {
    if (!value.is_string()) continue;
    if (auto bytes = base::DecodeBase64(value.get_ref<const std::string&>())) entries.emplace(key, std::move(*bytes));
  }
  return entries;
}

std::string Annotation(const kube::ObjectMeta& meta, const char* key) {
  const auto found = meta.annotations.find(key);
  return found == meta.annotations.end() ? "" : found->second;
}

bool IsOurs(const base::Json& object, const kube::ObjectMeta& meta, const std::string& owner_uid) {
  if (object.value("type", "") != kType) return false;
  return std::ranges::any_of(meta.owners,
                             [&](const auto& owner) { return owner.controller && owner.uid == owner_uid; });
}

}  // namespace

const kube::ResourceType& SecretType() {
  static const kube::ResourceType type{"", "v1", "secrets", "Secret", true};
  return type;
}

std::map<std::string, base::Sensitive> Entries(const Endpoint& to, const std::string& login,
                                               const base::Sensitive& password) {
  const std::string port = std::to_string(to.port);
  const std::string host = to.host.contains(':') ? "[" + to.host + "]" : to.host;
  const std::string place = host + ":" + port + "/" + to.database;
  std::map<std::string, base::Sensitive> entries;
  const auto set = [&](const char* key, std::string value) { entries.emplace(key, base::Sensitive(std::move(value))); };
  set("type", "postgresql");
  set("provider", "freehold");
  set("host", to.host);
  set("port", port);
  set("database", to.database);
  set("schema", to.schema);
  set("username", login);
  set("password", password.Reveal());
  set("sslmode", to.sslmode);
  set("uri", "postgresql://" + login + ":" + password.Reveal() + "@" + place + "?sslmode=" + to.sslmode);
  set("jdbc-url",
      "jdbc:postgresql://" + place + "?sslmode=" + to.sslmode + "&user=" + login + "&password=" + password.Reveal());
  if (!to.ca_pem.empty()) set("certificates", to.ca_pem);
  return entries;
}

base::Json SecretObject(const kube::Name& name, const kube::OwnerReference& owner, const Endpoint& to,
                        const Issued& issued) {
  const auto entries = Entries(to, issued.login, issued.password);
  base::Json data = base::Json::object();
  for (const auto& [key, value] : entries) data[key] = base::EncodeBase64(value.Reveal());

  const base::Json annotations{{kIssuedAt, base::FormatTime(issued.at)},
                               {kDigest, DigestOf(entries)},
                               {kPreviousLogin, issued.previous_login},
                               {kAnswered, issued.answered}};
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
          {"type", kType},
          {"data", data}};
}

base::Result<SecretSeen> ReadSecret(const base::Json& object, const std::string& owner_uid, const Endpoint& to) {
  auto meta = kube::ParseMeta(object);
  if (!meta) return std::unexpected(meta.error());
  SecretSeen seen{.meta = std::move(*meta)};
  seen.ours = IsOurs(object, seen.meta, owner_uid);
  if (!seen.ours) return seen;

  const auto entries = DecodeData(object);
  const auto issued_at = base::ParseTime(Annotation(seen.meta, kIssuedAt));
  const bool whole = entries.contains("username") && entries.contains("password") &&
                     DigestOf(entries) == Annotation(seen.meta, kDigest) && IsMinted(entries.at("password"));
  if (!issued_at || !whole) return seen;

  seen.issued = Issued{.login = entries.at("username").Reveal(),
                       .password = entries.at("password"),
                       .at = *issued_at,
                       .previous_login = Annotation(seen.meta, kPreviousLogin),
                       .answered = Annotation(seen.meta, kAnswered)};
  seen.current = seen.meta.labels.contains(api::kCredentialLabel) &&
                 entries == Entries(to, seen.issued->login, seen.issued->password);
  return seen;
}

}  // namespace freehold::credentials

#include "reconcilers/credentials/binding.h"

#include <algorithm>

#include "reconcilers/api/common.h"
#include "reconcilers/credentials/password.h"

namespace freehold::credentials {
namespace {

constexpr const char* kType = "servicebinding.io/postgresql";
constexpr const char* kIssuedAt = "freehold.dev/issued-at";
constexpr const char* kPreviousLogin = "freehold.dev/previous-login";
constexpr const char* kAnswered = "freehold.dev/answered-rotation";
constexpr const char* kDigest = "freehold.dev/digest";

std::string Annotation(const kube::ObjectMeta& meta, const char* key) {
  const auto found = meta.annotations.find(key);
  return found == meta.annotations.end() ? "" : found->second;
}

}  // namespace

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
  return SecretForm(name, owner, kType, entries,
                    {{kIssuedAt, base::FormatTime(issued.at)},
                     {kDigest, DigestOf(entries)},
                     {kPreviousLogin, issued.previous_login},
                     {kAnswered, issued.answered}});
}

base::Result<SecretSeen> ReadSecret(const base::Json& object, const std::string& owner_uid, const Endpoint& to) {
  auto meta = kube::ParseMeta(object);
  if (!meta) return std::unexpected(meta.error());
  SecretSeen seen{.meta = std::move(*meta)};
  seen.ours = IsOurs(object, seen.meta, kType, owner_uid);
  if (!seen.ours) return seen;

  const auto entries = EntriesOf(object);
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

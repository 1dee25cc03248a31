#include "operator/webhook/keyring.h"

#include <algorithm>

#include "operator/base/base64.h"

namespace freehold::webhook {
namespace {

using base::Json;

constexpr const char* kCertificate = "tls.crt";
constexpr const char* kKey = "tls.key";
constexpr const char* kNextCertificate = "next.crt";
constexpr const char* kNextKey = "next.key";
constexpr const char* kAuthorities = "ca.crt";

std::string EntryAt(const Json& secret, const char* key) {
  const auto data = secret.find("data");
  if (data == secret.end() || !data->is_object()) return {};
  const auto entry = data->find(key);
  if (entry == data->end() || !entry->is_string()) return {};
  return base::DecodeBase64(entry->get_ref<const std::string&>()).value_or("");
}

Json DataOf(const Keyring& keyring) {
  Json data = {{kCertificate, base::EncodeBase64(keyring.current.certificate)},
               {kKey, base::EncodeBase64(keyring.current.key.Reveal())},
               {kAuthorities, base::EncodeBase64(keyring.authorities)}};
  if (keyring.next) {
    data[kNextCertificate] = base::EncodeBase64(keyring.next->certificate);
    data[kNextKey] = base::EncodeBase64(keyring.next->key.Reveal());
  }
  return data;
}

serve::Issued IssueNow(const std::vector<std::string>& names, const Schedule& schedule, base::Timestamp now) {
  return serve::Issue(names, now - kBackdated, now + schedule.lifetime);
}

}  // namespace

const kube::ResourceType& SecretType() {
  static const kube::ResourceType type{"", "v1", "secrets", "Secret", true};
  return type;
}

base::Result<Keyring> ReadKeyring(const Json& secret) {
  const auto meta = kube::ParseMeta(secret);
  if (!meta) return std::unexpected(meta.error());
  Keyring keyring{.current = {EntryAt(secret, kCertificate), base::Sensitive(EntryAt(secret, kKey))},
                  .next = {},
                  .authorities = EntryAt(secret, kAuthorities),
                  .resource_version = meta->resource_version};
  serve::Identity next{EntryAt(secret, kNextCertificate), base::Sensitive(EntryAt(secret, kNextKey))};
  if (!next.certificate.empty()) keyring.next = std::move(next);
  return keyring;
}

Json SecretOf(const Keyring& keyring, const kube::Name& name) {
  return {{"apiVersion", "v1"},
          {"kind", "Secret"},
          {"metadata", {{"name", name.name}, {"namespace", name.ns}}},
          {"type", "kubernetes.io/tls"},
          {"data", DataOf(keyring)}};
}

Json PatchTo(const Keyring& keyring) {
  return Json::array({{{"op", "test"}, {"path", "/metadata/resourceVersion"}, {"value", keyring.resource_version}},
                      {{"op", "add"}, {"path", "/data"}, {"value", DataOf(keyring)}}});
}

std::optional<Held> HeldOf(const serve::Identity& identity, const std::string& authorities) {
  auto facts = serve::ReadIdentity(identity);
  const auto vouches = [&](const auto& authority) { return serve::IsSignedBy(identity.certificate, authority); };
  if (!facts || !std::ranges::any_of(serve::CertificatesOf(authorities), vouches)) return std::nullopt;
  return Held{facts->not_before + kBackdated, facts->not_after, std::move(facts->names)};
}

Keyring IssuedAnew(const Keyring& keyring, const std::vector<std::string>& names, const Schedule& schedule,
                   base::Timestamp now) {
  auto issued = IssueNow(names, schedule, now);
  return {std::move(issued.identity), std::nullopt, std::move(issued.authority), keyring.resource_version};
}

Keyring WithNext(const Keyring& keyring, const std::vector<std::string>& names, const Schedule& schedule,
                 base::Timestamp now) {
  auto issued = IssueNow(names, schedule, now);
  Keyring with = keyring;
  with.next = std::move(issued.identity);
  with.authorities = std::move(issued.authority);
  for (const auto& authority : serve::CertificatesOf(keyring.authorities)) {
    const auto facts = serve::ReadCertificate(authority);
    if (facts && now < facts->not_after) with.authorities += authority;
  }
  return with;
}

Keyring Promoted(const Keyring& keyring) {
  return {*keyring.next, std::nullopt, keyring.authorities, keyring.resource_version};
}

}  // namespace freehold::webhook

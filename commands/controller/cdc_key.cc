#include "commands/controller/cdc_key.h"

#include "operator/base/base64.h"
#include "reconcilers/credentials/binding.h"
#include "reconcilers/credentials/password.h"

namespace freehold::commands {
namespace {

constexpr const char* kEntry = "key";

base::Result<base::Sensitive> KeyIn(const base::Json& secret) {
  const auto data = secret.find("data");
  const bool has = data != secret.end() && data->is_object() && data->contains(kEntry);
  const auto key = has ? base::DecodeBase64(data->at(kEntry).get<std::string>()) : std::nullopt;
  if (!key || key->size() < credentials::kPasswordLength) {
    return base::Terminal("InvalidObject", std::string("Secret ") + kCdcKeySecret +
                                               " holds no key; remove it, and one is made at the next start");
  }
  return base::Sensitive(*key);
}

base::Json SecretOf(const std::string& ns, const base::Sensitive& key) {
  return {{"apiVersion", "v1"}, {"kind", "Secret"},  {"metadata", {{"name", kCdcKeySecret}, {"namespace", ns}}},
          {"type", "Opaque"},   {"immutable", true}, {"data", {{kEntry, base::EncodeBase64(key.Reveal())}}}};
}

}  // namespace

std::optional<base::Sensitive> FindCdcKey(kube::Reader& reader, const std::string& ns) {
  const auto secret = reader.Get(credentials::SecretType(), {ns, kCdcKeySecret});
  auto key = secret ? KeyIn(*secret) : base::Result<base::Sensitive>(std::unexpected(secret.error()));
  return key ? std::optional(std::move(*key)) : std::nullopt;
}

base::Result<base::Sensitive> KeepCdcKey(kube::Reader& reader, kube::Writer& writer, runtime::Gate& gate,
                                         const std::string& ns) {
  const kube::Name name{ns, kCdcKeySecret};
  auto secret = reader.Get(credentials::SecretType(), name);
  if (secret) return KeyIn(*secret);
  if (secret.error().http_status != 404) return std::unexpected(secret.error());
  const auto key = credentials::MintPassword();
  const auto made = gate.Pass({"api", "create-secret", ToString(name)}, [&] {
    return kube::Dropping(writer.Create(credentials::SecretType(), ns, SecretOf(ns, key)));
  });
  if (made) return key;
  if (made.error().http_status != 409) return std::unexpected(made.error());
  secret = reader.Get(credentials::SecretType(), name);
  if (!secret) return std::unexpected(secret.error());
  return KeyIn(*secret);
}

}  // namespace freehold::commands

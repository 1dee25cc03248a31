#include "reconcilers/connect/passwords.h"

#include <algorithm>

#include "operator/base/base64.h"
#include "operator/base/json.h"
#include "operator/base/text.h"

namespace freehold::connect {
namespace {

/// The annotation of what was applied for a bus. Names of buses may be longer than those of annotations.
std::string AppliedFor(const std::string& bus) { return "freehold.dev/bus-" + base::Sha256Hex(bus).substr(0, 8); }

}  // namespace

kube::Name PasswordsSecretOf(const api::EventBus& bus, const std::string& operator_namespace) {
  return {bus.spec.strimzi ? bus.spec.strimzi->ns : operator_namespace, kPasswordsSecret};
}

std::map<std::string, base::Sensitive> EntriesFor(const std::vector<ConnectorWanted>& connectors,
                                                  const credentials::CdcPasswords& passwords) {
  std::map<std::string, base::Sensitive> entries;
  for (const auto& connector : connectors) {
    if (connector.secret) continue;
    const auto password = passwords.Of(connector.database.server, connector.database.role);
    if (!password) continue;
    entries.insert_or_assign(PasswordKey(connector.database), *password);
    if (!connector.database.own_authority) continue;
    entries.insert_or_assign(AuthorityKey(connector.database.server), base::Sensitive(connector.access.ca_pem));
  }
  return entries;
}

base::Json SecretOf(const std::string& ns, const std::string& bus,
                    const std::map<std::string, base::Sensitive>& entries) {
  base::Json data = base::Json::object();
  for (const auto& [key, value] : entries) data[key] = base::EncodeBase64(value.Reveal());
  return {{"apiVersion", "v1"},
          {"kind", "Secret"},
          {"metadata",
           {{"name", kPasswordsSecret}, {"namespace", ns}, {"annotations", {{AppliedFor(bus), DigestOf(entries)}}}}},
          {"type", "Opaque"},
          {"data", std::move(data)}};
}

bool Holds(const base::Json& secret, const std::string& bus, const std::map<std::string, base::Sensitive>& entries) {
  using Pointer = base::Json::json_pointer;
  const auto annotations = secret.value(Pointer("/metadata/annotations"), base::Json::object());
  const auto data = secret.value(Pointer("/data"), base::Json::object());
  return annotations.value(AppliedFor(bus), "") == DigestOf(entries) &&
         std::ranges::all_of(entries, [&](const auto& entry) {
           return data.value(entry.first, "") == base::EncodeBase64(entry.second.Reveal());
         });
}

std::string DigestOf(const std::map<std::string, base::Sensitive>& entries) {
  std::string text;
  for (const auto& [key, value] : entries) text += key + "\n" + base::Sha256Hex(value.Reveal()) + "\n";
  return base::Sha256Hex(text);
}

}  // namespace freehold::connect

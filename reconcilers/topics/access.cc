#include "reconcilers/topics/access.h"

#include "reconcilers/credentials/secret_form.h"

namespace freehold::topics {

base::Result<kafka::Access> AccessOf(const api::KafkaBrokersSpec& spec, kube::Reader& reader,
                                     const std::string& operator_namespace) {
  kafka::Access access{.bootstrap_servers = spec.bootstrap_servers,
                       .tls = spec.security_protocol == api::SecurityProtocol::kSaslSsl,
                       .authorities = {},
                       .username = {},
                       .password = {}};
  const auto entry = [&](const std::string& secret, const std::string& key) -> base::Result<std::string> {
    const kube::Name name{operator_namespace, secret};
    const auto object = reader.Get(credentials::SecretType(), name);
    if (!object && object.error().http_status != 404) return std::unexpected(object.error());
    const auto entries = object ? credentials::EntriesOf(*object) : credentials::SecretEntries{};
    const auto found = entries.find(key);
    if (found != entries.end() && !found->second.empty()) return found->second.Reveal();
    return base::Retryable("SecretMissing", "Secret " + ToString(name) + " has no key " + key + "; add it");
  };
  if (spec.ca_secret) {
    auto authorities = entry(spec.ca_secret->name, spec.ca_secret->key);
    if (!authorities) return std::unexpected(std::move(authorities.error()));
    access.authorities = std::move(*authorities);
  }
  if (!spec.admin_secret) return access;
  auto username = entry(*spec.admin_secret, "username");
  if (!username) return std::unexpected(std::move(username.error()));
  auto password = entry(*spec.admin_secret, "password");
  if (!password) return std::unexpected(std::move(password.error()));
  access.username = std::move(*username);
  access.password = base::Sensitive(std::move(*password));
  return access;
}

}  // namespace freehold::topics

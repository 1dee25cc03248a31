#include "reconcilers/topics/access.h"

#include "reconcilers/credentials/secret_form.h"

namespace freehold::topics {
namespace {

using base::Result;
using credentials::SecretEntries;

/// Read once, so that its entries belong together. None where there is no such Secret.
Result<SecretEntries> EntriesOf(kube::Reader& reader, const kube::Name& name) {
  const auto object = reader.Get(credentials::SecretType(), name);
  if (object) return credentials::EntriesOf(*object);
  if (object.error().http_status != 404) return std::unexpected(object.error());
  return SecretEntries{};
}

Result<std::string> EntryOf(const SecretEntries& entries, const kube::Name& name, const std::string& key) {
  const auto found = entries.find(key);
  if (found != entries.end() && !found->second.empty()) return found->second.Reveal();
  return base::Retryable("SecretMissing", "Secret " + ToString(name) + " has no key " + key + "; add it");
}

}  // namespace

Result<kafka::Access> AccessOf(const api::KafkaBrokersSpec& spec, kube::Reader& reader,
                               const std::string& operator_namespace) {
  kafka::Access access{.bootstrap_servers = spec.bootstrap_servers,
                       .tls = spec.security_protocol == api::SecurityProtocol::kSaslSsl,
                       .authorities = {},
                       .username = {},
                       .password = {}};
  if (spec.ca_secret) {
    const kube::Name name{operator_namespace, spec.ca_secret->name};
    const auto entries = EntriesOf(reader, name);
    if (!entries) return std::unexpected(entries.error());
    auto authorities = EntryOf(*entries, name, spec.ca_secret->key);
    if (!authorities) return std::unexpected(std::move(authorities.error()));
    access.authorities = std::move(*authorities);
  }
  if (!spec.admin_secret) return access;
  const kube::Name name{operator_namespace, *spec.admin_secret};
  const auto entries = EntriesOf(reader, name);
  if (!entries) return std::unexpected(entries.error());
  auto username = EntryOf(*entries, name, "username");
  if (!username) return std::unexpected(std::move(username.error()));
  auto password = EntryOf(*entries, name, "password");
  if (!password) return std::unexpected(std::move(password.error()));
  access.username = std::move(*username);
  access.password = base::Sensitive(std::move(*password));
  return access;
}

}  // namespace freehold::topics

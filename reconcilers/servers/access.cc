#include "reconcilers/servers/access.h"

#include <algorithm>

#include "operator/base/base64.h"

namespace freehold::servers {
namespace {

using base::Result;

const kube::ResourceType kSecretType{"", "v1", "secrets", "Secret", true};

/// Empty when no store that it offers would live there.
std::string SharedDatabaseOf(const api::DatabaseServer& server) {
  const bool shared = Offers(server, api::Isolation::kSchema) || Offers(server, api::Isolation::kTables);
  return shared ? server.spec.shared_database : "";
}

/// Read once, so that its entries belong together.
Result<base::Json> ReadSecret(kube::Reader& reader, const kube::Name& name) {
  auto object = reader.Get(kSecretType, name);
  if (object || object.error().http_status != 404) return object;
  return base::Retryable("AdminSecretMissing", "Secret " + ToString(name) + " does not exist; create it");
}

Result<std::string> EntryOf(const base::Json& secret, const kube::Name& name, const std::string& key) {
  const std::string where = "Secret " + ToString(name);
  const auto data = secret.find("data");
  if (data == secret.end() || !data->contains(key) || !(*data)[key].is_string()) {
    return base::Retryable("AdminSecretMissing", where + " has no key " + key);
  }
  auto bytes = base::DecodeBase64((*data)[key].get_ref<const std::string&>());
  if (!bytes) return base::Retryable("AdminSecretMissing", where + ": key " + key + " is not base64");
  // A connection would take it up to there.
  if (bytes->find('\0') != std::string::npos) {
    return base::Retryable("AdminSecretMissing", where + ": key " + key + " holds a zero byte; write it as text");
  }
  return std::move(*bytes);
}

}  // namespace

bool Offers(const api::DatabaseServer& server, api::Isolation isolation) {
  return std::ranges::find(server.spec.isolation, isolation) != server.spec.isolation.end();
}

Result<engines::ServerAccess> AccessOf(const api::DatabaseServer& server, kube::Reader& reader,
                                       const std::string& operator_namespace) {
  const kube::Name admin{operator_namespace, server.spec.admin_secret};
  const auto login = ReadSecret(reader, admin);
  if (!login) return std::unexpected(login.error());
  auto username = EntryOf(*login, admin, "username");
  if (!username) return std::unexpected(username.error());
  auto password = EntryOf(*login, admin, "password");
  if (!password) return std::unexpected(password.error());
  std::string ca;
  if (const auto& secret = server.spec.tls.ca_secret) {
    const kube::Name name{operator_namespace, secret->name};
    const auto authorities = ReadSecret(reader, name);
    if (!authorities) return std::unexpected(authorities.error());
    auto entry = EntryOf(*authorities, name, secret->key);
    if (!entry) return std::unexpected(entry.error());
    // With none the system's authorities would be trusted, whom nobody asked for.
    if (entry->find("-----BEGIN CERTIFICATE-----") == std::string::npos) {
      return base::Retryable("AdminSecretMissing", "Secret " + operator_namespace + "/" + secret->name + ": key " +
                                                       secret->key +
                                                       " (spec.tls.caSecret) holds no certificate; put the server's CA "
                                                       "there in PEM form, or leave spec.tls.caSecret out");
    }
    ca = std::move(*entry);
  }
  return engines::ServerAccess{.name = server.meta.name,
                               .host = server.spec.host,
                               .port = server.spec.port,
                               .tls = server.spec.tls.mode,
                               .ca_pem = std::move(ca),
                               .peer_root_cert = server.spec.tls.peer_root_cert,
                               .username = std::move(*username),
                               .password = base::Sensitive(std::move(*password)),
                               .shared_database = SharedDatabaseOf(server),
                               .connections = server.spec.limits.operator_connections,
                               .uid = server.meta.uid,
                               .takes_spares = server.spec.spares > 0 && Offers(server, api::Isolation::kDatabase)};
}

}  // namespace freehold::servers

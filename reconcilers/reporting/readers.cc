#include "reconcilers/reporting/readers.h"

#include <algorithm>

#include "reconcilers/api/kinds.h"
#include "reconcilers/credentials/password.h"
#include "reconcilers/reporting/reconciler.h"
#include "reconcilers/stores/carry.h"

namespace freehold::reporting {

using credentials::Turn;

std::optional<credentials::Endpoint> EndpointOf(const api::ReportingWarehouse& object,
                                                const api::WarehouseReader& reader, const api::DatabaseServer& server,
                                                const engines::ServerAccess& access) {
  credentials::Endpoint endpoint{.host = access.host,
                                 .port = access.port,
                                 .database = object.spec.database,
                                 .schema = "",
                                 .sslmode = api::SslModeOf(access.tls),
                                 .ca_pem = access.ca_pem};
  if (!reader.read_replica) return endpoint;
  const auto& replicas = server.spec.read_replicas;
  const auto replica = std::ranges::find(replicas, *reader.read_replica, &api::ReadReplica::host);
  if (replica == replicas.end()) return std::nullopt;
  endpoint.host = replica->host;
  endpoint.port = replica->port;
  return endpoint;
}

std::array<engines::LoginWanted, 2> LoginsOf(const Reading& reading) {
  std::array<engines::LoginWanted, 2> logins;
  const auto& turn = reading.state.turn;
  if (!reading.state.hindrance.empty()) return logins;
  logins[turn.live].can_login = true;
  if (reading.minted) logins[turn.live].new_verifier = reading.minted->verifier;
  logins[1 - turn.live].can_login = turn.drain_previous;
  return logins;
}

std::vector<engines::ReaderWanted> WantedOf(const std::vector<Reading>& readings) {
  std::vector<engines::ReaderWanted> wanted;
  for (const auto& reading : readings) {
    wanted.push_back({.names = reading.state.logins,
                      .logins = LoginsOf(reading),
                      .statement_timeout = reading.state.reader->statement_timeout});
  }
  return wanted;
}

std::optional<stores::WriteSecret> SecretToWrite(const api::ReportingWarehouse& object,
                                                 const std::string& operator_namespace, const Reading& reading) {
  const auto& state = reading.state;
  const bool issues = state.turn.action == Turn::Action::kIssue;
  if (!state.hindrance.empty() || (!issues && reading.secret && reading.secret->current)) return std::nullopt;
  const auto& type = api::ReportingWarehouseType();
  stores::WriteSecret write{.name = {operator_namespace, state.secret},
                            .owner = {type.api_version(), type.kind, object.meta.name, object.meta.uid, true, true},
                            .endpoint = reading.endpoint,
                            .issued = {},
                            .replaces = reading.secret ? std::optional(reading.secret->meta) : std::nullopt};
  if (issues) {
    write.issued = {.login = state.logins[state.turn.live],
                    .password = reading.minted->password,
                    .at = state.turn.issued_at,
                    .previous_login = state.turn.drain_previous ? state.logins[1 - state.turn.live] : "",
                    .answered = {}};
  } else {
    write.issued = *reading.secret->issued;
  }
  return write;
}

bool Reconciler::Works(const Gateway& gateway, const std::string& login, const engines::LoginSeen& seen,
                       const base::Sensitive& password) const {
  if (!seen.can_login) return false;
  if (seen.verifier) return parts_.engine.VerifierMatches(*seen.verifier, password);
  return parts_.engine.Admits(gateway.access, gateway.database, login, password).value_or(true);
}

base::Result<std::vector<Reading>> Reconciler::LookAtReaders(const api::ReportingWarehouse& object,
                                                             const engines::ServerAccess& access,
                                                             const engines::WarehouseSeen& seen) const {
  std::vector<Reading> readings;
  for (const auto& reader : object.spec.readers) {
    auto& reading = readings.emplace_back();
    auto& state = reading.state;
    state.reader = &reader;
    state.secret = api::ReaderSecretOf(object, reader);
    state.logins = engines::ReaderLogins(object.spec.database, reader.name);
    const auto server = parts_.world.servers.Find({"", access.name});
    auto endpoint = server ? EndpointOf(object, reader, *server, access) : std::nullopt;
    if (!endpoint) {
      state.reason = api::Reason::kServerNotFound;
      state.hindrance = "DatabaseServer " + access.name + " has no read replica " + reader.read_replica.value_or("");
      continue;
    }
    reading.endpoint = std::move(*endpoint);
    std::array<engines::LoginSeen, 2> logins;
    for (std::size_t i = 0; i < logins.size(); ++i) {
      const auto found = seen.logins.find(state.logins[i]);
      if (found != seen.logins.end()) logins[i] = found->second;
    }
    if (const auto done = Judge(object, {access, object.spec.database}, logins, reading); !done)
      return std::unexpected(done.error());
    if (!state.hindrance.empty()) {
      state.hindrance += " or set readers[].secretName";
    } else if (state.turn.action != Turn::Action::kKeep) {
      reading.minted = MintFor(reading);
    }
  }
  return readings;
}

base::Result<void> Reconciler::Judge(const api::ReportingWarehouse& object, const Gateway& gateway,
                                     const std::array<engines::LoginSeen, 2>& logins, Reading& reading) const {
  auto& state = reading.state;
  auto secret = parts_.reader.Get(credentials::SecretType(), {settings_.operator_namespace, state.secret});
  if (!secret && secret.error().http_status != 404) return std::unexpected(secret.error());
  if (secret) {
    auto read = credentials::ReadSecret(*secret, object.meta.uid, reading.endpoint);
    if (!read) return std::unexpected(read.error());
    reading.secret = std::move(*read);
  }
  if (reading.secret && !reading.secret->ours) {
    state.hindrance =
        "Secret " + state.secret + " exists in the operator's namespace and was not made by Freehold; remove it";
    return {};
  }
  const auto issued = reading.secret ? reading.secret->issued : std::nullopt;
  std::optional<bool> works;
  for (std::size_t i = 0; issued && i < logins.size(); ++i) {
    if (state.logins[i] != issued->login) continue;
    works = Works(gateway, state.logins[i], logins[i], issued->password);
  }
  state.turn = credentials::Judge({.names = state.logins,
                                   .logins = logins,
                                   .issued = issued,
                                   .works = works,
                                   .last_login = {},
                                   .now = parts_.clock.Now()},
                                  {.rotate_every = object.spec.credentials.rotate_every,
                                   .overlap = object.spec.credentials.overlap,
                                   .request = {}});
  return {};
}

Minted Reconciler::MintFor(const Reading& reading) const {
  const bool restores = reading.state.turn.action == Turn::Action::kRestore;
  auto password = restores ? reading.secret->issued->password : credentials::MintPassword();
  auto verifier = parts_.engine.MakeVerifier(password);
  return {std::move(password), std::move(verifier)};
}

base::Result<void> Reconciler::WriteSecrets(const std::vector<stores::WriteSecret>& secrets) {
  for (const auto& secret : secrets) {
    const auto done = parts_.gate.Pass(stores::EffectOf(stores::Step(secret), ""),
                                       [&] { return kube::Dropping(stores::Write(parts_.writer, secret)); });
    if (!done) return done;
  }
  return {};
}

base::Result<void> Reconciler::RemoveSecrets(const api::ReportingWarehouse& object, const std::set<std::string>& kept) {
  std::set<std::string> made;
  for (const auto& reader : object.status.readers) made.insert(reader.secret);
  for (const auto& feed : object.status.feeds) made.insert(feed.secret);
  for (const auto& secret_name : made) {
    if (secret_name.empty() || kept.contains(secret_name)) continue;
    const kube::Name name{settings_.operator_namespace, secret_name};
    const auto secret = parts_.reader.Get(credentials::SecretType(), name);
    if (!secret && secret.error().http_status == 404) continue;
    if (!secret) return std::unexpected(secret.error());
    const auto read = credentials::ReadSecret(*secret, object.meta.uid, {});
    if (!read) return std::unexpected(read.error());
    if (!read->ours) continue;
    const auto removed = parts_.gate.Pass({"api", "delete-secret", ToString(name)}, [&] {
      return parts_.writer.Delete(credentials::SecretType(), name, read->meta.uid);
    });
    if (!removed) return removed;
  }
  return {};
}

}  // namespace freehold::reporting

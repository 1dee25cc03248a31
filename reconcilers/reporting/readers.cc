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

std::vector<engines::ReaderWanted> WantedOf(const std::vector<Reading>& readings) {
  std::vector<engines::ReaderWanted> wanted;
  for (const auto& reading : readings) {
    const auto& state = reading.state;
    engines::ReaderWanted reader{
        .names = state.logins, .logins = {}, .statement_timeout = state.reader->statement_timeout};
    if (state.hindrance.empty()) {
      reader.logins[state.turn.live].can_login = true;
      if (reading.minted) reader.logins[state.turn.live].new_verifier = reading.minted->verifier;
      reader.logins[1 - state.turn.live].can_login = state.turn.drain_previous;
    }
    wanted.push_back(std::move(reader));
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

base::Result<std::vector<Reading>> Reconciler::LookAtReaders(const api::ReportingWarehouse& object,
                                                             const engines::ServerAccess& access,
                                                             const engines::WarehouseSeen& seen) const {
  const auto now = parts_.clock.Now();
  const credentials::Schedule schedule{
      .rotate_every = object.spec.credentials.rotate_every, .overlap = object.spec.credentials.overlap, .request = {}};
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
    auto secret = parts_.reader.Get(credentials::SecretType(), {settings_.operator_namespace, state.secret});
    if (!secret && secret.error().http_status != 404) return std::unexpected(secret.error());
    if (secret) {
      auto read = credentials::ReadSecret(*secret, object.meta.uid, reading.endpoint);
      if (!read) return std::unexpected(read.error());
      reading.secret = std::move(*read);
    }
    if (reading.secret && !reading.secret->ours) {
      state.hindrance = "Secret " + state.secret +
                        " exists in the operator's namespace and was not made by Freehold; remove it or set " +
                        "readers[].secretName";
      continue;
    }
    std::array<engines::LoginSeen, 2> logins;
    for (std::size_t i = 0; i < logins.size(); ++i) {
      const auto found = seen.logins.find(state.logins[i]);
      if (found != seen.logins.end()) logins[i] = found->second;
    }
    const auto issued = reading.secret ? reading.secret->issued : std::nullopt;
    std::optional<bool> works;
    for (std::size_t i = 0; issued && i < logins.size(); ++i) {
      if (state.logins[i] != issued->login) continue;
      works = logins[i].can_login && logins[i].verifier &&
              parts_.engine.VerifierMatches(*logins[i].verifier, issued->password);
    }
    state.turn =
        Judge({.names = state.logins, .logins = logins, .issued = issued, .works = works, .last_login = {}, .now = now},
              schedule);
    if (state.turn.action == Turn::Action::kKeep) continue;
    auto password = state.turn.action == Turn::Action::kRestore ? issued->password : credentials::MintPassword();
    auto verifier = parts_.engine.MakeVerifier(password);
    reading.minted = Minted{std::move(password), std::move(verifier)};
  }
  return readings;
}

base::Result<void> Reconciler::WriteSecrets(const std::vector<stores::WriteSecret>& secrets) {
  for (const auto& secret : secrets) {
    const auto done = parts_.gate.Pass(stores::EffectOf(stores::Step(secret), ""),
                                       [&] { return stores::Write(parts_.writer, secret); });
    if (!done) return done;
  }
  return {};
}

}  // namespace freehold::reporting

#include "reconcilers/servers/replication.h"

#include <cstdlib>

namespace freehold::servers {
namespace {

/// The first version that finds the authorities of the system, and lets others than superusers subscribe.
constexpr int kFirst = 16;

int MajorOf(const api::DatabaseServer& server) { return std::atoi(server.status.version.c_str()); }

std::string Name(const api::DatabaseServer& server) { return "DatabaseServer " + server.meta.name; }

std::string AsksFor(const api::DatabaseServer& server, const std::string& rights) {
  const auto text = "the admin of " + Name(server) + " is no superuser";
  return text + (MajorOf(server) < kFirst ? ", which it takes before PostgreSQL 16" : " and lacks " + rights);
}

}  // namespace

std::string NoSource(const api::DatabaseServer& from, const api::Capabilities& capabilities) {
  if (!capabilities.replicate) return AsksFor(from, "REPLICATION or CREATEROLE");
  if (capabilities.wal_level != "logical") return Name(from) + " has no wal_level = logical";
  return {};
}

std::string NoSubscriber(const api::DatabaseServer& to, const api::Capabilities& capabilities) {
  return capabilities.subscribe ? ""
                                : AsksFor(to, "membership in pg_create_subscription, or see the server's findings");
}

std::string NoTrust(const api::DatabaseServer& from, const api::DatabaseServer& to, const api::Capabilities& of_to) {
  const auto& tls = from.spec.tls;
  if (tls.mode != api::TlsMode::kVerifyFull) return {};
  const bool by_file = tls.ca_secret && tls.peer_root_cert.empty();
  if (by_file && !of_to.superuser) {
    return "the admin of " + Name(to) + " is no superuser and can't write a file there with the CA of " + Name(from) +
           ": say by tls.peerRootCert of " + Name(from) + " where the CA is";
  }
  const bool by_system = tls.peer_root_cert == "system" || (!tls.ca_secret && tls.peer_root_cert.empty());
  if (by_system && MajorOf(to) < kFirst) {
    return Name(from) + (tls.ca_secret ? " says tls.peerRootCert: system" : " names no tls.caSecret") +
           ", and before PostgreSQL 16 " + Name(to) + " does not find the system's authorities";
  }
  return {};
}

std::string ObstacleBetween(const api::DatabaseServer& from, const api::DatabaseServer& to) {
  for (const auto* server : {&from, &to}) {
    if (!server->status.capabilities) return Name(*server) + " was not looked at";
  }
  auto obstacle = NoSource(from, *from.status.capabilities);
  if (obstacle.empty()) obstacle = NoSubscriber(to, *to.status.capabilities);
  return obstacle.empty() ? NoTrust(from, to, *to.status.capabilities) : obstacle;
}

}  // namespace freehold::servers

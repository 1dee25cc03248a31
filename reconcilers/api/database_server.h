// DatabaseServer (dbs): a server that stores may live on. Cluster-scoped; written by the platform team.
#pragma once

#include "reconcilers/api/common.h"

namespace freehold::api {

enum class TlsMode { kVerifyFull, kRequire, kDisable };
std::string ToString(TlsMode);
/// The word that libpq's sslmode has for it (PostgreSQL, 34.19.1).
std::string SslModeOf(TlsMode);

/// One key of a Secret in the operator's own namespace.
struct SecretKey {
  std::string name;
  std::string key = "ca.crt";
  bool operator==(const SecretKey&) const = default;
};

struct TlsSpec {
  TlsMode mode = TlsMode::kVerifyFull;
  std::optional<SecretKey> ca_secret;
  std::string peer_root_cert;  ///< what other servers check this one's certificate against; empty: as the operator does
  bool operator==(const TlsSpec&) const = default;
};

struct ReadReplica {
  std::string host;
  int port = 5432;
  bool operator==(const ReadReplica&) const = default;
};

struct ServerLimits {
  int databases = 500;
  int operator_connections = 8;
  bool operator==(const ServerLimits&) const = default;
};

struct DatabaseServerSpec {
  EngineKind engine = EngineKind::kPostgreSQL;
  std::string host;
  int port = 5432;
  TlsSpec tls;
  std::string admin_secret;  ///< adminSecret.name: keys username, password; in the operator's namespace
  std::string shared_database = "apps";
  std::vector<Isolation> isolation = {Isolation::kSchema, Isolation::kDatabase, Isolation::kInstance};
  LabelSelector allowed_namespaces;
  bool is_default = false;
  std::vector<ReadReplica> read_replicas;
  std::vector<std::string> extensions;
  ServerLimits limits;
  int spares = 0;
  bool operator==(const DatabaseServerSpec&) const = default;
};

struct Capabilities {
  bool superuser = false;
  bool create_database = false;
  bool create_role = false;
  bool replicate = false;       ///< may make slots and roles that replicate
  bool subscribe = false;       ///< may make subscriptions
  bool read_verifiers = false;  ///< may compare stored passwords with those issued
  std::string wal_level;
  int replication_slots = 0;  ///< how many readers of its changes it may have at once
  int subscriptions = 0;      ///< how many it may work on at once
  bool operator==(const Capabilities&) const = default;
};

struct DatabaseServerStatus {
  std::int64_t observed_generation = 0;
  std::vector<kube::Condition> conditions;
  std::string version;
  std::optional<Capabilities> capabilities;
  int stores = 0;
  int spares = 0;                     ///< databases that are ready
  std::vector<std::string> findings;  ///< what of the server is open and can't be closed with its admin's rights
  bool operator==(const DatabaseServerStatus&) const = default;
};

struct DatabaseServer {
  kube::ObjectMeta meta;
  DatabaseServerSpec spec;
  DatabaseServerStatus status;
};

const kube::ResourceType& DatabaseServerType();

}  // namespace freehold::api

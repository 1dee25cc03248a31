// The kind DatabaseServer: its tables, and how the outside sees it.
#include "reconcilers/api/common_tables.h"
#include "reconcilers/api/kind_frames.h"
#include "reconcilers/api/kinds.h"
#include "reconcilers/api/schema/object.h"
#include "reconcilers/api/secret_key_table.h"
#include "reconcilers/api/sorts.h"

namespace freehold::api {

template <>
struct schema::Words<TlsMode> {
  static constexpr std::array kWords{std::pair{TlsMode::kVerifyFull, "VerifyFull"},
                                     std::pair{TlsMode::kRequire, "Require"}, std::pair{TlsMode::kDisable, "Disable"}};
};

template <>
struct schema::Table<TlsSpec> {
  static const auto& Fields() {
    static const auto fields = std::make_tuple(
        Field("mode", &TlsSpec::mode,
              "VerifyFull: encrypted, and the server's certificate is for its host name and of a known CA. Require: "
              "encrypted, but anybody may answer. Disable: in the clear."),
        Field("caSecret", &TlsSpec::ca_secret, "Where the CA's certificate is, in PEM.",
              Rules().AbsentMeans("the CAs of the system")),
        Field(
            "peerRootCert", &TlsSpec::peer_root_cert,
            "With VerifyFull, where other PostgreSQL servers find the CAs that this one's certificate is of when they "
            "replicate from it, as libpq's sslrootcert: a file of theirs by its whole path, or system (from 16 on). "
            "Needed where their admin is no superuser, which can't write the file of caSecret there.",
            Rules().Is(RootCert()).AbsentMeans("the file that the operator writes there, by caSecret")));
    return fields;
  }
};

template <>
struct schema::Table<ReadReplica> {
  static const auto& Fields() {
    static const auto fields = std::make_tuple(
        Field("host", &ReadReplica::host, "Its host name or address.", Rules().Required().Is(HostName())),
        Field("port", &ReadReplica::port, "Its port.", Rules().Between(1, 65535)));
    return fields;
  }
};

template <>
struct schema::Table<ServerLimits> {
  static const auto& Fields() {
    static const auto fields = std::make_tuple(
        Field("databases", &ServerLimits::databases, "How many databases the server may hold.", Rules().AtLeast(1)),
        Field("operatorConnections", &ServerLimits::operator_connections,
              "How many connections the operator may hold at once.", Rules().Between(1, 100)));
    return fields;
  }
};

template <>
struct schema::Table<DatabaseServerSpec> {
  static const auto& Fields() {
    using Spec = DatabaseServerSpec;
    static const auto fields = std::make_tuple(
        Field("engine", &Spec::engine, "The kind of database.", Rules().Immutable()),
        Field("host", &Spec::host, "Host name or address, as services reach it, too.",
              Rules().Required().Is(HostName())),
        Field("port", &Spec::port, "The port.", Rules().Between(1, 65535)),
        Field("tls", &Spec::tls, "How connections are secured."),
        NameReference(
            "adminSecret", &Spec::admin_secret,
            "The Secret with username and password of the admin. It is looked for in the operator's namespace "
            "only.",
            Rules().Required().Is(SecretName())),
        Field("sharedDatabase", &Spec::shared_database, "The database in which stores of Schema and Tables mode live.",
              Rules().Is(SharedDatabaseName())),
        Field("isolation", &Spec::isolation, "What the server offers to services.", Rules().Items(1, 4).Set()),
        Field("allowedNamespaces", &Spec::allowed_namespaces, "The namespaces whose services may use the server."),
        Field("default", &Spec::is_default, "Used by every ServiceDatabase of this engine that names no server."),
        Field("readReplicas", &Spec::read_replicas, "Replicas that may be read from.", Rules().UpTo(32)),
        Field("extensions", &Spec::extensions, "The extensions that services may ask for.",
              Rules().UpTo(128).Set().Each(Rules().Is(ExtensionName()))),
        Field("limits", &Spec::limits, "What Freehold may use of the server."),
        Field("spares", &Spec::spares,
              "How many empty databases are kept ready, so that a new store with a database of its own costs a rename "
              "only. Together with the stores there are never more than limits.databases.",
              Rules().Between(0, 100)));
    return fields;
  }
};

template <>
struct schema::Table<Capabilities> {
  static const auto& Fields() {
    static const auto fields = std::make_tuple(
        Field("superuser", &Capabilities::superuser, "Whether the admin is one.", Rules().Shown()),
        Field("createDatabase", &Capabilities::create_database, "Whether the admin may create databases.",
              Rules().Shown()),
        Field("createRole", &Capabilities::create_role, "Whether the admin may create roles.", Rules().Shown()),
        Field(
            "replicate", &Capabilities::replicate,
            "Whether the admin may make slots, and roles that replicate: as a superuser, or from 16 on with CREATEROLE "
            "and REPLICATION.",
            Rules().Shown()),
        Field("subscribe", &Capabilities::subscribe,
              "Whether the admin may make subscriptions: as a superuser, or from 16 on as a member of "
              "pg_create_subscription.",
              Rules().Shown()),
        Field("readVerifiers", &Capabilities::read_verifiers,
              "Whether the admin may see stored password verifiers. Otherwise a password is checked by logging in.",
              Rules().Shown()),
        Field("walLevel", &Capabilities::wal_level, "The server's wal_level; events travel natively from logical on."),
        Field("replicationSlots", &Capabilities::replication_slots,
              "How many readers of its changes the server may have at once: the least of max_replication_slots and "
              "max_wal_senders.",
              Rules().Shown()),
        Field(
            "subscriptions", &Capabilities::subscriptions,
            "How many subscriptions the server may work on at once: max_logical_replication_workers, where "
            "max_worker_processes and max_active_replication_origins (before 18 max_replication_slots) allow so many.",
            Rules().Shown()));
    return fields;
  }
};

template <>
struct schema::Table<DatabaseServerStatus> {
  static const auto& Fields() {
    using Status = DatabaseServerStatus;
    static const auto fields = std::tuple_cat(
        StatusHead<Status>(),
        std::make_tuple(Field("version", &Status::version, "The server's version."),
                        Field("capabilities", &Status::capabilities, "What its admin may do, and how it is set up."),
                        Field("stores", &Status::stores, "How many stores Freehold manages on it.", Rules().Shown()),
                        Field("spares", &Status::spares, "How many spare databases are ready."),
                        Field("findings", &Status::findings,
                              "What is open on the server and can't be closed with its admin's rights, and what has "
                              "the name of a spare database and is none.",
                              Rules().UpTo(256))));
    return fields;
  }
};

const schema::KindFrame& DatabaseServerFrame() {
  static const schema::KindFrame frame{
      {kGroup, kVersion, "databaseservers", "DatabaseServer", false},
      "databaseserver",
      "dbs",
      "A server on which stores of services may live. Kept by the platform team.",
      {schema::ConditionColumn("Ready", "Whether it answers and is prepared."),
       {"Engine", "string", ".spec.engine", "The kind of database."},
       {"Version", "string", ".status.version", "Its version."},
       {"Host", "string", ".spec.host", "Where it is."},
       {"Default", "boolean", ".spec.default", "Whether stores that name no server go there."},
       {"Stores", "integer", ".status.stores", "How many stores are on it."},
       {"Spares", "integer", ".status.spares", "How many spare databases are ready.", true},
       {"TLS", "string", ".spec.tls.mode", "How connections are secured.", true},
       {"Reason", "string", ".status.conditions[?(@.type==\"Ready\")].reason", "Why it is, or is not, ready.", true},
       schema::AgeColumn()},
      {}};
  return frame;
}

const kube::ResourceType& DatabaseServerType() { return DatabaseServerFrame().type; }
std::string ToString(TlsMode mode) { return schema::WordOf(mode); }

std::string SslModeOf(TlsMode mode) {
  switch (mode) {
    case TlsMode::kVerifyFull:
      return "verify-full";
    case TlsMode::kRequire:
      return "require";
    case TlsMode::kDisable:
      return "disable";
  }
  return "verify-full";
}

Reading<DatabaseServer> ParseDatabaseServer(const Json& object) {
  return schema::ParseObject<DatabaseServer>(object, DatabaseServerFrame());
}
base::Result<DatabaseServer> ReadDatabaseServer(const Json& object) {
  return schema::ReadObject<DatabaseServer>(object);
}
Json ToJson(const DatabaseServer& object) { return schema::WriteObject(object, DatabaseServerFrame()); }
Json ToJson(const DatabaseServerSpec& spec) { return schema::Codec<DatabaseServerSpec>::Write(spec); }
Json ToJson(const DatabaseServerStatus& status) { return schema::Codec<DatabaseServerStatus>::Write(status); }
Json StatusObject(const kube::ObjectMeta& meta, const DatabaseServerStatus& status) {
  return schema::WriteStatus(meta, status, DatabaseServerFrame());
}
Json DatabaseServerCrd() { return schema::CrdOf<DatabaseServer>(DatabaseServerFrame()); }

}  // namespace freehold::api

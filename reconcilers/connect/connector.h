// What Connect is told of one connector. Pure.
#pragma once

#include "reconcilers/api/database_server.h"
#include "reconcilers/connect/client.h"

namespace freehold::connect {

/// How a worker reaches a database.
struct Database {
  std::string server;  ///< the DatabaseServer
  std::string host;
  int port = 5432;
  std::string name;
  api::TlsMode tls = api::TlsMode::kVerifyFull;
  bool own_authority = false;  ///< it is in the workers' Secret; false: those that Java knows
  std::string role;
  bool operator==(const Database&) const = default;
};

/// What is the same for all connectors of a bus.
struct Workers {
  std::string prefix;        ///< of topics and connectors
  std::string secrets_path;  ///< where they have the Secret mounted
  int partitions = 1;
};

/// A key of the workers' Secret.
std::string PasswordKey(const Database&);
std::string AuthorityKey(const std::string& server);

/// "freehold.orders_db_to_kafka_1f2e3d4c": the connector; for a sink its topic is called the same.
std::string NameOn(const Workers&, const std::string& link_or_channel);

/// What stands in a configuration instead of the password of the database's role.
std::string PasswordOf(const Workers&, const Database&);
/// For JDBC, the certificates that it trusts included. What is sent as text is taken for what the column is.
std::string JdbcUrl(const Workers&, const Database&);
/// How Debezium's connector for PostgreSQL reaches the database, and checks that it is the right one.
void AddDatabase(const Workers&, const Database&, Config&);

/// Debezium's connector for PostgreSQL on a link, with the outbox router: each row goes to the topic of its route, by
/// aggregateid, with all that an event has beside its payload in headers.
Config SourceConfig(const Workers&, const std::string& link, const Database&);

/// Debezium's JDBC sink from the topic of a channel into its end at the consumer's. It reads what was committed.
Config SinkConfig(const Workers&, const std::string& channel, const Database&);

}  // namespace freehold::connect

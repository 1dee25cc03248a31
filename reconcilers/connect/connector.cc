#include "reconcilers/connect/connector.h"

namespace freehold::connect {
namespace {

constexpr const char* kText = "org.apache.kafka.connect.storage.StringConverter";
constexpr const char* kHeaders = "id,aggregatetype,aggregateid,type,headers,created_at";
constexpr const char* kAuthoritiesOfJava = "org.postgresql.ssl.DefaultJavaSSLFactory";

std::string AuthorityFile(const Workers& workers, const Database& database) {
  return workers.secrets_path + "/" + AuthorityKey(database.server);
}
bool Verifies(const Database& database) { return database.tls == api::TlsMode::kVerifyFull; }

void AddConverters(Config& config) {
  for (const char* converter : {"key.converter", "value.converter", "header.converter"}) config[converter] = kText;
}

}  // namespace

std::string PasswordKey(const Database& database) { return database.server + "." + database.role; }
std::string AuthorityKey(const std::string& server) { return server + ".ca.crt"; }

std::string PasswordOf(const Workers& workers, const Database& database) {
  return "${dir:" + workers.secrets_path + ":" + PasswordKey(database) + "}";
}

std::string JdbcUrl(const Workers& workers, const Database& database) {
  std::string url = "jdbc:postgresql://" + database.host + ":" + std::to_string(database.port) + "/" + database.name +
                    "?stringtype=unspecified&sslmode=" + api::SslModeOf(database.tls);
  if (!Verifies(database)) return url;
  return url + (database.own_authority ? "&sslrootcert=" + AuthorityFile(workers, database)
                                       : std::string("&sslfactory=") + kAuthoritiesOfJava);
}

void AddDatabase(const Workers& workers, const Database& database, Config& config) {
  config["database.hostname"] = database.host;
  config["database.port"] = std::to_string(database.port);
  config["database.dbname"] = database.name;
  config["database.user"] = database.role;
  config["database.password"] = PasswordOf(workers, database);
  config["database.sslmode"] = api::SslModeOf(database.tls);
  if (!Verifies(database)) return;
  if (database.own_authority) {
    config["database.sslrootcert"] = AuthorityFile(workers, database);
  } else {
    config["database.sslfactory"] = kAuthoritiesOfJava;
  }
}

std::string NameOn(const Workers& workers, const std::string& link_or_channel) {
  return workers.prefix + "." + link_or_channel;
}

Config SourceConfig(const Workers& workers, const std::string& link, const Database& database) {
  const auto table = "freehold." + link;
  const auto slot = "freehold_" + link;
  Config config = {
      {"connector.class", "io.debezium.connector.postgresql.PostgresConnector"},
      {"tasks.max", "1"},
      {"plugin.name", "pgoutput"},
      {"slot.name", slot},
      {"publication.name", slot},
      {"publication.autocreate.mode", "disabled"},
      {"snapshot.mode", "no_data"},
      {"offset.mismatch.strategy", "trust_offset"},
      {"table.include.list", table},
      {"column.exclude.list", table + ".(attempts|last_error|parked_at)"},
      {"skipped.operations", "u,d,t"},
      {"tombstones.on.delete", "false"},
      {"extended.headers.enabled", "false"},
      {"poll.interval.ms", "50"},
      {"heartbeat.interval.ms", "10000"},
      {"heartbeat.action.query", "SELECT pg_logical_emit_message(false, 'freehold', '')"},
      {"topic.prefix", NameOn(workers, link)},
      {"topic.creation.default.replication.factor", "-1"},
      {"topic.creation.default.partitions", std::to_string(workers.partitions)},
      {"transforms", "outbox"},
      {"transforms.outbox.type", "io.debezium.transforms.outbox.EventRouter"},
      {"transforms.outbox.route.by.field", "route"},
      {"transforms.outbox.route.topic.replacement", NameOn(workers, "${routedByValue}")},
      {"transforms.outbox.table.expand.json.payload", "false"},
      {"transforms.outbox.table.fields.additional.placement",
       "aggregatetype:header,aggregateid:header,type:header,headers:header,created_at:header"},
  };
  AddDatabase(workers, database, config);
  AddConverters(config);
  return config;
}

Config SinkConfig(const Workers& workers, const std::string& channel, const Database& database) {
  Config config = {
      {"connector.class", "io.debezium.connector.jdbc.JdbcSinkConnector"},
      {"tasks.max", "1"},
      {"topics", NameOn(workers, channel)},
      {"connection.url", JdbcUrl(workers, database)},
      {"connection.username", database.role},
      {"connection.password", PasswordOf(workers, database)},
      {"connection.pool.min_size", "1"},
      {"connection.pool.max_size", "2"},
      {"insert.mode", "insert"},
      {"primary.key.mode", "none"},
      {"schema.evolution", "none"},
      {"collection.name.format", "freehold." + channel},
      {"use.time.zone", "UTC"},
      {"consumer.override.isolation.level", "read_committed"},
      {"consumer.override.auto.offset.reset", "earliest"},
      {"consumer.override.metadata.max.age.ms", "10000"},
      {"transforms", "hoist,fields"},
      {"transforms.hoist.type", "org.apache.kafka.connect.transforms.HoistField$Value"},
      {"transforms.hoist.field", "payload"},
      {"transforms.fields.type", "io.debezium.transforms.HeaderToValue"},
      {"transforms.fields.headers", kHeaders},
      {"transforms.fields.fields", kHeaders},
      {"transforms.fields.operation", "copy"},
  };
  AddConverters(config);
  return config;
}

}  // namespace freehold::connect

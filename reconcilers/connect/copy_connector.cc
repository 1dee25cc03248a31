#include "reconcilers/connect/copy_connector.h"

#include "operator/base/text.h"
#include "reconcilers/engines/reporting.h"

namespace freehold::connect {
namespace {

constexpr const char* kJson = "org.apache.kafka.connect.json.JsonConverter";
constexpr const char* kRouter = "org.apache.kafka.connect.transforms.RegexRouter";
constexpr std::size_t kOfSlot = 8;

void AddJson(Config& config) {
  for (const std::string converter : {"key.converter", "value.converter"}) {
    config[converter] = kJson;
    config[converter + ".schemas.enable"] = "true";
  }
}

/// Names are of letters, digits, '-', '_' and '.'.
std::string Escaped(const std::string& name) {
  std::string escaped;
  for (const char c : name) escaped += c == '.' ? "\\." : std::string(1, c);
  return escaped;
}

std::string BeatsOf(const std::string& prefix) { return "__debezium-heartbeat." + prefix; }

std::string PrefixOf(const Workers& workers, const Copy& copy) {
  return NameOn(workers, CopyOf(copy.feed, copy.what.slot));
}

void AddTables(const Copy& copy, Config& config) {
  std::vector<std::string> names, left_out, keys;
  for (const auto& [table, copied] : copy.what.tables) {
    const auto name = Escaped(copy.schema + "." + table);
    names.push_back(name);
    if (!copied.left_out.empty()) left_out.push_back(name + "\\.(" + base::Join(copied.left_out, "|") + ")");
    keys.push_back(copy.schema + "." + table + ":" + base::Join(copied.key, ","));
  }
  config["table.include.list"] = base::Join(names, ",");
  if (!left_out.empty()) config["column.exclude.list"] = base::Join(left_out, ",");
  config["message.key.columns"] = base::Join(keys, ";");
}

void AddForm(Form form, Config& config) {
  config["transforms"] = "row";
  config["transforms.row.type"] = "io.debezium.transforms.ExtractNewRecordState";
  const bool marked = form == Form::kMarked;
  config["transforms.row.delete.tombstone.handling.mode"] = marked ? "rewrite-with-tombstone" : "tombstone";
  if (!marked) return;
  config["transforms.row.add.fields"] = "lsn";
  config["time.precision.mode"] = "connect";
}

}  // namespace

std::string CopiesOf(const std::string& feed) { return "reports." + feed.substr(1) + "."; }
std::string CopyOf(const std::string& feed, const std::string& slot) {
  return CopiesOf(feed) + (slot.empty() ? "none" : slot.substr(0, kOfSlot));
}
std::string SinkOf(const std::string& copy) { return copy + ".sink"; }

std::string TopicOf(const Workers& workers, const Copy& copy, const std::string& table) {
  return PrefixOf(workers, copy) + "." + copy.schema + "." + table;
}

Config CopySourceConfig(const Workers& workers, const Copy& copy, const Database& database, Form form) {
  const auto slot = "freehold_" + copy.feed;
  Config config = {
      {"connector.class", "io.debezium.connector.postgresql.PostgresConnector"},
      {"tasks.max", "1"},
      {"plugin.name", "pgoutput"},
      {"slot.name", slot},
      {"publication.name", slot},
      {"publication.autocreate.mode", "disabled"},
      {"snapshot.mode", "initial"},
      {"offset.mismatch.strategy", "trust_offset"},
      {"tombstones.on.delete", "true"},
      {"extended.headers.enabled", "false"},
      {"poll.interval.ms", "100"},
      {"heartbeat.interval.ms", "10000"},
      {"heartbeat.action.query", "SELECT pg_logical_emit_message(false, 'freehold', '')"},
      {"topic.prefix", PrefixOf(workers, copy)},
      {"topic.creation.default.replication.factor", "-1"},
      {"topic.creation.default.partitions", std::to_string(workers.partitions)},
      {"decimal.handling.mode", "string"},
      {"interval.handling.mode", "string"},
      {"include.unknown.datatypes", "true"},
      {"post.processors", "reselect"},
      {"reselect.type", "io.debezium.processors.reselect.ReselectColumnsPostProcessor"},
      {"reselect.reselect.null.values", "false"},
      {"reselect.reselect.unavailable.values", "true"},
  };
  AddDatabase(workers, database, config);
  AddTables(copy, config);
  AddForm(form, config);
  AddJson(config);
  return config;
}

Config CopyIntoPostgres(const Workers& workers, const Copy& copy, const Database& database) {
  const auto prefix = PrefixOf(workers, copy);
  std::vector<std::string> topics;
  for (const auto& [table, copied] : copy.what.tables) topics.push_back(TopicOf(workers, copy, table));
  topics.push_back(BeatsOf(prefix));
  Config config = {
      {"connector.class", "io.debezium.connector.jdbc.JdbcSinkConnector"},
      {"tasks.max", "1"},
      {"topics", base::Join(topics, ",")},
      {"connection.url", JdbcUrl(workers, database)},
      {"connection.username", database.role},
      {"connection.password", PasswordOf(workers, database)},
      {"connection.pool.min_size", "1"},
      {"connection.pool.max_size", "2"},
      {"insert.mode", "upsert"},
      {"delete.enabled", "true"},
      {"primary.key.mode", "record_key"},
      {"schema.evolution", "none"},
      {"quote.identifiers", "true"},
      {"collection.name.format", copy.schema + ".${topic}"},
      {"use.time.zone", "UTC"},
      {"consumer.override.isolation.level", "read_committed"},
      {"consumer.override.auto.offset.reset", "earliest"},
      {"consumer.override.metadata.max.age.ms", "10000"},
      {"errors.tolerance", "all"},
      {"errors.deadletterqueue.topic.name", prefix + ".refused"},
      {"errors.deadletterqueue.topic.replication.factor", "-1"},
      {"errors.deadletterqueue.context.headers.enable", "true"},
      {"transforms", "beat,table"},
      {"transforms.beat.type", kRouter},
      {"transforms.beat.regex", Escaped(BeatsOf(prefix))},
      {"transforms.beat.replacement", engines::BeatTableOf(copy.feed)},
      {"transforms.table.type", kRouter},
      {"transforms.table.regex", Escaped(prefix + "." + copy.schema + ".") + "(.*)"},
      {"transforms.table.replacement", "$1"},
  };
  AddJson(config);
  return config;
}

}  // namespace freehold::connect

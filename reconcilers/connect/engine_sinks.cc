#include "reconcilers/connect/engine_sinks.h"

#include <functional>

#include "operator/base/text.h"

namespace freehold::connect {
namespace {

using api::ReportedDeletes;
using Tables = std::vector<std::string>;

class Sinks {
 public:
  Sinks(const Workers& workers, const Copy& copy, const std::string& warehouse)
      : workers_(workers), copy_(copy), warehouse_(warehouse) {}

  std::vector<EngineSink> Into(const api::ClickHouseSpec& spec) {
    Appending("com.clickhouse.kafka.connect.ClickHouseSinkConnector", {{"hostname", spec.host},
                                                                       {"port", std::to_string(spec.port)},
                                                                       {"ssl", spec.ssl ? "true" : "false"},
                                                                       {"database", spec.database},
                                                                       {"username", spec.username},
                                                                       {"password", Secret()},
                                                                       {"topic2TableMap", Map("=")}});
    return std::move(sinks_);
  }

  std::vector<EngineSink> Into(const api::SnowflakeSpec& spec) {
    Config config = {{"snowflake.url.name", spec.account_url},
                     {"snowflake.database.name", spec.database},
                     {"snowflake.schema.name", spec.schema},
                     {"snowflake.user.name", spec.username},
                     {"snowflake.private.key", Secret()},
                     {"snowflake.topic2table.map", Map(":")},
                     {"snowflake.ingestion.method", "SNOWPIPE_STREAMING"},
                     {"snowflake.enable.schematization", "true"}};
    if (spec.role) config["snowflake.role.name"] = *spec.role;
    Appending("com.snowflake.kafka.connector.SnowflakeSinkConnector", std::move(config));
    return std::move(sinks_);
  }

  std::vector<EngineSink> Into(const api::BigQuerySpec& spec) {
    for (const bool deletes : {true, false}) {
      const auto tables =
          TablesWhere([&](ReportedDeletes policy) { return (policy == ReportedDeletes::kDelete) == deletes; });
      if (tables.empty()) continue;
      Config config = {{"project", spec.project},
                       {"defaultDataset", spec.dataset},
                       {"keySource", "FILE"},
                       {"keyfile", workers_.secrets_path + "/" + EngineSecretKey(warehouse_)},
                       {"topic2TableMap", Map(":", tables)},
                       {"autoCreateTables", "true"},
                       {"allowNewBigQueryFields", "true"},
                       {"allowBigQueryRequiredFieldRelaxation", "true"},
                       {"kafkaKeyFieldName", "__key"},
                       {"upsertEnabled", "true"},
                       {"deleteEnabled", deletes ? "true" : "false"}};
      Add(sinks_.empty() ? "" : kKeeping, "com.wepay.kafka.connect.bigquery.BigQuerySinkConnector", tables,
          std::move(config), deletes);
    }
    return std::move(sinks_);
  }

  std::vector<EngineSink> Into(const api::RedshiftSpec& spec) {
    Config config = {{"aws.redshift.domain", spec.host},
                     {"aws.redshift.port", std::to_string(spec.port)},
                     {"aws.redshift.database", spec.database},
                     {"aws.redshift.user", spec.username},
                     {"aws.redshift.password", Secret()},
                     {"insert.mode", "insert"},
                     {"pk.mode", "none"},
                     {"auto.create", "true"},
                     {"auto.evolve", "true"},
                     {"table.name.format", copy_.schema + "_${topic}"}};
    const auto prefix = TopicOf(workers_, copy_, "");
    config["transforms"] = "table";
    config["transforms.table.type"] = "org.apache.kafka.connect.transforms.RegexRouter";
    config["transforms.table.regex"] = "\\Q" + prefix + "\\E(.*)";
    config["transforms.table.replacement"] = "$1";
    Appending("io.confluent.connect.aws.redshift.RedshiftSinkConnector", std::move(config));
    return std::move(sinks_);
  }

 private:
  std::string Secret() const { return "${dir:" + workers_.secrets_path + ":" + EngineSecretKey(warehouse_) + "}"; }

  Tables TablesWhere(const std::function<bool(ReportedDeletes)>& holds) const {
    Tables tables;
    for (const auto& [name, table] : copy_.what.tables) {
      if (holds(table.deletes)) tables.push_back(name);
    }
    return tables;
  }
  Tables All() const {
    return TablesWhere([](ReportedDeletes) { return true; });
  }

  std::string Map(const std::string& to) const { return Map(to, All()); }
  std::string Map(const std::string& to, const Tables& tables) const {
    std::vector<std::string> pairs;
    for (const auto& table : tables) pairs.push_back(TopicOf(workers_, copy_, table) + to + copy_.schema + "_" + table);
    return base::Join(pairs, ",");
  }

  void Appending(const std::string& type, Config config) { Add("", type, All(), std::move(config), false); }

  void Add(const std::string& suffix, const std::string& type, const Tables& tables, Config config, bool tombstones) {
    std::vector<std::string> topics;
    for (const auto& table : tables) topics.push_back(TopicOf(workers_, copy_, table));
    config["connector.class"] = type;
    config["tasks.max"] = "1";
    config["topics"] = base::Join(topics, ",");
    config["consumer.override.isolation.level"] = "read_committed";
    config["consumer.override.auto.offset.reset"] = "earliest";
    config["consumer.override.metadata.max.age.ms"] = "10000";
    for (const std::string converter : {"key.converter", "value.converter"}) {
      config[converter] = "org.apache.kafka.connect.json.JsonConverter";
      config[converter + ".schemas.enable"] = "true";
    }
    if (!tombstones) DropTombstones(config);
    sinks_.push_back({SinkOf(CopyOf(copy_.feed, copy_.what.slot)) + suffix, std::move(config)});
  }

  static void DropTombstones(Config& config) {
    auto& transforms = config["transforms"];
    transforms = transforms.empty() ? "rows" : "rows," + transforms;
    config["transforms.rows.type"] = "org.apache.kafka.connect.transforms.Filter";
    config["transforms.rows.predicate"] = "tombstone";
    config["predicates"] = "tombstone";
    config["predicates.tombstone.type"] = "org.apache.kafka.connect.transforms.predicates.RecordIsTombstone";
  }

  const Workers& workers_;
  const Copy& copy_;
  const std::string& warehouse_;
  std::vector<EngineSink> sinks_;
};

}  // namespace

std::string EngineSecretKey(const std::string& warehouse) { return "warehouse." + warehouse; }

std::vector<EngineSink> CopyIntoEngine(const Workers& workers, const Copy& copy, const std::string& warehouse,
                                       const api::ReportingWarehouseSpec& spec) {
  Sinks sinks(workers, copy, warehouse);
  if (spec.click_house) return sinks.Into(*spec.click_house);
  if (spec.snowflake) return sinks.Into(*spec.snowflake);
  if (spec.big_query) return sinks.Into(*spec.big_query);
  return sinks.Into(*spec.redshift);
}

}  // namespace freehold::connect

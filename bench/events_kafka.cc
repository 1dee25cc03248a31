#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "await.h"
#include "controller_process.h"
#include "event_pair.h"
#include "events_bench.h"
#include "named_bus.h"
#include "operator/base/base64.h"
#include "reconcilers/connect/connector.h"
#include "reconcilers/connect/reconciler.h"
#include "reconcilers/connect/rest_client.h"
#include "reconcilers/credentials/binding.h"

namespace freehold::bench {
namespace {

using test::OperatorWorld;

/// What dev/kafka-up made.
class Workers {
 public:
  const std::filesystem::path dir = std::getenv("FREEHOLD_TEST_CONNECT");

  std::string url() const {
    std::ifstream in(dir / "connect");
    std::string line;
    std::getline(in, line);
    return line;
  }
  std::filesystem::path secrets() const { return dir / "secrets"; }
  void Keep(const std::string& key, const std::string& value) const {
    const auto file = secrets() / key;
    std::ofstream(file.string() + ".new") << value;
    std::filesystem::rename(file.string() + ".new", file);
  }
  /// What mounting the operator's Secret does in a cluster.
  void Mount() const {
    const kube::Name name{test::Cluster::kNamespace, connect::kPasswordsSecret};
    const auto secret = test::Cluster::Instance().admin().Get(credentials::SecretType(), name);
    if (!secret || !secret->contains("data")) return;
    for (const auto& [key, value] : secret->at("data").items()) {
      Keep(key, base::DecodeBase64(value.get<std::string>()).value());
    }
  }
};

/// Freehold's own configuration of both connectors, on tables that a service would have without it: the source's is
/// written to directly, and the sink's is where events end.
class ByHand {
 public:
  ByHand(OperatorWorld& world, const Workers& workers) : world_(world), workers_(workers) {
    for (const auto& database : {From(), To()}) {
      world_.Sql("CREATE DATABASE " + database);
      world_.Sql("CREATE SCHEMA freehold", database);
    }
    world_.Sql(
        "CREATE TABLE freehold.link (position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, route text "
        "DEFAULT 'events', id uuid DEFAULT gen_random_uuid(), aggregatetype varchar(255), aggregateid "
        "varchar(255), type varchar(255), payload jsonb, headers jsonb, created_at timestamptz DEFAULT now())",
        From());
    world_.Sql(
        "CREATE TABLE freehold.events (id uuid PRIMARY KEY, aggregatetype varchar(255), aggregateid "
        "varchar(255), type varchar(255), payload jsonb, headers jsonb, created_at timestamptz, received_at "
        "timestamptz DEFAULT clock_timestamp())",
        To());
    world_.Sql("CREATE PUBLICATION freehold_link FOR TABLE freehold.link WITH (publish = 'insert')", From());
    world_.Sql("SELECT pg_create_logical_replication_slot('freehold_link', 'pgoutput')", From());
    const connect::Workers shared{.prefix = world_.ns + "-hand", .secrets_path = workers_.secrets().string()};
    Put(connect::NameOn(shared, "link"), connect::SourceConfig(shared, "link", At(From())));
    Put(connect::NameOn(shared, "events"), connect::SinkConfig(shared, "events", At(To())));
  }
  ~ByHand() {
    for (const auto& name : connectors_) (void)client_.Delete(name);
  }
  ByHand(const ByHand&) = delete;

  Line Ends() const {
    const auto& pg = world_.postgres;
    return {"the limit: the same connectors by hand", pg.With(From(), pg.user, pg.password),
            pg.With(To(), pg.user, pg.password), "freehold.link", "freehold.events"};
  }

 private:
  std::string From() const { return world_.ns + "_limit_from"; }
  std::string To() const { return world_.ns + "_limit_to"; }

  connect::Database At(const std::string& name) const {
    const auto& pg = world_.postgres;
    const connect::Database database{.server = world_.ns + "-hand",
                                     .host = pg.host,
                                     .port = pg.port,
                                     .name = name,
                                     .tls = api::TlsMode::kRequire,
                                     .role = pg.user};
    workers_.Keep(connect::PasswordKey(database), pg.password);
    return database;
  }
  void Put(const std::string& name, const connect::Config& config) {
    connectors_.push_back(name);
    std::string failure;
    const bool put = test::Await(std::chrono::seconds(60), [&] {
      const auto done = client_.Put(name, config);
      if (!done) failure = done.error().message;
      return done.has_value();
    });
    if (!put) throw std::runtime_error(name + ": " + failure);
  }

  OperatorWorld& world_;
  const Workers& workers_;
  connect::RestClient client_{
      *connect::TransportTo({.url = workers_.url(), .authorities = {}, .username = {}, .password = {}})};
  std::vector<std::string> connectors_;
};

}  // namespace

void MeasureKafka(int events) {
  const Workers workers;
  Pair pair(OperatorWorld::Admin::kSuperuser, "bench");
  test::NamedBus bus("bench");
  bus.Put(R"({"type": "KafkaConnect", "kafkaConnect": {"url": ")" + workers.url() + R"(", "topicPrefix": ")" +
          pair.world.ns + R"(", "partitions": 1, "secretsPath": ")" + workers.secrets().string() + "\"}}");
  const ControllerProcess controller;
  const ByHand by_hand(pair.world, workers);
  const auto ours = pair.Await([&] { workers.Mount(); });
  PrintPaces("outbox to inbox over Kafka and Debezium", {by_hand.Ends(), ours}, events);
}

}  // namespace freehold::bench

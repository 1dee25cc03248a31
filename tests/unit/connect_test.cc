// What Connect is told, what it answers, and what is done about it; the transport is played by hand. The real one is in
// tests/pipeline.
#include <gmock/gmock.h>

#include "reconcilers/connect/changes.h"
#include "reconcilers/connect/connector.h"
#include "reconcilers/connect/passwords.h"
#include "reconcilers/connect/rest_client.h"
#include "tests/unit/resources_of.h"

namespace freehold::connect {
namespace {

using base::Json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const Workers kWorkers{.prefix = "shop", .secrets_path = "/opt/freehold", .partitions = 6};
const Database kOrders{.server = "main",
                       .host = "pg.example",
                       .port = 5433,
                       .name = "orders_db",
                       .tls = api::TlsMode::kVerifyFull,
                       .own_authority = true,
                       .role = "orders_db_cdc"};

/// Says what it is told to, and remembers what it was asked.
class Scripted final : public http::Transport {
 public:
  base::Result<http::Response> Send(const http::Request& request) override {
    asked.push_back(request.method + " " + request.target + (request.body.empty() ? "" : " " + request.body));
    return reply;
  }
  base::Result<http::Response> Stream(const http::Request&, const http::StreamLimits&, const http::LineSink&) override {
    return base::Terminal("NotSupported", "there is nothing to stream");
  }
  base::Result<http::Response> reply = http::Response{.status = 200, .headers = {}, .body = "{}"};
  std::vector<std::string> asked;
};

/// The transport stays the test's.
RestClient Over(Scripted& transport) { return RestClient({std::shared_ptr<void>(), &transport}); }

TEST(ConnectClient, AsksAsTheInterfaceWantsIt) {
  Scripted transport;
  auto client = Over(transport);
  EXPECT_TRUE(client.Put("shop.a", {{"tasks.max", "1"}}));
  EXPECT_TRUE(client.Stop("shop.a"));
  EXPECT_TRUE(client.DeleteOffsets("shop.a"));
  EXPECT_TRUE(client.Resume("shop.a"));
  EXPECT_TRUE(client.RestartFailed("shop.a"));
  EXPECT_TRUE(client.Delete("shop.a"));
  EXPECT_THAT(
      transport.asked,
      ElementsAre("PUT /connectors/shop.a/config {\"tasks.max\":\"1\"}", "PUT /connectors/shop.a/stop",
                  "DELETE /connectors/shop.a/offsets", "PUT /connectors/shop.a/resume",
                  "POST /connectors/shop.a/restart?includeTasks=true&onlyFailed=true", "DELETE /connectors/shop.a"));
}

TEST(ConnectClient, TellsFailuresByWhatCanBeDoneAboutThem) {
  struct Case {
    int status;
    base::FailureClass kind;
    const char* reason;
  };
  for (const auto& [status, kind, reason] : std::vector<Case>{
           {400, base::FailureClass::kTerminal, "ConnectorRefused"},
           {401, base::FailureClass::kTerminal, "ConnectDenied"},
           {403, base::FailureClass::kTerminal, "ConnectDenied"},
           {404, base::FailureClass::kTerminal, "ConnectorMissing"},
           {409, base::FailureClass::kRetryable, "ConnectBusy"},
           {500, base::FailureClass::kRetryable, "ConnectUnavailable"},
       }) {
    Scripted transport;
    transport.reply = http::Response{.status = status, .headers = {}, .body = R"({"message": "why not"})"};
    const auto done = Over(transport).Put("shop.a", {});
    ASSERT_FALSE(done) << status;
    EXPECT_EQ(done.error().kind, kind) << status;
    EXPECT_EQ(done.error().reason, reason);
    EXPECT_THAT(done.error().message, HasSubstr("why not"));
  }
}

TEST(ConnectClient, TakesAConnectorThatIsGoneForDeleted) {
  Scripted transport;
  transport.reply = http::Response{.status = 404, .headers = {}, .body = ""};
  EXPECT_TRUE(Over(transport).Delete("shop.a"));
}

TEST(ConnectClient, ReadsConfigurationsAndStates) {
  Scripted transport;
  transport.reply->body = R"({"shop.a": {"info": {"config": {"name": "shop.a", "tasks.max": "1"}},
    "status": {"connector": {"state": "RUNNING"}, "tasks": [{"id": 0, "state": "FAILED", "trace": "because"}]}},
    "odd": {"status": null}})";
  const auto seen = Over(transport).List();
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->at("shop.a"), (ConnectorSeen{{{"tasks.max", "1"}}, "RUNNING", "", {{"FAILED", "because"}}}));
  EXPECT_EQ(seen->at("odd"), ConnectorSeen{});
  transport.reply->body = "<html>";
  EXPECT_EQ(Over(transport).List().error().reason, "ConnectUnavailable");
}

TEST(Connectors, OfAPublisherRouteItsEventsByChannel) {
  const auto config = SourceConfig(kWorkers, "orders_db_to_kafka_1f2e3d4c", kOrders);
  EXPECT_EQ(Json(config), JsonOf(R"(
column.exclude.list: freehold.orders_db_to_kafka_1f2e3d4c.(attempts|last_error|parked_at)
connector.class: io.debezium.connector.postgresql.PostgresConnector
database.dbname: orders_db
database.hostname: pg.example
database.password: "${dir:/opt/freehold:main.orders_db_cdc}"
database.port: "5433"
database.sslmode: verify-full
database.sslrootcert: /opt/freehold/main.ca.crt
database.user: orders_db_cdc
extended.headers.enabled: "false"
header.converter: org.apache.kafka.connect.storage.StringConverter
heartbeat.action.query: SELECT pg_logical_emit_message(false, 'freehold', '')
heartbeat.interval.ms: "10000"
key.converter: org.apache.kafka.connect.storage.StringConverter
offset.mismatch.strategy: trust_offset
plugin.name: pgoutput
poll.interval.ms: "50"
publication.autocreate.mode: disabled
publication.name: freehold_orders_db_to_kafka_1f2e3d4c
skipped.operations: "u,d,t"
slot.name: freehold_orders_db_to_kafka_1f2e3d4c
snapshot.mode: no_data
table.include.list: freehold.orders_db_to_kafka_1f2e3d4c
tasks.max: "1"
tombstones.on.delete: "false"
topic.creation.default.partitions: "6"
topic.creation.default.replication.factor: "-1"
topic.prefix: shop.orders_db_to_kafka_1f2e3d4c
transforms: outbox
transforms.outbox.route.by.field: route
transforms.outbox.route.topic.replacement: "shop.${routedByValue}"
transforms.outbox.table.expand.json.payload: "false"
transforms.outbox.table.fields.additional.placement: "aggregatetype:header,aggregateid:header,type:header,headers:header,created_at:header"
transforms.outbox.type: io.debezium.transforms.outbox.EventRouter
value.converter: org.apache.kafka.connect.storage.StringConverter
)"));
}

TEST(Connectors, OfAConsumerReadWhatWasCommittedAndAddItToTheChannelsEnd) {
  auto payments = kOrders;
  payments.name = "payments_db";
  payments.role = "payments_db_cdc";
  const auto config = SinkConfig(kWorkers, "orders_db_to_payments_db_0a1b2c3d", payments);
  EXPECT_EQ(config.at("topics"), "shop.orders_db_to_payments_db_0a1b2c3d");
  EXPECT_EQ(config.at("collection.name.format"), "freehold.orders_db_to_payments_db_0a1b2c3d");
  EXPECT_EQ(config.at("connection.url"),
            "jdbc:postgresql://pg.example:5433/payments_db?stringtype=unspecified&sslmode=verify-full&sslrootcert="
            "/opt/freehold/main.ca.crt");
  EXPECT_EQ(config.at("connection.password"), "${dir:/opt/freehold:main.payments_db_cdc}");
  EXPECT_EQ(config.at("consumer.override.isolation.level"), "read_committed");
  EXPECT_EQ(config.at("insert.mode"), "insert");
}

TEST(Connectors, TrustTheAuthoritiesOfJavaWhereTheServerNamesNone) {
  auto database = kOrders;
  database.own_authority = false;
  EXPECT_EQ(SourceConfig(kWorkers, "l", database).at("database.sslfactory"),
            "org.postgresql.ssl.DefaultJavaSSLFactory");
  EXPECT_THAT(SinkConfig(kWorkers, "c", database).at("connection.url"), HasSubstr("sslfactory=org.postgresql.ssl."));
  database.tls = api::TlsMode::kDisable;
  EXPECT_THAT(SinkConfig(kWorkers, "c", database).at("connection.url"), Not(HasSubstr("sslfactory")));
}

TEST(ConnectorChanges, AreThoseOfTheConfigurationAndNameNoPassword) {
  const auto wanted = [](const std::string& part) {
    return ConnectorWanted{.part = part, .config = {{"tasks.max", "1"}, {"database.password", "${dir:/p:k}"}}};
  };
  const Wanted all{.connectors = {wanted("new"), wanted("same"), wanted("other")}, .unknown = {"unseen"}};
  std::map<std::string, ConnectorSeen> seen;
  for (const char* part : {"same", "unseen", "neighbours", "gone"}) seen[NameOn(kWorkers, part)] = {};
  seen["shop.same"].config = all.connectors[1].config;
  seen["shop.other"].config = {{"tasks.max", "2"}, {"database.password", "typed-by-hand"}, {"secret.key", "x"}};
  seen["elsewhere.gone"] = {};

  const auto changes = ChangesOf(kWorkers, all, {"neighbours"}, seen);
  std::vector<std::string> told;
  for (const auto& change : changes) told.push_back(Describe(change));
  EXPECT_THAT(told,
              ElementsAre("delete-connector shop.gone",
                          "make-connector shop.new\n    database.password=${dir:/p:k}\n    tasks.max=1",
                          "change-connector shop.other\n    database.password=${dir:/p:k}\n    without secret.key\n"
                          "    tasks.max=1"));
  EXPECT_THAT(Describe({.name = "shop.a", .config = {{"password", "typed"}}, .entries = {"password"}}),
              HasSubstr("password=***"));
}

TEST(WorkersSecret, HoldsThePasswordsThatTheirConfigurationsNameAndNoneStandsThere) {
  credentials::CdcPasswords passwords;
  const ConnectorWanted wanted{.part = "l",
                               .source = true,
                               .store = {},
                               .access = {.ca_pem = "PEM"},
                               .database = kOrders,
                               .config = SourceConfig(kWorkers, "l", kOrders)};
  EXPECT_TRUE(EntriesFor({wanted}, passwords).empty()) << "there is no key yet";
  passwords.SetKey(base::Sensitive("a key"));
  const auto entries = EntriesFor({wanted}, passwords);
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries.at("main.ca.crt").Reveal(), "PEM");
  const auto& password = entries.at("main.orders_db_cdc").Reveal();
  EXPECT_EQ(password, passwords.Of("main", "orders_db_cdc")->Reveal());
  for (const auto& [key, value] : wanted.config) EXPECT_THAT(value, Not(HasSubstr(password))) << key;

  auto secret = SecretOf("freehold-system", "kafka", entries);
  EXPECT_TRUE(Holds(secret, "kafka", entries));
  EXPECT_FALSE(Holds(secret, "another", entries));
  EXPECT_FALSE(Holds(secret, "kafka", {})) << "what is not wanted any more is still there";
  secret["data"]["main.ca.crt"] = "c29tZXRoaW5nIGVsc2U=";
  EXPECT_FALSE(Holds(secret, "kafka", entries)) << "somebody changed it";
}

}  // namespace
}  // namespace freehold::connect

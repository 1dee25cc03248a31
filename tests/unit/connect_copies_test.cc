// What Connect is told to fill warehouses. Each configuration as a whole is a file in tests/unit/golden.
#include <gmock/gmock.h>

#include <fstream>

#include "operator/base/json.h"
#include "reconcilers/connect/engine_sinks.h"
#include "reconcilers/connect/rest_client.h"

namespace freehold::connect {
namespace {

using base::Json;
using testing::HasSubstr;
using testing::Not;

const Workers kWorkers{.prefix = "shop", .secrets_path = "/opt/freehold", .partitions = 3};
const Database kStore{.server = "main",
                      .host = "pg.example",
                      .port = 5433,
                      .name = "orders_db",
                      .tls = api::TlsMode::kVerifyFull,
                      .own_authority = true,
                      .role = "orders_db_cdc"};
const Copy kCopy{
    .feed = "_orders_db_1f2e3d4c",
    .schema = "orders",
    .what = {.slot = "5f3a9c21-1111-2222-3333-444444444444",
             .spent = false,
             .tables = {{"order_lines", {.key = {"order_id", "n"}, .deletes = api::ReportedDeletes::kKeep}},
                        {"orders", {.key = {"id"}, .left_out = {"card_last4", "twice"}}}}}};

/// Is it what the file says? FREEHOLD_WRITE_GOLDEN writes the file instead.
void ExpectGolden(const std::string& name, const Config& config) {
  const auto path = "tests/unit/golden/" + name + ".json";
  if (std::getenv("FREEHOLD_WRITE_GOLDEN")) std::ofstream(path) << Json(config).dump(2) << "\n";
  std::ifstream in(path);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto golden = base::ParseJson(text);
  ASSERT_TRUE(golden) << path;
  EXPECT_EQ(Json(config), *golden) << name << ":\n" << Json(config).dump(2);
}

TEST(CopyingSource, BeginsWithWhatIsThereAndSendsRowsByKey) {
  ExpectGolden("copy_source", CopySourceConfig(kWorkers, kCopy, kStore, Form::kTombstones));
}

TEST(CopyingSource, MarksDeletedRowsForThoseWhoOnlyAdd) {
  ExpectGolden("copy_source_marked", CopySourceConfig(kWorkers, kCopy, kStore, Form::kMarked));
}

TEST(CopyingSink, WritesTablesOfAWarehouseOnPostgreSQL) {
  auto warehouse = kStore;
  warehouse.server = "analytics";
  warehouse.name = "warehouse";
  warehouse.role = "orders_db_1f2e3d4c_0a1b2c3d_sink";
  ExpectGolden("copy_into_postgres", CopyIntoPostgres(kWorkers, kCopy, warehouse));
}

TEST(CopyingSink, OfAnotherSlotHasOtherTopics) {
  auto other = kCopy;
  other.what.slot = "77777777-1111-2222-3333-444444444444";
  EXPECT_NE(TopicOf(kWorkers, kCopy, "orders"), TopicOf(kWorkers, other, "orders"));
  EXPECT_EQ(CopyOf(kCopy.feed, kCopy.what.slot), "reports.orders_db_1f2e3d4c.5f3a9c21");
}

struct EngineCase {
  std::string name;
  api::ReportingWarehouseSpec spec;
};

std::vector<EngineCase> Engines() {
  using api::WarehouseEngine;
  const api::WarehouseSecret secret{.name = "lake", .key = "password"};
  std::vector<EngineCase> cases(4);
  cases[0].name = "clickhouse";
  cases[0].spec.engine = WarehouseEngine::kClickHouse;
  cases[0].spec.click_house = {.host = "ch.example", .database = "shop", .username = "freehold", .secret = secret};
  cases[1].name = "snowflake";
  cases[1].spec.engine = WarehouseEngine::kSnowflake;
  cases[1].spec.snowflake = {.account_url = "https://org-shop.snowflakecomputing.com",
                             .database = "SHOP",
                             .username = "FREEHOLD",
                             .role = "LOADER",
                             .secret = secret};
  cases[2].name = "bigquery";
  cases[2].spec.engine = WarehouseEngine::kBigQuery;
  cases[2].spec.big_query = {.project = "shop-1", .dataset = "shop", .secret = secret};
  cases[3].name = "redshift";
  cases[3].spec.engine = WarehouseEngine::kRedshift;
  cases[3].spec.redshift = {
      .host = "shop.1.eu-west-1.redshift.amazonaws.com", .database = "shop", .username = "freehold", .secret = secret};
  return cases;
}

TEST(CopyingSink, OfEveryEngineIsAsItsConnectorWantsItAndNamesNoSecret) {
  for (const auto& [name, spec] : Engines()) {
    const auto sinks = CopyIntoEngine(kWorkers, kCopy, "lake", spec);
    ASSERT_FALSE(sinks.empty()) << name;
    for (std::size_t i = 0; i < sinks.size(); ++i) {
      ExpectGolden("copy_into_" + name + (i ? "_" + std::to_string(i) : ""), sinks[i].config);
      EXPECT_THAT(Json(sinks[i].config).dump(), HasSubstr("/opt/freehold")) << "a secret is a file of the workers'";
    }
  }
}

TEST(CopyingSink, OfBigQueryDeletesJustWhereThePolicySaysSo) {
  const auto sinks = CopyIntoEngine(kWorkers, kCopy, "lake", Engines()[2].spec);
  ASSERT_EQ(sinks.size(), 2u);
  EXPECT_EQ(sinks[0].part, "reports.orders_db_1f2e3d4c.5f3a9c21.sink");
  EXPECT_EQ(sinks[0].config.at("deleteEnabled"), "true");
  EXPECT_THAT(sinks[0].config.at("topics"), Not(HasSubstr("order_lines")));
  EXPECT_EQ(sinks[1].part, "reports.orders_db_1f2e3d4c.5f3a9c21.sink-keep");
  EXPECT_EQ(sinks[1].config.at("deleteEnabled"), "false");
}

/// Answers what it is told to.
class Scripted final : public http::Transport {
 public:
  base::Result<http::Response> Send(const http::Request& request) override {
    asked = request.method + " " + request.target;
    return reply;
  }
  base::Result<http::Response> Stream(const http::Request&, const http::StreamLimits&, const http::LineSink&) override {
    return base::Terminal("NotSupported", "there is nothing to stream");
  }
  http::Response reply{.status = 200, .headers = {}, .body = "{}"};
  std::string asked;
};

TEST(ConnectsJudgement, IsToldByFieldAndOfAMissingPluginByName) {
  const auto transport = std::make_shared<Scripted>();
  RestClient client(transport);
  const Config config{{"connector.class", "a.B"}};
  transport->reply.body = R"({"error_count": 0, "configs": [{"value": {"name": "host", "errors": []}}]})";
  EXPECT_TRUE(client.Validate(config));
  EXPECT_EQ(transport->asked, "PUT /connector-plugins/a.B/config/validate");
  transport->reply.body = R"({"error_count": 1, "configs": [{"value": {"name": "host", "errors": ["is missing"]}}]})";
  EXPECT_EQ(client.Validate(config).error().reason, "ConnectorRefused");
  EXPECT_THAT(client.Validate(config).error().message, HasSubstr("host: is missing"));
  transport->reply = {.status = 500,
                      .headers = {},
                      .body = R"({"error_code": 500, "message": "BadRequestException: Failed to find any class that )"
                              R"(implements Connector and which name matches a.B, available connectors are: …"})"};
  EXPECT_EQ(client.Validate(config).error().reason, "PluginMissing");
  EXPECT_EQ(client.Validate(config).error().kind, base::FailureClass::kTerminal);
  EXPECT_THAT(client.Validate(config).error().message, HasSubstr("a.B"));
}

}  // namespace
}  // namespace freehold::connect

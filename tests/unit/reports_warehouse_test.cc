// What tools that read a warehouse are told.
#include <gmock/gmock.h>

#include "reconcilers/reports/loader_sources.h"
#include "reconcilers/reports/warehouse_sources.h"
#include "tests/unit/resources_of.h"

namespace freehold::reports {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

documents::Resources Shop() {
  return ResourcesOf(
      R"({apiVersion: freehold.dev/v1alpha1, kind: ServiceDatabase, metadata: {name: orders, namespace: shop},
 spec: {owns: [{aggregate: Order, tables: [orders]}],
  reporting: {warehouse: main, tables: [{name: orders, exclude: [card_last4], deletes: Mark}]}}}
---
{apiVersion: freehold.dev/v1alpha1, kind: ServiceDatabase, metadata: {name: cart, namespace: shop}, spec: {}}
---
{apiVersion: freehold.dev/v1alpha1, kind: DatabaseServer, metadata: {name: analytics},
 spec: {host: pg.example.internal, adminSecret: {name: a}}}
---
{apiVersion: freehold.dev/v1alpha1, kind: ReportingWarehouse, metadata: {name: main},
 spec: {server: analytics, readers: [{name: looker}]}}
)");
}

TEST(WarehouseSources, TellDbtOfOwnersAndOfWhatWasLeftOut) {
  const auto resources = Shop();
  EXPECT_THAT(
      DbtSources(*resources.warehouses[0].object, documents::Objects(resources.databases),
                 documents::Objects(resources.servers)),
      AllOf(HasSubstr("version: 2\nsources:\n"), HasSubstr("name: orders\n"), HasSubstr("database: warehouse\n"),
            HasSubstr("owner: shop/orders\n"), HasSubstr("description: Order of service shop/orders\n"),
            HasSubstr("- card_last4\n"), HasSubstr("subname = 'freehold__orders_db_"), Not(HasSubstr("cart"))));
}

TEST(WarehouseSources, TellDbtOfHeartbeatsWhereKafkaConnectBringsRowsAndOfTablesOfOtherEngines) {
  const auto resources = Shop();
  auto warehouse = *resources.warehouses[0].object;
  const auto databases = documents::Objects(resources.databases);
  const auto servers = documents::Objects(resources.servers);
  EXPECT_THAT(DbtSources(warehouse, databases, servers, true), HasSubstr("orders\\\".\\\"freehold__orders_db_"));
  warehouse.spec = {.engine = api::WarehouseEngine::kBigQuery,
                    .big_query = api::BigQuerySpec{.project = "shop-1", .dataset = "shop", .secret = {}}};
  EXPECT_THAT(DbtSources(warehouse, databases, servers, true),
              AllOf(HasSubstr("database: shop-1\n"), HasSubstr("schema: shop\n"),
                    HasSubstr("identifier: orders_orders\n"), Not(HasSubstr("loaded_at_query"))));
}

TEST(WarehouseSources, TellToolsWhereToConnectAndNoPassword) {
  const auto resources = Shop();
  const auto& warehouse = *resources.warehouses[0].object;
  const auto& server = *resources.servers[0].object;
  const auto metabase = MetabaseConnection(warehouse, warehouse.spec.readers[0], &server);
  EXPECT_EQ(metabase["details"]["host"], "pg.example.internal");
  EXPECT_EQ(metabase["details"]["password"], "<key password of Secret main-looker.freehold>");
  const auto looker = LookerConnection(warehouse, warehouse.spec.readers[0], &server);
  EXPECT_EQ(looker["dialect_name"], "postgres");
  EXPECT_EQ(looker["verify_ssl"], true);
}

TEST(LoaderSources, TellAToolHowItReadsEachStoreAndNoPassword) {
  auto resources = Shop();
  auto warehouse = *resources.warehouses[0].object;
  warehouse.spec = {};
  warehouse.spec.loader.emplace();
  auto databases = documents::Objects(resources.databases);
  auto server = std::make_shared<api::DatabaseServer>(*resources.servers[0].object);
  server->spec.is_default = true;
  server->spec.tls.ca_secret = {.name = "ca", .key = "ca.crt"};
  const std::vector<std::shared_ptr<const api::DatabaseServer>> servers{server};

  const auto sources = AirbyteSources(warehouse, databases, servers);
  ASSERT_EQ(sources.size(), 1u);
  const auto& source = sources[0].at("configuration");
  const auto slot = source.at("replication_method").at("replication_slot").get<std::string>();
  EXPECT_THAT(slot, testing::StartsWith("freehold__orders_db_"));
  EXPECT_EQ(source, base::Json::parse(R"({"sourceType": "postgres", "host": "pg.example.internal", "port": 5432,
    "database": "orders_db", "schemas": ["orders"],
    "username": "<key username of Secret main.shop.orders.freehold>",
    "password": "<key password of Secret main.shop.orders.freehold>",
    "ssl_mode": {"mode": "verify-full", "ca_certificate": "<key certificates of Secret main.shop.orders.freehold>"},
    "replication_method": {"method": "CDC", "plugin": "pgoutput", "replication_slot": ")" +
                                      slot + R"(", "publication": ")" + slot + R"("},
    "tunnel_method": {"tunnel_method": "NO_TUNNEL"}})"));
  const auto connections = FivetranConnections(warehouse, databases, servers);
  EXPECT_EQ(connections[0].at("config"),
            base::Json::parse(R"({"schema_prefix": "shop", "host": "pg.example.internal", "port": 5432,
    "database": "orders_db", "user": "<key username of Secret main.shop.orders.freehold>",
    "password": "<key password of Secret main.shop.orders.freehold>", "always_encrypted": true,
    "connection_type": "Directly", "update_method": "WAL_PGOUTPUT", "publication_name": ")" +
                              slot + R"(", "replication_slot": ")" + slot + R"("})"));
}

}  // namespace
}  // namespace freehold::reports

// What tools that read a warehouse are told.
#include <gmock/gmock.h>

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

}  // namespace
}  // namespace freehold::reports

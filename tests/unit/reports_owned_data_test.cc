#include <gmock/gmock.h>

#include <iostream>

#include "reconcilers/reports/grid.h"
#include "reconcilers/reports/owned_data.h"
#include "tests/unit/resources_of.h"

namespace freehold::reports {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

OwnedData DataOf(const documents::Resources& resources) {
  return OwnedDataOf(documents::Objects(resources.databases), documents::Objects(resources.servers));
}

const char* const kShop = R"(| service | database | owned aggregates | consumes |
|---|---|---|---|
| Catalog | catalog_db | Product, Category | |
| Cart | cart_db | Cart, CartItem | ProductUpdated |
| Orders | orders_db | Order, OrderItem, OrderEvent (outbox) | ProductUpdated, ShipmentDispatched |
| Payments | payments_db | PaymentAttempt, Refund | OrderConfirmed |
| Inventory | inventory_db | StockItem, Reservation | OrderConfirmed, ShipmentDispatched |
| Fulfillment | fulfillment_db | Shipment, PackagingRule | OrderConfirmed, ReservationConfirmed |

| from | to | data | pattern |
|---|---|---|---|
| Catalog | Cart | ProductUpdated | read model |
| Catalog | Orders | ProductUpdated | read model |
| Orders | Payments | OrderConfirmed | events |
| Orders | Inventory | OrderConfirmed | events |
| Orders | Fulfillment | OrderConfirmed | events |
| Inventory | Fulfillment | ReservationConfirmed | events |
| Inventory | Cart | GET /stock/{sku} | API composition |
| Fulfillment | Orders | ShipmentDispatched | events |
| Fulfillment | Inventory | ShipmentDispatched | events |
)";

TEST(OwnedData, OfTheShopIsItsTable) {
  const auto shop = documents::Load({"examples/shop"}, std::cin);
  ASSERT_TRUE(shop) << shop.error().message;
  EXPECT_EQ(Markdown(DataOf(*shop)), kShop);
}

TEST(OwnedData, DoesNotDependOnTheOrderOfFiles) {
  auto shop = *documents::Load({"examples/shop"}, std::cin);
  std::ranges::reverse(shop.databases);
  EXPECT_EQ(Markdown(DataOf(shop)), kShop);
}

TEST(OwnedData, IsToldAsJson) {
  const auto json =
      ToJson(DataOf(ResourcesOf("{apiVersion: freehold.dev/v1alpha1, kind: ServiceDatabase, metadata: {name: a-b}, "
                                "spec: {owns: [{aggregate: A}], "
                                "calls: [{service: c, api: GET /x, why: small}]}}")));
  EXPECT_EQ(json,
            JsonOf("{stores: [{namespace: default, service: A B, database: a_b_db, owns: [A], consumes: []}], "
                   "flows: [{from: default/c, to: default/a-b, data: GET /x, pattern: API composition, why: small}]}"));
}

TEST(OwnedData, NamesTheSharedDatabaseOfASchema) {
  const std::string object =
      "{apiVersion: freehold.dev/v1alpha1, kind: ServiceDatabase, metadata: {name: a}, spec: {isolation: Schema}}\n";
  const std::string server =
      "---\n{apiVersion: freehold.dev/v1alpha1, kind: DatabaseServer, metadata: {name: s}, spec: {host: h, "
      "adminSecret: {name: a}, "
      "default: true}}\n";
  EXPECT_EQ(DataOf(ResourcesOf(object)).rows[0].database, "shared, schema a");
  EXPECT_EQ(DataOf(ResourcesOf(object + server)).rows[0].database, "apps, schema a");
}

TEST(OwnedData, ShowsNamespacesWhereThereAreSeveral) {
  const std::string head = "---\n{apiVersion: freehold.dev/v1alpha1, kind: ServiceDatabase, spec: {}, metadata: ";
  const auto data = DataOf(ResourcesOf(head + "{name: a, namespace: one}}\n" + head + "{name: a, namespace: two}}\n"));
  EXPECT_THAT(Markdown(data), StartsWith("| namespace | service |"));
  EXPECT_THAT(Markdown(data), HasSubstr("No data passes between services."));
  EXPECT_THAT(TextTable(data), StartsWith("NAMESPACE   SERVICE   DATABASE"));
}

TEST(Grid, AlignsColumnsAndEscapesBars) {
  const Grid grid{{"a", "bb"}, {{"xxx", ""}, {"y", "z|z"}}};
  EXPECT_EQ(Columns(grid), "A     BB\nxxx\ny     z|z\n");
  EXPECT_EQ(Markdown(grid), "| a | bb |\n|---|---|\n| xxx | |\n| y | z\\|z |\n");
}

}  // namespace
}  // namespace freehold::reports

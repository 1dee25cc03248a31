#include <gmock/gmock.h>

#include "reconcilers/reports/flow_drawing.h"
#include "reconcilers/reports/flow_map.h"
#include "tests/unit/resources_of.h"

namespace freehold::reports {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

documents::Resources Shop() {
  return ResourcesOf(
      R"({apiVersion: freehold.dev/v1alpha1, kind: ServiceDatabase, metadata: {name: catalog, namespace: shop},
 spec: {publishes: [{event: ProductUpdated}]}}
---
{apiVersion: freehold.dev/v1alpha1, kind: ServiceDatabase, metadata: {name: cart, namespace: shop},
 spec: {consumes: [{event: ProductUpdated, from: catalog}],
  calls: [{service: stock, api: "GET /stock/<sku> & \"more\"", why: fresh}]}}
)");
}

TEST(FlowMap, NamesServicesStoresAndFlows) {
  const auto resources = Shop();
  const auto objects = documents::Objects(resources.databases);
  EXPECT_THAT(FlowsAsDot(objects),
              AllOf(HasSubstr("\"shop/catalog\" [shape=box]"), HasSubstr("label=\"catalog_db\""),
                    HasSubstr("\"shop/catalog\" -> \"shop/cart\" [label=\"ProductUpdated\", style=solid]"),
                    HasSubstr("\"shop/stock\" [shape=box]"), HasSubstr("\\\"more\\\"")));
  EXPECT_THAT(FlowsAsMermaid(objects), AllOf(HasSubstr("flowchart LR"), HasSubstr("[(\"cart_db\")]"),
                                             HasSubstr("-->|\"ProductUpdated\"|"), HasSubstr("#quot;more#quot;")));
  const auto json = FlowsAsJson(objects);
  EXPECT_EQ(json["services"].size(), 3u);
  EXPECT_EQ(json["flows"].size(), 2u);
}

TEST(FlowDrawing, EscapesWhatItIsGiven) {
  const auto resources = Shop();
  const auto svg = FlowsAsSvg(documents::Objects(resources.databases));
  EXPECT_THAT(svg, AllOf(HasSubstr(">shop/catalog<"), HasSubstr("ProductUpdated"), HasSubstr("&lt;sku&gt; &amp;"),
                         Not(HasSubstr("<sku>"))));
}

TEST(FlowMap, ShowsWhatGoesIntoAWarehouse) {
  const auto resources = ResourcesOf(
      R"({apiVersion: freehold.dev/v1alpha1, kind: ServiceDatabase, metadata: {name: orders, namespace: shop},
 spec: {reporting: {warehouse: main, tables: [{name: orders}, {name: lines}]}}}
)");
  const auto objects = documents::Objects(resources.databases);
  EXPECT_THAT(FlowsAsDot(objects), AllOf(HasSubstr("\"ReportingWarehouse/main\" [shape=cylinder]"),
                                         HasSubstr("-> \"ReportingWarehouse/main\" [label=\"orders, lines\"")));
  EXPECT_THAT(FlowsAsMermaid(objects), HasSubstr("[(\"ReportingWarehouse/main\")]"));
  EXPECT_EQ(FlowsAsJson(objects)["flows"][0]["pattern"], "reporting");
  EXPECT_EQ(FlowsAsJson(objects)["services"].size(), 1u);
  EXPECT_THAT(FlowsAsSvg(objects), HasSubstr("ReportingWarehouse/main"));
}

}  // namespace
}  // namespace freehold::reports

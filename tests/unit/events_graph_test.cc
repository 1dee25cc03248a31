#include <gmock/gmock.h>

#include "reconcilers/events/flow_order.h"
#include "reconcilers/events/graph.h"
#include "tests/unit/resources_of.h"

namespace freehold::events {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::string Object(const std::string& name, const std::string& spec, const std::string& ns = "shop") {
  return "---\n{apiVersion: freehold.dev/v1alpha1, kind: ServiceDatabase, metadata: {name: " + name +
         ", namespace: " + ns + "}, spec: {" + spec + "}}\n";
}

std::vector<std::shared_ptr<const api::ServiceDatabase>> Set(const std::string& yaml) {
  const auto resources = ResourcesOf(yaml);
  for (const auto& resource : resources.databases) {
    for (const auto& fault : resource.faults) ADD_FAILURE() << fault.path << ": " << fault.message;
  }
  return documents::Objects(resources.databases);
}

const std::string kCatalog = Object("catalog", "publishes: [{event: ProductUpdated, to: [cart, other/search]}]");

TEST(GraphOf, TracesAnEventFromPublisherToConsumer) {
  const auto set = Set(kCatalog + Object("cart", "consumes: [{event: ProductUpdated, from: catalog}]"));
  const Graph graph = GraphOf(set);
  EXPECT_THAT(graph.faults, IsEmpty());
  EXPECT_THAT(graph.flows,
              ElementsAre(Flow{{"shop", "catalog"}, {"shop", "cart"}, "ProductUpdated", Pattern::kEvents, ""}));

  const auto subscriptions = Publishers(set).SubscriptionsOf(*set[1]);
  ASSERT_THAT(subscriptions, SizeIs(1));
  EXPECT_EQ(subscriptions[0].store, (kube::Name{"shop", "catalog"}));
}

TEST(GraphOf, ResolvesOtherNamespaces) {
  const auto graph =
      GraphOf(Set(kCatalog + Object("search", "consumes: [{event: ProductUpdated, from: shop/catalog}]", "other")));
  EXPECT_THAT(graph.faults, IsEmpty());
  EXPECT_THAT(graph.flows, SizeIs(1));

  const auto lost =
      GraphOf(Set(kCatalog + Object("search", "consumes: [{event: ProductUpdated, from: catalog}]", "other")));
  ASSERT_THAT(lost.faults, SizeIs(1));
  EXPECT_EQ(lost.faults[0].reason, api::Reason::kEventNotPublished);
  EXPECT_EQ(lost.faults[0].path, "spec.consumes[0].from");
}

TEST(GraphOf, TellsACopyOfWhatThePayloadHasNot) {
  const auto set =
      Set(Object("catalog",
                 "publishes: [{event: ProductUpdated, schema: {type: object, properties: {price: {type: "
                 "number}}, additionalProperties: false}}]") +
          Object("cart",
                 "consumes: [{event: ProductUpdated, from: catalog, into: {table: copies, key: id, columns: [{name: "
                 "id, path: aggregateid}, {name: price, path: $.price.amount, type: numeric}]}}]"));
  const auto subscription = Publishers(set).SubscriptionsOf(*set[1]).at(0);
  ASSERT_TRUE(subscription.fault);
  EXPECT_EQ(subscription.fault->path, "spec.consumes[0].into.columns[1].path");
  EXPECT_EQ(subscription.fault->reason, api::Reason::kPayloadMismatch);
  EXPECT_EQ(
      subscription.fault->message,
      "by the schema of ProductUpdated at shop/catalog, $.price is number, not an object with amount; correct the "
      "column, or ask for another schema");
  // The events themselves are delivered.
  EXPECT_TRUE(subscription.store);
}

TEST(GraphOf, TellsAnEventThatNobodyPublishes) {
  const auto graph = GraphOf(Set(kCatalog + Object("cart",
                                                   "consumes: [{event: ProductUpdated, from: catalog}, "
                                                   "{event: PriceChanged, from: catalog}]")));
  EXPECT_THAT(graph.faults,
              ElementsAre(EventFault{{"shop", "cart"},
                                     "spec.consumes[1].event",
                                     api::Reason::kEventNotPublished,
                                     "shop/catalog does not publish PriceChanged; add it there or correct "
                                     "the name"}));
}

TEST(GraphOf, TellsAnEventThatIsNotOffered) {
  const auto graph = GraphOf(Set(kCatalog + Object("orders", "consumes: [{event: ProductUpdated, from: catalog}]")));
  ASSERT_THAT(graph.faults, SizeIs(1));
  EXPECT_EQ(graph.faults[0].reason, api::Reason::kEventNotOffered);
}

TEST(GraphOf, OffersToEverybodyWithoutTo) {
  EXPECT_THAT(GraphOf(Set(Object("catalog", "publishes: [{event: A}]") +
                          Object("x", "consumes: [{event: A, from: shop/catalog}]", "far")))
                  .faults,
              IsEmpty());
}

TEST(GraphOf, TellsAnEventThatTwoStoresOfOneServicePublish) {
  const auto graph =
      GraphOf(Set(kCatalog + Object("catalog-cache", "service: catalog, publishes: [{event: ProductUpdated}]") +
                  Object("cart", "consumes: [{event: ProductUpdated, from: catalog}]")));
  ASSERT_THAT(graph.faults, SizeIs(1));
  EXPECT_EQ(graph.faults[0].reason, api::Reason::kEventPublishedTwice);
  EXPECT_EQ(graph.faults[0].message,
            "shop/catalog publishes ProductUpdated in two stores, catalog and catalog-cache; keep it in one of them");
  const auto set = Set(kCatalog + Object("cart", "consumes: [{event: ProductUpdated, from: catalog}]") +
                       Object("aged-catalog", "service: catalog, publishes: [{event: ProductUpdated}]"));
  EXPECT_EQ(Publishers(set).SubscriptionsOf(*set[1])[0].store, (kube::Name{"shop", "catalog"})) << "it was the first";
}

TEST(GraphOf, TellsPublishersOfTheSameEventApartByFrom) {
  const auto set = Set(Object("a", "publishes: [{event: Changed}]") + Object("b", "publishes: [{event: Changed}]") +
                       Object("c", "consumes: [{event: Changed, from: a}, {event: Changed, from: b}]"));
  const Graph graph = GraphOf(set);
  EXPECT_THAT(graph.faults, IsEmpty());
  EXPECT_THAT(graph.flows, SizeIs(2));
}

TEST(GraphOf, FindsTheStoreOfAServiceThatHasSeveral) {
  const auto set = Set(Object("cart-cache", "service: cart, engine: Redis") +
                       Object("cart-truth", "service: cart, publishes: [{event: CartClosed}]") +
                       Object("orders", "consumes: [{event: CartClosed, from: cart}]") +
                       Object("ads", "consumes: [{event: CartClosed, from: cart-truth}]"));
  EXPECT_THAT(GraphOf(set).faults, IsEmpty());
  const Publishers publishers(set);
  EXPECT_EQ(publishers.SubscriptionsOf(*set[2])[0].store, (kube::Name{"shop", "cart-truth"}));
  EXPECT_EQ(publishers.SubscriptionsOf(*set[3])[0].publisher, (Service{"shop", "cart"}));
}

TEST(GraphOf, ShowsReadModelsAndCalls) {
  const auto graph = GraphOf(Set(kCatalog + Object("cart",
                                                   "consumes: [{event: ProductUpdated, from: catalog, pattern: "
                                                   "ReadModel}], calls: [{service: stock, api: GET /s, why: small}]")));
  EXPECT_THAT(graph.flows,
              ElementsAre(Flow{{"shop", "catalog"}, {"shop", "cart"}, "ProductUpdated", Pattern::kReadModel, ""},
                          Flow{{"shop", "stock"}, {"shop", "cart"}, "GET /s", Pattern::kApiComposition, "small"}));
}

TEST(GraphOf, LeavesOutWhatStaysWithinAService) {
  const auto graph = GraphOf(Set(Object("a", "service: s, publishes: [{event: E, to: [x]}]") +
                                 Object("b", "service: s, consumes: [{event: E, from: s}]")));
  EXPECT_THAT(graph.flows, IsEmpty());
  EXPECT_THAT(graph.faults, IsEmpty());
}

std::vector<std::string> OrderOf(const std::string& yaml) {
  const auto set = Set(yaml);
  std::vector<Service> services;
  for (const auto& object : set) services.push_back(OwnerOf(*object));
  std::vector<std::string> names;
  for (const Service& service : InFlowOrder(GraphOf(set), services)) names.push_back(service.name);
  return names;
}

TEST(InFlowOrder, BeginsAtTheSources) {
  EXPECT_THAT(OrderOf(Object("a", "consumes: [{event: E, from: b}]") +
                      Object("b", "consumes: [{event: E, from: c}], publishes: [{event: E}]") +
                      Object("c", "publishes: [{event: E}]")),
              ElementsAre("c", "b", "a"));
}

TEST(InFlowOrder, PassesOverWhatFlowsBack) {
  EXPECT_THAT(OrderOf(Object("a", "consumes: [{event: E, from: b}], publishes: [{event: Back}]") +
                      Object("b", "consumes: [{event: E, from: c}, {event: Back, from: a}], publishes: [{event: E}]") +
                      Object("c", "publishes: [{event: E}]")),
              ElementsAre("c", "b", "a"));
}

TEST(InFlowOrder, EndsWhereServicesFeedEachOther) {
  EXPECT_THAT(OrderOf(Object("b", "consumes: [{event: E, from: a}], publishes: [{event: E}]") +
                      Object("a", "consumes: [{event: E, from: b}], publishes: [{event: E}]")),
              SizeIs(2));
}

}  // namespace
}  // namespace freehold::events

// Who gets at a topic by Kafka's ACLs.
#include <gmock/gmock.h>

#include "reconcilers/isolation/topic_paths.h"

namespace freehold::isolation {
namespace {

using kafka::Acl;
using kafka::Operation;
using testing::IsEmpty;
using testing::SizeIs;

const std::string kTopic = "fh.orders_db_to_payments_db_1f2e3d4c";

StoreAsked Orders() {
  auto object = std::make_shared<api::ServiceDatabase>();
  object->meta = {.name = "orders", .ns = "shop"};
  return {object, "main", {}};
}

std::vector<Edge> EdgesOf(const Acl& acl) {
  const std::vector<TopicAsked> topics{{kTopic, "fh.shop.payments"}};
  return TopicEdges(Orders(), topics,
                    {.bus = "kafka",
                     .acls = {acl},
                     .readers = {{"fh.shop.payments", "shop/payments"}, {"fh.shop.cart", "shop/cart"}},
                     .platform_users = {"connect"}},
                    {});
}

TEST(TopicPaths, AreTheReadersOwnThePlatformsOrFindings) {
  struct Case {
    const char* what;
    Acl acl;
    Rule rule;
    Reach reach;
  };
  for (const auto& [what, acl, rule, reach] : std::vector<Case>{
           {"its reader", {.name = kTopic, .principal = "User:fh.shop.payments"}, Rule::kEventFeed, Reach::kRead},
           {"its reader, who could make events up",
            {.name = kTopic, .principal = "User:fh.shop.payments", .operation = Operation::kWrite},
            Rule::kNone,
            Reach::kWrite},
           {"another service", {.name = kTopic, .principal = "User:fh.shop.cart"}, Rule::kNone, Reach::kRead},
           {"anybody", {.name = "*", .principal = "User:*"}, Rule::kNone, Reach::kRead},
           {"by a prefix",
            {.name = "fh.orders", .prefixed = true, .principal = "User:jane", .operation = Operation::kAll},
            Rule::kNone,
            Reach::kWrite},
           {"the workers",
            {.name = "fh.", .prefixed = true, .principal = "User:connect"},
            Rule::kPlatformAdmin,
            Reach::kRead},
           {"no user", {.name = kTopic, .principal = "Group:connect"}, Rule::kNone, Reach::kRead},
       }) {
    const auto edges = EdgesOf(acl);
    ASSERT_THAT(edges, SizeIs(1)) << what;
    EXPECT_EQ(edges[0].rule, rule) << what;
    EXPECT_EQ(edges[0].reach, reach) << what;
    EXPECT_EQ(edges[0].ground, Ground::kTopics) << what;
    EXPECT_EQ(edges[0].store, "shop/orders") << what;
  }
  EXPECT_EQ(EdgesOf({.name = kTopic, .principal = "User:fh.shop.cart"})[0].service, "shop/cart");
}

TEST(TopicPaths, AreNoneWhereNothingIsReadOrWritten) {
  for (const auto& acl : {Acl{.name = "other", .principal = "User:jane"},
                          Acl{.name = kTopic, .principal = "User:jane", .operation = Operation::kDescribe},
                          Acl{.name = kTopic, .principal = "User:jane", .allows = false},
                          Acl{.resource = kafka::Resource::kGroup, .name = kTopic, .principal = "User:jane"},
                          Acl{.name = "fh.orders", .principal = "User:jane"}}) {
    EXPECT_THAT(EdgesOf(acl), IsEmpty()) << acl.name << " " << acl.principal;
  }
}

}  // namespace
}  // namespace freehold::isolation

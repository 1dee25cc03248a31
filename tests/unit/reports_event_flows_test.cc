#include <gmock/gmock.h>

#include "reconcilers/reports/event_flows.h"

namespace freehold::reports {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Flows : public testing::Test {
 protected:
  std::shared_ptr<api::ServiceDatabase> Put(const std::string& name) {
    auto object = std::make_shared<api::ServiceDatabase>();
    object->meta = {.name = name, .ns = "shop", .generation = 2};
    objects_.push_back(object);
    return object;
  }
  std::shared_ptr<api::ServiceDatabase> Consumer() {
    Put("orders")->spec.publishes = {{.event = "OrderConfirmed"}};
    auto consumer = Put("payments");
    consumer->spec.consumes = {{.event = "OrderConfirmed", .from = "orders"}};
    return consumer;
  }
  EventFlows Told() const { return EventFlowsOf(objects_); }

  std::vector<std::shared_ptr<const api::ServiceDatabase>> objects_;
};

TEST_F(Flows, ThatNobodyLookedAtAreDeclaredAndNoFinding) {
  const auto consumer = Consumer();
  const EventFlow declared{"OrderConfirmed", "shop/orders", "shop/payments", "", "Declared", ""};
  EXPECT_THAT(Told().flows, ElementsAre(declared));
  EXPECT_TRUE(Told().holds);
  consumer->status.consumes = {{"OrderConfirmed", "shop/orders", "Trigger", "Streaming"}};
  consumer->status.observed_generation = 1;
  EXPECT_THAT(Told().flows, ElementsAre(declared)) << "looked at before it changed";
}

TEST_F(Flows, AreToldAsTheirConsumersStatusSays) {
  const auto consumer = Consumer();
  consumer->status.observed_generation = 2;
  consumer->status.consumes = {{"OrderConfirmed", "shop/orders", "Trigger", "Streaming"}};
  EXPECT_THAT(Told().flows,
              ElementsAre(EventFlow{"OrderConfirmed", "shop/orders", "shop/payments", "Trigger", "Streaming", ""}));
  EXPECT_TRUE(Told().holds);
  consumer->status.consumes[0] = {"OrderConfirmed", "shop/orders", "", "TransportMissing"};
  consumer->status.conditions = {{.type = "EventsReady",
                                  .status = kube::Condition::Status::kFalse,
                                  .reason = "TransportMissing",
                                  .message = "another database"}};
  EXPECT_THAT(TextTable(Told()), HasSubstr("TransportMissing"));
  EXPECT_EQ(ToJson(Told())["flows"][0]["message"], "another database");
  EXPECT_FALSE(Told().holds);
}

TEST_F(Flows, TellHowFarBehindTheyAreWhereThatWasLookedAt) {
  Consumer();
  const auto told = [&](const FlowLag& lag) {
    return EventFlowsOf(objects_, {{{"shop/payments", "shop/orders"}, lag}});
  };
  EXPECT_THAT(TextTable(told({})), HasSubstr("none"));
  const FlowLag behind{.events = 3, .bytes = 512, .time = std::chrono::milliseconds(1500), .parked = 1};
  EXPECT_THAT(TextTable(told(behind)), HasSubstr("1.5 s, 3 events, 512 bytes, 1 parked"));
  EXPECT_EQ(ToJson(told(behind))["flows"][0]["lag"]["seconds"], 1.5);
  EXPECT_THAT(TextTable(told({.failure = "no route"})), HasSubstr("unknown: no route"));
  EXPECT_THAT(TextTable(Told()), Not(HasSubstr("lag"))) << "nobody looked";
}

TEST_F(Flows, ThatDoNotReachTheirCopyAreFindings) {
  const auto consumer = Consumer();
  consumer->status.observed_generation = 2;
  consumer->status.consumes = {{"OrderConfirmed", "shop/orders", "Trigger", "Streaming"}};
  consumer->status.consumes[0].into = api::ProjectionStatus{.table = "orders", .state = "Current"};
  EXPECT_TRUE(Told().holds);
  consumer->status.consumes[0].into->state = "EventsNotApplied";
  consumer->status.conditions = {{.type = "EventsReady",
                                  .status = kube::Condition::Status::kFalse,
                                  .reason = "EventsNotApplied",
                                  .message = "2 could not be applied"}};
  EXPECT_THAT(Told().flows, ElementsAre(EventFlow{"OrderConfirmed", "shop/orders", "shop/payments", "Trigger",
                                                  "EventsNotApplied", "2 could not be applied"}));
  EXPECT_FALSE(Told().holds);
}

TEST_F(Flows, OfEventsThatNobodyPublishesAreFindings) {
  Consumer()->spec.consumes = {{.event = "OrderLost", .from = "orders"}};
  EXPECT_EQ(Told().flows.at(0).state, "EventNotPublished");
  EXPECT_FALSE(Told().holds);
}

TEST_F(Flows, ThereMayBeNone) {
  Put("alone");
  EXPECT_THAT(Told().flows, IsEmpty());
  EXPECT_EQ(TextTable(Told()), "No event is consumed.\n");
}

}  // namespace
}  // namespace freehold::reports

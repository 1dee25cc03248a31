// The same things are asked of the controller on a good day, through an API server that refuses, loses, delays, doubles,
// swaps and forgets by chance, and restarts, and through one whose replies come later than anybody waits for them. All
// days end alike.
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <iostream>
#include <regex>

#include "api_proxy.h"
#include "end.h"
#include "operator_world.h"
#include "program.h"

namespace freehold::test {
namespace {

using std::chrono::seconds;

unsigned Seed() {
  const char* given = std::getenv("FREEHOLD_TEST_SEED");
  return given ? static_cast<unsigned>(std::stoul(given)) : std::random_device{}();
}

class ApiFaults : public testing::Test {
 protected:
  static bool Holds(OperatorWorld& world, const std::string& name, const std::string& condition) {
    const auto store = world.Get(name);
    return store.status.observed_generation == store.meta.generation && StatusOf(store, condition) == "True";
  }

  /// Names of channels end in a digest of what they are between, which is of one world alone.
  static End EndOfEither(OperatorWorld& world) {
    static const std::regex kDigest("_[0-9a-f]{8}\\b");
    auto end = EndOf(world);
    for (auto& [what, lines] : end) {
      for (auto& line : lines) line = std::regex_replace(line, kDigest, "_digest");
    }
    return end;
  }

  /// `between` happens between two parts of it.
  static void LiveThrough(OperatorWorld& world, const ControllerProgram& controller,
                          const std::function<void()>& between) {
    const auto await = [&](const std::string& name, const std::string& condition) {
      ASSERT_TRUE(Await(seconds(120), [&] { return Holds(world, name, condition); })) << name << controller.log();
    };
    const std::string consumes = R"({"consumes": [{"event": "OrderConfirmed", "from": ")" + world.ns + R"(-orders"}]})";
    for (const char* name : {"cart", "catalog", "brief"}) world.Apply(name, R"({"isolation": "Schema"})");
    world.Apply("brief", R"({"isolation": "Schema", "deletionPolicy": "Delete"})");
    world.Apply("stock", consumes);
    await("stock", "Ready");
    for (const char* name : {"brief", "catalog"}) await(name, "Ready");
    between();
    world.Apply("orders", R"({"publishes": [{"event": "OrderConfirmed"}]})");
    await("orders", "Ready");
    await("stock", "EventsReady");
    const auto before = world.Secret("cart.freehold")["password"];
    world.Annotate("cart", "freehold.dev/rotate", "now");
    world.Delete("brief");
    world.Delete("catalog");
    ASSERT_TRUE(Await(seconds(120), [&] {
      return !world.Exists("brief") && !world.Exists("catalog") && world.Secret("cart.freehold")["password"] != before;
    })) << controller.log();
    world.Apply("cart", R"({"isolation": "Schema", "publishes": [{"event": "CartFilled"}]})");
    await("cart", "Ready");
    Query(world.LoginOf("orders.freehold"),
          "INSERT INTO outbox (aggregatetype, aggregateid, type) VALUES ('Order', '4711', 'OrderConfirmed')");
    ASSERT_TRUE(Await(seconds(60), [&] {
      return Query(world.LoginOf("stock.freehold"), "SELECT 1 FROM inbox").size() == 1;
    })) << controller.log();
  }

  /// How it ends without a fault; lived through once.
  static const End& GoodDay() {
    static const End kEnd = [] {
      OperatorWorld world;
      ControllerProgram controller;
      LiveThrough(world, controller, [] {});
      controller.Signal(SIGTERM);
      EXPECT_EQ(controller.AwaitExit(seconds(30)), 0) << controller.log();
      return EndOfEither(world);
    }();
    return kEnd;
  }

  const unsigned seed = Seed();
};

TEST_F(ApiFaults, OfAllKindsAtRandomEndAsAGoodDayDoes) {
  std::cout << "FREEHOLD_TEST_SEED=" << seed << std::endl;
  const End good = GoodDay();
  OperatorWorld world;
  ApiProxy proxy(seed);
  ControllerProgram controller({}, proxy.kubeconfig());
  const auto restart = [&] {
    proxy.Down(true);
    Await(seconds(30), [&] { return proxy.turned_away() >= 3; });
    proxy.Down(false);
  };
  ASSERT_NO_FATAL_FAILURE(LiveThrough(world, controller, restart));
  proxy.CalmDown();
  std::string difference;
  EXPECT_TRUE(Await(seconds(60), [&] { return (difference = Difference(EndOfEither(world), good)).empty(); }))
      << difference << controller.log();
  std::cout << "    " << proxy.harmed() << " requests and events fared badly\n";
  EXPECT_GT(proxy.harmed(), 8);
  EXPECT_EQ(controller.log().find("server not usable"), std::string::npos) << "it is the API server that is in trouble";
}

TEST_F(ApiFaults, ThatMakeEveryReplyHalfAMinuteLateEndAsAGoodDayDoes) {
  const End good = GoodDay();
  OperatorWorld world;
  ApiProxy proxy;
  ControllerProgram controller({}, proxy.kubeconfig());
  // Its clients wait for 30 s: of some requests the reply is missed that was carried out.
  ASSERT_NO_FATAL_FAILURE(LiveThrough(world, controller, [&] { proxy.SlowDown(seconds(31), seconds(20)); }));
  std::string difference;
  EXPECT_TRUE(Await(seconds(60), [&] { return (difference = Difference(EndOfEither(world), good)).empty(); }))
      << difference << controller.log();
  EXPECT_GT(proxy.slowed(), 2);
  EXPECT_EQ(controller.log().find("server not usable"), std::string::npos) << "it is the API server that is in trouble";
}

TEST_F(ApiFaults, OfTheFirstRequestsOfALeaderDontEndIt) {
  OperatorWorld world;
  ApiProxy proxy;
  proxy.Lose("/secrets/freehold-cdc-key", 3);
  ControllerProgram controller({}, proxy.kubeconfig());
  world.Apply("orders", "{}");
  EXPECT_TRUE(Await(seconds(60), [&] { return Holds(world, "orders", "Ready"); })) << controller.log();
}

}  // namespace
}  // namespace freehold::test

#include "event_pair.h"

#include "await.h"

namespace freehold::bench {

Pair::Pair(test::OperatorWorld::Admin admin, const std::string& bus) : world(kMajor, "{}", admin) {
  world.Apply("orders", R"({"publishes": [{"event": "OrderConfirmed"}])" +
                            (bus.empty() ? "" : R"(, "bus": ")" + bus + "\"") + "}");
  world.Apply("payments", R"({"consumes": [{"event": "OrderConfirmed", "from": ")" + world.ns + R"(-orders"}]})");
}

Line Pair::Await(const std::function<void()>& meanwhile) {
  const bool ready = test::Await(std::chrono::seconds(120), [&] {
    meanwhile();
    return test::StatusOf(world.Get("payments"), "EventsReady") == "True";
  });
  if (!ready) throw std::runtime_error("the consumer's events are not ready");
  return {"Freehold, " + world.Get("payments").status.consumes.at(0).transport, world.LoginOf("orders.freehold"),
          world.LoginOf("payments.freehold"), "outbox", "inbox"};
}

}  // namespace freehold::bench

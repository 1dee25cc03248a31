// Events on their way over Kafka while everything that carries them dies at random and the network to the publisher is
// cut: afterwards each is in every inbox, once, and in order.
#include <signal.h>

#include <future>

#include "named_bus.h"
#include "random_kills.h"
#include "workers.h"

namespace freehold::test {
namespace {

/// JVMs take seconds to start: so many faults are a run in the suite.
constexpr int kFaults = 6;

class OverKafka : public RandomKills {
 protected:
  void TearDown() override {
    if (starting_.valid()) starting_.wait();
    bus.Delete();
    EXPECT_TRUE(Eventually(std::chrono::seconds(180), [&] { return bus.Status().conditions.empty(); }))
        << controller->log();
    RandomKills::TearDown();
  }
  void GoOn() override { workers.Mount(Cluster::kNamespace); }

  std::vector<Fault> Faults() override {
    auto faults = RandomKills::Faults();
    faults.push_back({"the worker of Connect dies", [this] { Restart({"connect"}); }});
    faults.push_back({"the broker dies", [this] { Restart({"broker"}); }});
    faults.push_back({"broker and worker die", [this] { Restart({"broker", "connect"}); }});
    return faults;
  }
  /// What the cluster starts again while the others go on.
  void Restart(const std::vector<std::string>& which) {
    if (starting_.valid()) starting_.wait();
    for (const auto& process : which) workers.Kill(process);
    starting_ = std::async(std::launch::async, [this] { workers.Start(); });
  }

  Workers workers;
  NamedBus bus{shop.ns};

 private:
  std::future<void> starting_;
};

TEST_F(OverKafka, EventsAreNeitherLostNorDoubledNorMixedUp) {
  bus.Put(R"({"type": "KafkaConnect", "kafkaConnect": {"url": ")" + workers.url() + R"(", "topicPrefix": ")" + shop.ns +
          R"(", "partitions": 1, "secretsPath": ")" + (workers.dir / "secrets").string() + R"("}})");
  ASSERT_NO_FATAL_FAILURE(MakeServices(R"("bus": ")" + shop.ns + "\""));
  ASSERT_NO_FATAL_FAILURE(Live(kFaults));
  if (::testing::Test::HasFailure()) return;
  ExpectAllArrived(shop, "stock");
  ExpectAllArrived(bank, "payments");
  ExpectAllWell();
}

}  // namespace
}  // namespace freehold::test

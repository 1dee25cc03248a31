// What a bus is told about itself.
#include <gmock/gmock.h>

#include "operator/kube/conditions.h"
#include "reconcilers/buses/status.h"

namespace freehold::buses {
namespace {

std::shared_ptr<api::EventBus> Bus(const std::string& name, bool is_default, int created) {
  auto bus = std::make_shared<api::EventBus>();
  bus->meta.name = name;
  bus->meta.created = base::Timestamp{} + std::chrono::seconds(created);
  bus->spec.is_default = is_default;
  return bus;
}

std::shared_ptr<api::ServiceDatabase> Publisher(const std::optional<std::string>& bus) {
  auto object = std::make_shared<api::ServiceDatabase>();
  object->meta = {.name = "orders", .ns = "shop"};
  object->spec.publishes = {{.event = "OrderConfirmed"}};
  object->spec.bus = bus;
  return object;
}

std::string ReasonOf(const api::EventBusStatus& status, const std::string& type) {
  const auto* condition = kube::FindCondition(status.conditions, type);
  return condition ? condition->reason : "";
}

TEST(BusStatus, CountsWhoPublishesByItNamedOrByDefault) {
  const std::vector<std::shared_ptr<const api::EventBus>> buses{Bus("main", true, 1), Bus("other", false, 1)};
  auto leaving = Publisher("other");
  leaving->meta.deleted = base::Timestamp{};
  auto consumer = Publisher({});
  consumer->spec.publishes.clear();
  const std::vector<std::shared_ptr<const api::ServiceDatabase>> databases{
      Publisher({}), Publisher("main"), Publisher("other"), Publisher("gone"), leaving, consumer};
  EXPECT_EQ(StatusOf(*buses[0], buses, databases, "", {}).publishers, 2);
  EXPECT_EQ(StatusOf(*buses[1], buses, databases, "", {}).publishers, 1);
  EXPECT_EQ(ReasonOf(StatusOf(*buses[0], buses, databases, "", {}), "Ready"), "Ready");
  EXPECT_EQ(ReasonOf(StatusOf(*buses[0], buses, databases, "Unreachable", {}), "Ready"), "ConnectUnusable");
}

TEST(BusStatus, OfASecondDefaultSaysThatTheOlderOneIsUsedUntilThatOneGoes) {
  auto first = Bus("z", true, 1);
  const auto second = Bus("a", true, 2);
  const std::vector<std::shared_ptr<const api::EventBus>> buses{second, first};
  auto judged = *second;
  judged.status = StatusOf(*second, buses, {}, "", {});
  EXPECT_EQ(ReasonOf(judged.status, "Ready"), "BusAmbiguous");
  EXPECT_EQ(ReasonOf(judged.status, "Stalled"), "BusAmbiguous");
  EXPECT_EQ(ReasonOf(StatusOf(*first, buses, {}, "", {}), "Ready"), "Ready");
  first->meta.deleted = base::Timestamp{};
  EXPECT_EQ(ReasonOf(StatusOf(judged, buses, {}, "", {}), "Ready"), "Ready");
  EXPECT_EQ(ReasonOf(StatusOf(judged, buses, {}, "", {}), "Stalled"), "");
}

}  // namespace
}  // namespace freehold::buses

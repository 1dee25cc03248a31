// What GitOps tools rely on: any order, several owners, and a controller that never touches what users declared.
#include <gmock/gmock.h>

#include <random>
#include <sstream>

#include "operator_world.h"
#include "program.h"
#include "reconcilers/documents/resources.h"

namespace freehold::test {
namespace {

using base::Json;
using std::chrono::seconds;

/// The specs of examples/shop, in a namespace of their own: names of services are given the prefix that worlds give.
std::vector<std::pair<std::string, Json>> Shop(const std::string& ns) {
  std::istringstream nothing;
  const auto resources = documents::Load({"examples/shop"}, nothing);
  if (!resources) throw std::runtime_error(resources.error().message);
  const auto service = [&](Json& name) { name = ns + "-" + name.get<std::string>(); };
  std::vector<std::pair<std::string, Json>> shop;
  for (const auto& object : documents::Objects(resources->databases)) {
    Json spec = api::ToJson(object->spec);
    spec.erase("reporting");
    if (spec.contains("publishes")) {
      for (auto& event : spec["publishes"]) {
        for (auto& consumer : event["to"]) service(consumer);
      }
    }
    if (spec.contains("consumes")) {
      for (auto& event : spec["consumes"]) service(event["from"]);
    }
    shop.emplace_back(object->meta.name, std::move(spec));
  }
  return shop;
}

bool IsSettled(const api::ServiceDatabase& object) {
  return StatusOf(object, "Ready") == "True" && StatusOf(object, "Isolated") == "True" &&
         (object.spec.consumes.empty() || StatusOf(object, "EventsReady") == "True");
}

std::string ConditionsOf(OperatorWorld& world, const std::vector<std::pair<std::string, Json>>& shop) {
  std::string said;
  for (const auto& [name, spec] : shop) {
    for (const auto& condition : world.Get(name).status.conditions) {
      said += name + " " + condition.type + "=" + kube::ToString(condition.status) + " " + condition.message + "\n";
    }
  }
  return said;
}

TEST(Manifests, OfTheShopConvergeInAnyOrderAndStayAsTwoOwnersDeclaredThem) {
  ControllerProgram controller;
  std::mt19937 random(testing::UnitTest::GetInstance()->random_seed());
  auto& admin = Cluster::Instance().admin();
  for (const bool last_first : {true, false}) {
    OperatorWorld world;
    auto shop = Shop(world.ns);
    if (last_first) std::reverse(shop.begin(), shop.end());
    if (!last_first) std::shuffle(shop.begin(), shop.end(), random);
    for (const auto& [name, spec] : shop) world.Apply(name, spec.dump());
    ASSERT_TRUE(Await(
        seconds(120),
        [&] { return std::ranges::all_of(shop, [&](const auto& item) { return IsSettled(world.Get(item.first)); }); }))
        << ConditionsOf(world, shop) << controller.log();

    for (const auto& [name, spec] : shop) {
      const auto before = *admin.Get(api::ServiceDatabaseType(), {world.ns, name});
      const auto applied = admin.Apply(api::ServiceDatabaseType(), {world.ns, name},
                                       {{"apiVersion", "freehold.dev/v1alpha1"},
                                        {"kind", "ServiceDatabase"},
                                        {"metadata", {{"name", name}, {"namespace", world.ns}}},
                                        {"spec", before["spec"]}},
                                       "second-owner", "");
      ASSERT_TRUE(applied) << applied.error().message;
      // A generation counts changes of the spec: there was one, the first apply.
      EXPECT_EQ((*applied)["metadata"]["generation"], 1) << name;
      EXPECT_EQ((*applied)["spec"], before["spec"]) << name;
      EXPECT_TRUE(IsSettled(world.Get(name))) << name;
    }
    const auto server = *admin.Get(api::DatabaseServerType(), {"", world.server});
    EXPECT_EQ(server["metadata"]["generation"], 1);
  }
}

TEST(Manifests, ThatNobodyHasSeenYetAreNotCurrent) {
  OperatorWorld world;
  world.Apply("orders", "{}");
  const auto object = *Cluster::Instance().admin().Get(api::ServiceDatabaseType(), {world.ns, "orders"});
  EXPECT_EQ(object["status"]["observedGeneration"], -1);
}

}  // namespace
}  // namespace freehold::test

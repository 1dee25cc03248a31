// Every small world: the real planner in all that can happen, up to a bound.
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/worlds/explorer.h"

namespace freehold::worlds {
namespace {

struct Exploration {
  explicit Exploration(Scenario scenario) : planner(std::move(scenario)), laws(planner), explorer(planner, laws) {}
  Planner planner;
  Laws laws;
  Explorer explorer;

  World Nothing(int hurts, int crashes, int ticks) {
    World world;
    world.server = planner.Add(NewServer(Planner::kSharedDatabase));
    world.object[0] = world.cached[0] = planner.Add(Moves::NewObject(0, "uid-1", planner.scenario()));
    world.board = world.server;
    world.hurts = static_cast<std::uint8_t>(hurts);
    world.crashes = static_cast<std::uint8_t>(crashes);
    world.ticks = static_cast<std::uint8_t>(ticks);
    return world;
  }

  void Expect(const std::vector<World>& from, std::size_t limit) {
    const auto broken = explorer.Explore(from, limit);
    std::printf("%zu states%s; %zu servers, %zu objects, %zu secrets, %zu actions, %zu passes\n", explorer.visited(),
                explorer.whole() ? "" : " (stopped at the limit)", planner.servers.size(), planner.objects.size(),
                planner.secrets.size(), planner.actions.size(), planner.passes.size());
    for (const auto& finding : broken) ADD_FAILURE() << finding.law << "\n" << finding.story;
    if (!broken.empty()) return;
    const auto unfinished = explorer.Settle();
    std::printf("%zu ends\n", explorer.settled());
    for (const auto& finding : unfinished) ADD_FAILURE() << finding.law << "\n" << finding.story;
  }
};

int Of(const char* variable, int otherwise) {
  const char* asked = std::getenv(variable);
  return asked ? std::atoi(asked) : otherwise;
}

TEST(SmallWorlds, AStoreOfItsOwn) {
  Exploration run({.fenced = Of("FENCED", 1) == 1});
  run.Expect({run.Nothing(Of("HURTS", 1), Of("CRASHES", 1), Of("TICKS", 1))}, Of("LIMIT", 5'000'000));
}

}  // namespace
}  // namespace freehold::worlds

// Every small world: the real planner in all that can happen, up to a bound.
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/worlds/explorer.h"

namespace freehold::worlds {
namespace {

/// FREEHOLD_SMALL_WORLDS asks for more.
int Size() {
  const char* asked = std::getenv("FREEHOLD_SMALL_WORLDS");
  return asked ? std::atoi(asked) : 1;
}

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
    ASSERT_EQ(broken.law, "") << broken.story;
    const auto unfinished = explorer.Settle();
    std::printf("%zu ends\n", explorer.settled());
    ASSERT_EQ(unfinished.law, "") << unfinished.story;
  }
};

TEST(SmallWorlds, AStoreOfItsOwn) {
  Exploration run({});
  run.Expect({run.Nothing(Size(), 1, 2)}, 20'000'000);
}

}  // namespace
}  // namespace freehold::worlds

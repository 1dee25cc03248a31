#include "tests/worlds/beginnings.h"

#include <stdexcept>

namespace freehold::worlds {

World Nothing(Planner& planner) {
  World world;
  const auto& scenario = planner.scenario();
  world.server = world.board = planner.Add(NewServer(planner.access().shared_database, scenario.major));
  for (int claim = 0; claim < kClaims; ++claim) {
    if (claim != 0 && !(claim == kNeighbour && scenario.neighbour)) continue;
    world.object[claim] = world.cached[claim] = planner.Add(planner.NewObject(claim, scenario.uids[claim]));
  }
  return world;
}

World Settled(Planner& planner, Moves& moves) {
  World world = planner.Normal(Nothing(planner));
  Moves::Choice choice;
  for (int i = 0; i < 1000; ++i) {
    moves.Of(world, choice);
    if (!choice.fair) return world;
    world = choice.moves.front().next;
  }
  throw std::logic_error("a new store is never settled");
}

}  // namespace freehold::worlds

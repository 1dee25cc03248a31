#include "tests/worlds/beginnings.h"

#include <stdexcept>

namespace freehold::worlds {

World Nothing(Planner& planner) {
  World world;
  world.server = world.board = planner.Add(NewServer(Planner::kSharedDatabase));
  world.object[0] = world.cached[0] = planner.Add(Moves::NewObject(0, "uid-1", planner.scenario()));
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

// Freehold itself: the real binary, as a process of its own, with the chart's rights.
#pragma once

#include "figures.h"
#include "operator_world.h"

namespace freehold::bench {

/// Starts the controller on `world`, whose `count` ServiceDatabases exist, and waits until all of them are Ready.
Figures RunFreehold(test::OperatorWorld& world, int count);

}  // namespace freehold::bench

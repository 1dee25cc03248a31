// Freehold itself: the real binary, as a process of its own, with the chart's rights.
#pragma once

#include "figures.h"
#include "operator_world.h"

namespace freehold::bench {

/// Starts the controller on `world` and waits until all its ServiceDatabases are Ready that are not yet: those are
/// what is counted.
Figures RunFreehold(test::OperatorWorld& world);

}  // namespace freehold::bench

// Worlds to begin from.
#pragma once

#include "tests/worlds/moves.h"

namespace freehold::worlds {

/// A new ServiceDatabase on a server where nothing was made yet.
World Nothing(Planner&);
/// The same some time later, when all is as it should be.
World Settled(Planner&, Moves&);

}  // namespace freehold::worlds

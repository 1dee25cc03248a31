// Worlds to begin from: every combination of what may be present, absent or wrong.
#pragma once

#include <functional>

#include "tests/worlds/moves.h"

namespace freehold::worlds {

/// A new ServiceDatabase on a server where nothing was made yet.
World Nothing(Planner&);
/// The same some time later, when all is as it should be.
World Settled(Planner&, Moves&);
/// Everything that `settled` is made of, each part as it is, absent, somebody else's, nobody's or spoilt, in all
/// combinations of at most so many that are not as they should be: roles, database, who may enter, Secret, status,
/// generation, adoption, finalizer or deletion.
void ForEachBeginning(Planner&, const World& settled, int at_most, const std::function<void(const World&)>&);

}  // namespace freehold::worlds

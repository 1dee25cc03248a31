// What a look at a store shows of all that the simulated server knows, as text: equal worlds, equal text, whether the
// look was a real one or not.
#pragma once

#include <string>

#include "reconcilers/engines/store.h"

namespace freehold::worlds {

/// REQUIRES: the engine that looked is that for PostgreSQL.
std::string TextOf(const engines::StoreSeen&, const engines::Layout&);

}  // namespace freehold::worlds

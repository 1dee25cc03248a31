// What a service misses in its store.
#pragma once

#include <string>
#include <vector>

#include "reconcilers/engines/store.h"

namespace freehold::engines::postgres {

/// See Engine::Hindrances. Pure.
std::vector<std::string> HindrancesIn(const Store& wanted, const StoreSeen&);

}  // namespace freehold::engines::postgres

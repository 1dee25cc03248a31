// How a store ends. See Engine::PlanRemoval.
#pragma once

#include "reconcilers/engines/postgres/store_view.h"

namespace freehold::engines::postgres {

/// Only what carries the marker of `uid` is touched, so that a store made or removed by half is finished off as well.
/// Pure.
std::vector<Step> PlanRemoval(const Layout&, const std::string& uid, api::DeletionPolicy, const StoreSeen&);

}  // namespace freehold::engines::postgres

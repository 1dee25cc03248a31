// Where a store is: by its spec, and once it was made, by its status. Pure.
#pragma once

#include "reconcilers/engines/store.h"
#include "reconcilers/ownership/placement.h"

namespace freehold::reports {

engines::Layout LayoutOf(const api::ServiceDatabase&, ownership::Servers);

}  // namespace freehold::reports

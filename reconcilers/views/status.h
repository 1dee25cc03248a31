// What people are told of a warehouse's views.
#pragma once

#include "reconcilers/views/board.h"

namespace freehold::views {

/// The condition that Tell keeps: there, from when a warehouse is given views until none is left.
inline constexpr const char* kReadyCondition = "ViewsReady";

/// Puts views and condition into the status. Without a state what was told stays.
void Tell(const api::ReportingWarehouse&, const std::optional<State>&, base::Timestamp now,
          api::ReportingWarehouseStatus& status);

}  // namespace freehold::views

// What there is of a warehouse's materialized views.
#pragma once

#include "reconcilers/engines/postgres/connection.h"
#include "reconcilers/engines/views.h"

namespace freehold::engines::postgres {

/// The comment of a schema that is made for views.
inline constexpr const char* kHoldsViews = "freehold: views";
/// What a view's comment begins with; the digest follows.
inline constexpr const char* kViewOf = "freehold: view of ";

/// One round trip. `connection` is to the warehouse.
Result<ViewsSeen> LookAtViews(Connection& connection, const std::string& database);

}  // namespace freehold::engines::postgres

// Who owns a store, written as a comment on its database, its schema and its roles, where only the operator may write.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "reconcilers/engines/store.h"

namespace freehold::engines::postgres {

/// "freehold: owned by shop/orders, uid 7c9e…"; "freehold: released, was shop/orders" when the uid is empty.
std::string PrintMarker(const Marker&);
/// Absent when the comment isn't one of the above.
std::optional<Marker> ParseMarker(std::string_view comment);

/// On the shared database and the roles that open it: the operator's own, no store's.
inline constexpr const char* kSharedComment = "freehold: shared by services";

}  // namespace freehold::engines::postgres

// Can a copy take from a payload what it asks for? Pure.
#pragma once

#include <optional>
#include <string>

#include "reconcilers/api/payload_schema.h"
#include "reconcilers/api/service_database.h"

namespace freehold::events {

/// Why a column can never have a value, in words: "$.price is a number, and has no amount". Absent when it may have
/// one.
std::optional<std::string> MismatchOf(const api::PayloadSchema&, const api::ProjectedColumn&);

}  // namespace freehold::events

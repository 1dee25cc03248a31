// A place in the payload of an event, as `into.columns[].path` writes it: $.price.amount, $.lines[0], $."unit-price".
#pragma once

#include <string>
#include <variant>
#include <vector>

namespace freehold::api {

/// To a member of an object, or to an item of an array.
using PathStep = std::variant<std::string, int>;

/// The steps from the payload on; none for "$" and for what is no place in it (aggregateid, source, created_at).
/// `path` is valid, see EventPath in sorts.h.
std::vector<PathStep> StepsOf(const std::string& path);

}  // namespace freehold::api

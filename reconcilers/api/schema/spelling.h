// Words for people about what was found instead of what was meant.
#pragma once

#include <string>
#include <vector>

#include "operator/base/json.h"

namespace freehold::api::schema {

/// A value as it is quoted in a message: as JSON in ASCII, so that nothing in it changes how the message is shown, and
/// cut when it is long.
std::string Shown(const base::Json&);
/// "a number", "a list": what a value is.
std::string KindOfValue(const base::Json&);
/// "Tables, Schema, Database".
std::string Joined(const std::vector<std::string>& words);
/// Says that `name` is unknown, and which of `known` may have been meant.
std::string UnknownField(const std::string& name, const std::vector<std::string>& known);

}  // namespace freehold::api::schema

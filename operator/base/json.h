// The one dynamic value that the program makes and keeps. It exists at the edges only: a reply is parsed into typed
// structs at once, a request is printed from them at the last moment. A large reply is read by base::JsonView.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "operator/base/failure.h"

namespace freehold::base {

/// Keeps the order of keys, so that what we print is stable and reads as written.
using Json = nlohmann::ordered_json;

/// Parses one JSON text (RFC 8259) with simdjson. Terminal "InvalidJson" with the position when it is not one.
Result<Json> ParseJson(std::string_view text);

}  // namespace freehold::base

// Small things done to text everywhere.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace freehold::base {

/// "a, b, c".
std::string Join(std::span<const std::string> parts, std::string_view separator = ", ");

/// SHA-256 as 64 lower-case hexadecimal digits.
std::string Sha256Hex(std::string_view bytes);

}  // namespace freehold::base

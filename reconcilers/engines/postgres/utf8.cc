#include "reconcilers/engines/postgres/utf8.h"

#include <simdjson.h>

namespace freehold::engines::postgres {
namespace {

/// How many bytes the sequence that begins with this one has; 0 when none does.
std::size_t LengthOf(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first < 0xE0) return 2;
  if (first >= 0xE0 && first < 0xF0) return 3;
  if (first >= 0xF0 && first < 0xF5) return 4;
  return 0;
}

}  // namespace

std::string ValidUtf8(const std::string& text) {
  if (simdjson::validate_utf8(text)) return text;
  std::string valid;
  for (std::size_t at = 0; at < text.size();) {
    const auto length = LengthOf(static_cast<unsigned char>(text[at]));
    const bool whole = length > 0 && at + length <= text.size() && simdjson::validate_utf8(text.data() + at, length);
    valid += whole ? text.substr(at, length) : "\xEF\xBF\xBD";
    at += whole ? length : 1;
  }
  return valid;
}

}  // namespace freehold::engines::postgres

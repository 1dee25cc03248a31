// A short name for a long text.
#pragma once

#include <string>

namespace freehold::engines::postgres {

/// The first 16 bytes of SHA-256, as 32 hexadecimal digits.
std::string HexDigest(const std::string& text);

}  // namespace freehold::engines::postgres

// Names in the shared catalogs come from databases of any encoding, so their bytes need not be UTF-8.
#pragma once

#include <string>

namespace freehold::engines::postgres {

/// The text with each byte that is no part of UTF-8 replaced by U+FFFD.
std::string ValidUtf8(const std::string& text);

}  // namespace freehold::engines::postgres

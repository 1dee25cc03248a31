// Templates of SQL text.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>

namespace freehold::engines::postgres {

/// Each {key} replaced by its value, in one pass: what a value holds is never looked at. Unknown keys stay.
std::string Fill(const std::string& text, std::initializer_list<std::pair<const char*, std::string>> values);

}  // namespace freehold::engines::postgres

// Small text work that several files here share.
#pragma once

#include <string>
#include <string_view>

namespace freehold::kube {

/// At most `bytes` long, never cutting a UTF-8 sequence in two; what was cut ends in "...".
std::string CutUtf8(std::string_view text, std::size_t bytes);

/// For one path segment or one query value (RFC 3986).
std::string PercentEncode(std::string_view text);

}  // namespace freehold::kube

// Small text work that several files here share.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace freehold::kube {

/// At most `bytes` long, never cutting a UTF-8 sequence in two; what was cut ends in "...".
std::string CutUtf8(std::string_view text, std::size_t bytes);

/// metav1.MicroTime: 2026-03-01T12:00:00.000000Z.
std::string FormatMicroTime(std::chrono::system_clock::time_point);

/// For one path segment or one query value (RFC 3986).
std::string PercentEncode(std::string_view text);

}  // namespace freehold::kube

#include "operator/kube/text.h"

#include <array>
#include <cctype>
#include <cstdio>

#include "operator/base/clock.h"

namespace freehold::kube {

std::string CutUtf8(std::string_view text, std::size_t bytes) {
  constexpr std::string_view kCut = "...";
  if (text.size() <= bytes) return std::string(text);
  if (bytes < kCut.size()) return {};
  std::size_t end = bytes - kCut.size();
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)) + std::string(kCut);
}

std::string FormatMicroTime(std::chrono::system_clock::time_point time) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  const auto micros = std::chrono::floor<std::chrono::microseconds>(time - whole);
  std::string text = base::FormatTime(whole);
  text.pop_back();
  std::array<char, 16> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%06dZ", static_cast<int>(micros.count()));
  return text + fraction.data();
}

std::string PercentEncode(std::string_view text) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const unsigned char c : text) {
    if (std::isalnum(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      encoded += static_cast<char>(c);
      continue;
    }
    encoded += {'%', kDigits[c >> 4], kDigits[c & 15]};
  }
  return encoded;
}

}  // namespace freehold::kube

#include "operator/kube/text.h"

#include <cctype>

namespace freehold::kube {

std::string CutUtf8(std::string_view text, std::size_t bytes) {
  constexpr std::string_view kCut = "...";
  if (text.size() <= bytes) return std::string(text);
  if (bytes < kCut.size()) return {};
  std::size_t end = bytes - kCut.size();
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)) + std::string(kCut);
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

#include "reconcilers/engines/postgres/fill.h"

namespace freehold::engines::postgres {

std::string Fill(const std::string& text, std::initializer_list<std::pair<const char*, std::string>> values) {
  std::string filled;
  for (std::size_t at = 0; at < text.size();) {
    const auto open = text.find('{', at);
    if (open == std::string::npos) return filled + text.substr(at);
    filled += text.substr(at, open - at);
    at = open;
    for (const auto& [key, value] : values) {
      const auto token = "{" + std::string(key) + "}";
      if (text.compare(open, token.size(), token) != 0) continue;
      filled += value;
      at = open + token.size();
      break;
    }
    if (at == open) filled += text[at++];
  }
  return filled;
}

}  // namespace freehold::engines::postgres

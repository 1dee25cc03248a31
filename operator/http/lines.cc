#include "operator/http/lines.h"

#include <utility>

namespace freehold::http {

bool LineSplitter::Emit(std::string_view line) const {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line.empty() || sink_(line);
}

LineSplitter::Outcome LineSplitter::Feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    const std::string_view piece = bytes.substr(0, end);
    if (partial_.size() + piece.size() > limit_) return Outcome::kTooLong;
    if (end == std::string_view::npos) {
      partial_ += piece;
      return Outcome::kMore;
    }
    bytes.remove_prefix(end + 1);
    if (partial_.empty()) {
      if (!Emit(piece)) return Outcome::kEnded;
      continue;
    }
    const std::string line = std::exchange(partial_, {}) + std::string(piece);
    if (!Emit(line)) return Outcome::kEnded;
  }
  return Outcome::kMore;
}

}  // namespace freehold::http

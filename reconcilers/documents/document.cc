#include "reconcilers/documents/document.h"

namespace freehold::documents {
namespace {

std::string ParentOf(const std::string& path) {
  if (path.ends_with(']')) return path.substr(0, path.rfind('['));
  const auto dot = path.rfind('.');
  return dot == std::string::npos ? std::string() : path.substr(0, dot);
}

}  // namespace

Position Origin::PositionOf(const std::string& path) const {
  if (!positions) return {};
  std::string at = prefix.empty() || path.empty() ? prefix + path : prefix + "." + path;
  while (true) {
    const auto found = positions->find(at);
    if (found != positions->end()) return found->second;
    if (at.empty()) return {};
    at = ParentOf(at);
  }
}

}  // namespace freehold::documents

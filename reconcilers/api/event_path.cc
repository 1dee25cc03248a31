#include "reconcilers/api/event_path.h"

#include <algorithm>

namespace freehold::api {

std::vector<PathStep> StepsOf(const std::string& path) {
  std::vector<PathStep> steps;
  if (!path.starts_with('$')) return steps;
  for (std::size_t at = 1; at < path.size();) {
    const bool quoted = path.compare(at, 2, ".\"") == 0;
    const std::size_t from = at + (quoted ? 2 : 1);
    const std::size_t end = std::min(path.size(), quoted ? path.find('"', from) : path.find_first_of(".[]", from));
    const std::string word = path.substr(from, end - from);
    const bool item = path[at] == '[';
    steps.push_back(item ? PathStep(std::stoi(word)) : PathStep(word));
    at = end + (quoted || item ? 1 : 0);
  }
  return steps;
}

}  // namespace freehold::api

#include "reconcilers/isolation/changes.h"

#include <algorithm>
#include <iterator>
#include <set>

namespace freehold::isolation {
namespace {

std::string Line(const std::string& store, const std::string& principal, const std::string& path) {
  return store + ": " + principal + ": " + path;
}

}  // namespace

base::Result<Changes> ChangesSince(const base::Json& earlier, const AccessModel& now) {
  const auto not_a_report = [] {
    return base::Terminal("NotAReport", "it has no list of findings; save one with freehold audit -o json");
  };
  if (!earlier.is_object() || !earlier.contains("findings") || !earlier["findings"].is_array()) return not_a_report();
  std::set<std::string> before, after;
  for (const auto& finding : earlier["findings"]) {
    if (!finding.is_object()) return not_a_report();
    for (const char* key : {"store", "principal", "path"}) {
      if (!finding.contains(key) || !finding[key].is_string()) return not_a_report();
    }
    before.insert(Line(finding["store"], finding["principal"], finding["path"]));
  }
  for (const auto& finding : now.Findings()) after.insert(Line(finding.store, finding.principal, finding.path));
  Changes changes;
  std::ranges::set_difference(after, before, std::back_inserter(changes.appeared));
  std::ranges::set_difference(before, after, std::back_inserter(changes.gone));
  return changes;
}

}  // namespace freehold::isolation

#include "reconcilers/api/common.h"

#include <algorithm>

#include "reconcilers/api/common_tables.h"

namespace freehold::api {

std::string ToString(EngineKind engine) { return schema::WordOf(engine); }
std::string ToString(Isolation isolation) { return schema::WordOf(isolation); }
std::string ToString(DeletionPolicy policy) { return schema::WordOf(policy); }

bool Matches(const LabelSelector& selector, const std::map<std::string, std::string>& labels) {
  return std::ranges::all_of(selector.match_labels, [&](const auto& wanted) {
    const auto found = labels.find(wanted.first);
    return found != labels.end() && found->second == wanted.second;
  });
}

}  // namespace freehold::api

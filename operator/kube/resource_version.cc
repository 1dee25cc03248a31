#include "operator/kube/resource_version.h"

#include <algorithm>
#include <utility>

namespace freehold::kube {
namespace {

bool IsNumber(std::string_view text) {
  return !text.empty() && text.front() != '0' && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string ResourceVersionOf(const base::Json& object) {
  static const base::Json::json_pointer kPath("/metadata/resourceVersion");
  return object.contains(kPath) && object.at(kPath).is_string() ? object.at(kPath).get<std::string>() : std::string();
}

bool IsOlder(std::string_view version, std::string_view than) {
  return IsNumber(version) && IsNumber(than) && std::pair(version.size(), version) < std::pair(than.size(), than);
}

}  // namespace freehold::kube

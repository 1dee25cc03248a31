#include "reconcilers/engines/postgres/marker.h"

namespace freehold::engines::postgres {
namespace {

constexpr std::string_view kOwned = "freehold: owned by ";
constexpr std::string_view kUid = ", uid ";
constexpr std::string_view kReleased = "freehold: released, was ";

}  // namespace

std::string PrintMarker(const Marker& marker) {
  if (marker.uid.empty()) return std::string(kReleased) + marker.name;
  return std::string(kOwned) + marker.name + std::string(kUid) + marker.uid;
}

std::optional<Marker> ParseMarker(std::string_view comment) {
  if (comment.starts_with(kReleased)) return Marker{"", std::string(comment.substr(kReleased.size()))};
  if (!comment.starts_with(kOwned)) return std::nullopt;
  const auto rest = comment.substr(kOwned.size());
  const auto uid = rest.rfind(kUid);
  if (uid == std::string_view::npos || uid + kUid.size() == rest.size()) return std::nullopt;
  return Marker{std::string(rest.substr(uid + kUid.size())), std::string(rest.substr(0, uid))};
}

}  // namespace freehold::engines::postgres

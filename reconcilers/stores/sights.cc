#include "reconcilers/stores/sights.h"

#include <algorithm>

namespace freehold::stores {

void Sights::Put(const kube::Name& receiver, std::vector<Sight> sights) {
  std::lock_guard lock(mutex_);
  if (sights.empty()) {
    sights_.erase(receiver);
  } else {
    sights_[receiver] = std::move(sights);
  }
}

Sights::ByReceiver Sights::All() const {
  std::lock_guard lock(mutex_);
  return sights_;
}

TrafficByPlace TrafficOf(const Sights::ByReceiver& all) {
  TrafficByPlace places;
  for (const auto& [receiver, sights] : all) {
    for (const Sight& sight : sights) {
      Traffic& traffic = places[{sight.server, sight.transport}];
      ++traffic.ways;
      traffic.troubled += sight.troubled ? 1 : 0;
      traffic.lag = std::max(traffic.lag, sight.lag);
      traffic.waiting += sight.waiting;
      traffic.parked += sight.parked;
      traffic.retained = std::max(traffic.retained, sight.retained);
    }
  }
  return places;
}

std::vector<kube::Name> TroubledIn(const Sights::ByReceiver& all, std::size_t limit) {
  std::vector<kube::Name> troubled;
  for (const auto& [receiver, sights] : all) {
    if (troubled.size() == limit) break;
    if (std::ranges::any_of(sights, &Sight::troubled)) troubled.push_back(receiver);
  }
  return troubled;
}

}  // namespace freehold::stores

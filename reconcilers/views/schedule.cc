#include "reconcilers/views/schedule.h"

#include <algorithm>

namespace freehold::views {
namespace {

constexpr std::chrono::seconds kFirst{15};
constexpr int kDoublings = 12;

base::Timestamp After(base::Timestamp time, api::Duration delay) {
  return time + std::chrono::ceil<std::chrono::seconds>(delay);
}

}  // namespace

base::Timestamp NextTry(const Attempts& attempts, api::Duration every) {
  const auto delay = kFirst * (1 << std::clamp(attempts.failures - 1, 0, kDoublings));
  return After(attempts.tried, std::min<api::Duration>(delay, every));
}

base::Timestamp NextRefresh(const Memory& memory, api::Duration every) {
  if (memory.refreshing.failures > 0) return NextTry(memory.refreshing, every);
  return memory.last_success ? After(*memory.last_success, every) : base::Timestamp{};
}

bool MayMake(const Memory& memory, const std::string& digest, api::Duration every, base::Timestamp now) {
  return memory.making.failures == 0 || memory.digest != digest || NextTry(memory.making, every) <= now;
}

}  // namespace freehold::views

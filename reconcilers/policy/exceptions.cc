#include "reconcilers/policy/exceptions.h"

#include <algorithm>

namespace freehold::policy {

base::Timestamp EndOf(const api::PolicyException& exception) {
  const auto day = base::ParseTime(exception.until + "T00:00:00Z");
  return day ? *day + std::chrono::days(1) : base::Timestamp{};
}

std::optional<base::Timestamp> NextExpiry(std::span<const std::shared_ptr<const api::DataPolicy>> policies,
                                          base::Timestamp now) {
  std::optional<base::Timestamp> next;
  for (const auto& policy : policies) {
    for (const auto& exception : policy->spec.exceptions) {
      const auto end = EndOf(exception);
      if (end > now) next = std::min(next.value_or(end), end);
    }
  }
  return next;
}

}  // namespace freehold::policy

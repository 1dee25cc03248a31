// When the exceptions that policies make come to their end. Pure.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "operator/base/clock.h"
#include "reconcilers/api/data_policy.h"

namespace freehold::policy {

/// The first moment at which it no longer holds: its last day is whole, in UTC. The beginning of time when the day
/// can't be read.
base::Timestamp EndOf(const api::PolicyException&);

/// The next end that is still to come.
std::optional<base::Timestamp> NextExpiry(std::span<const std::shared_ptr<const api::DataPolicy>> policies,
                                          base::Timestamp now);

}  // namespace freehold::policy

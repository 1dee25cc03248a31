// When a view is refreshed, and when what failed is tried again. Pure.
#pragma once

#include <optional>
#include <string>

#include "operator/base/clock.h"
#include "reconcilers/api/common.h"

namespace freehold::views {

/// Tries that failed, one after the other.
struct Attempts {
  int failures = 0;
  base::Timestamp tried{};  ///< the last of them
  std::string error;
};

/// What is remembered of one view.
struct Memory {
  std::optional<base::Timestamp> last_success;  ///< of a refresh, or of its making
  std::optional<api::Duration> last_duration;
  Attempts making;
  std::string digest;  ///< of what could not be made
  Attempts refreshing;
};

/// After a failure: 15 seconds, twice as long each time, at most `every`.
base::Timestamp NextTry(const Attempts&, api::Duration every);
/// Of a view that is there.
base::Timestamp NextRefresh(const Memory&, api::Duration every);
/// May what has this digest be made now?
bool MayMake(const Memory&, const std::string& digest, api::Duration every, base::Timestamp now);

}  // namespace freehold::views

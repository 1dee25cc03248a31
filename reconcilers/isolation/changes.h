// What access appeared or went away since an earlier report. Pure.
#pragma once

#include <string>
#include <vector>

#include "operator/base/failure.h"
#include "operator/base/json.h"
#include "reconcilers/isolation/edge.h"

namespace freehold::isolation {

struct Changes {
  std::vector<std::string> appeared, gone;  ///< "shop/orders: PUBLIC: CONNECT on database orders_db", sorted
  bool operator==(const Changes&) const = default;
};

/// `earlier` is a report as ToJson gave it. Terminal "NotAReport" when it isn't one.
base::Result<Changes> ChangesSince(const base::Json& earlier, const AccessModel& now);

}  // namespace freehold::isolation

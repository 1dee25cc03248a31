// What an audit says, in the formats that people and tools read. All of it pure.
#pragma once

#include <string>

#include "operator/base/json.h"
#include "reconcilers/isolation/edge.h"

namespace freehold::isolation {

/// {"findings": [{"store", "principal", "path", "severity", "evidence", "remedy", "seenAt"}], "feeds": [{"store",
/// "principal", "path", "allowedAs", "evidence", "seenAt"}], "unknown": [{"store", "what", "why"}], "stores": n}
base::Json ToJson(const AccessModel&);

/// Columns for a terminal, and a last line that sums up.
std::string TextTable(const AccessModel&);

/// SARIF 2.1.0 (OASIS), one rule for each ground, one result for each finding. Feeds are among the run's properties: as
/// results they would be alerts.
base::Json ToSarif(const AccessModel&);

/// A ClusterReport of openreports.io/v1alpha1; each store that has neither finding nor unknown passes, and each feed.
base::Json ToOpenReport(const AccessModel&, base::Timestamp at);

/// "3 findings (1 critical, 2 high) in 2 of 6 stores, 1 could not be looked at"
std::string Summary(const AccessModel&);

}  // namespace freehold::isolation

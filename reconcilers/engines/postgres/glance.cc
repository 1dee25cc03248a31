#include "reconcilers/engines/postgres/glance.h"

#include <algorithm>

#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/store_view.h"

namespace freehold::engines::postgres {
std::vector<ForeignAccess> AccessAtAGlance(const PostgresSnapshot& snapshot, const Layout& layout) {
  const auto& shared = snapshot.index.rows();
  StoreDetail detail;
  detail.facts = snapshot.index.FactsOf(layout);
  detail.rows.shared = shared.WithoutStores();
  auto foreign = ForeignIn(detail, layout);
  if (!HasOwnDatabase(layout)) return foreign;

  const auto us = RolesOf(layout);
  for (const auto& holding : detail.facts.holdings) {
    const bool known = std::ranges::find(us, holding.holder) != us.end() || holding.holder == shared.admin.name ||
                       snapshot.superusers.contains(holding.holder);
    if (known) continue;
    foreign.push_back({.principal = holding.holder,
                       .right = "OBJECTS",
                       .path = "database " + holding.database,
                       .severity = Severity::kHigh,
                       .evidence = "pg_shdepend: it owns or may use objects there",
                       .remedy = "see which objects: freehold audit, without --quick"});
  }
  return foreign;
}

}  // namespace freehold::engines::postgres

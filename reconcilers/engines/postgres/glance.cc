#include "reconcilers/engines/postgres/glance.h"

#include <algorithm>

#include "reconcilers/engines/postgres/feed_access.h"
#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/store_view.h"

namespace freehold::engines::postgres {

Glance AccessAtAGlance(const PostgresSnapshot& snapshot, const Layout& layout) {
  const auto& shared = snapshot.index.rows();
  StoreDetail detail;
  detail.facts = snapshot.index.FactsOf(layout);
  detail.rows.shared = shared.WithoutStores();
  Glance glance{.foreign = ForeignIn(detail, layout),
                .feed_access = FeedsIn(detail, layout),
                .needs_look = FeedHoldsObjects(detail.facts)};
  const auto us = RolesOf(layout);
  const auto is_known = [&](const std::string& role) {
    return std::ranges::find(us, role) != us.end() || role == shared.admin.name || snapshot.superusers.contains(role) ||
           std::ranges::count(detail.facts.feeds, role, &FeedRole::name) > 0;
  };
  const auto add = [&](const std::string& role, const std::string& path, const std::string& evidence) {
    glance.foreign.push_back({.principal = role,
                              .right = "OBJECTS",
                              .path = path,
                              .severity = Severity::kHigh,
                              .evidence = "pg_shdepend: " + evidence,
                              .remedy = "see which objects: freehold audit, without --quick"});
  };
  for (const auto& holding : detail.facts.holdings) {
    const auto there = "database " + holding.database;
    if (!is_known(holding.holder)) add(holding.holder, there, "it owns or may use objects there");
    for (const auto& stranger : holding.strangers) {
      if (!is_known(stranger)) add(stranger, there, "it may use objects of " + holding.holder);
    }
  }
  return glance;
}

}  // namespace freehold::engines::postgres

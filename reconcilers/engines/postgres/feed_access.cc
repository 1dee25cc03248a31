#include "reconcilers/engines/postgres/feed_access.h"

#include <algorithm>
#include <map>

#include "operator/base/text.h"
#include "reconcilers/engines/channel.h"
#include "reconcilers/engines/postgres/acl.h"
#include "reconcilers/engines/postgres/names.h"

namespace freehold::engines::postgres {
namespace {

std::string Changes(const Layout& layout) { return "changes of database " + layout.database; }

/// All that the database writes: PostgreSQL has no smaller right.
void ByReplication(const FeedRole& role, const SharedFacts& facts, const Layout& layout,
                   std::vector<FeedAccess>& ways) {
  const bool tool = role.name != CdcRoleOf(layout);
  const bool has_tool =
      std::ranges::any_of(facts.feeds, [&](const FeedRole& one) { return one.name != CdcRoleOf(layout); });
  std::map<Feed, std::vector<std::string>> slots;
  for (const auto& slot : facts.slots) {
    const auto feed = FeedOfSlot(slot);
    const bool by_tool = feed == Feed::kReports && has_tool;
    if (by_tool == tool) slots[feed].push_back(slot);
  }
  if (slots.empty()) slots[tool ? Feed::kReports : Feed::kEvents] = {};
  for (const auto& [feed, names] : slots) {
    ways.push_back({role.name, "REPLICATION", Changes(layout), feed,
                    "pg_roles.rolreplication: true; " +
                        (names.empty() ? std::string("no slot yet") : "pg_replication_slots: " + base::Join(names))});
  }
}

void ByRight(const ObjectGrant& grant, std::vector<FeedAccess>& ways) {
  const auto& object = grant.object;
  const bool brings = object.schema == kOperatorSchema;
  const auto what =
      grant.column.empty() ? (object.kind == "SCHEMA" ? "schema " : "table ") : "column " + grant.column + " of ";
  ways.push_back(
      {grant.grant.grantee, grant.grant.privilege, what + object.identity, brings ? Feed::kEvents : Feed::kReports,
       (grant.column.empty() ? AclColumn(object.kind) : "pg_attribute.attacl") + ": " + PrintAcl(grant.grant)});
}

}  // namespace

std::vector<FeedAccess> FeedsIn(const StoreDetail& detail, const Layout& layout) {
  const auto& facts = detail.facts;
  std::vector<FeedAccess> ways;
  for (const auto& role : facts.feeds) {
    if (role.replicates) {
      ByReplication(role, facts, layout, ways);
    } else {
      ways.push_back({role.name, "CONNECT", "database " + layout.database,
                      role.name == CdcRoleOf(layout) ? Feed::kEvents : Feed::kReports,
                      "the role's comment says that it is of the store"});
    }
  }
  if (facts.other_feeds > 0) {
    const bool reports = !facts.other_slots.empty() && std::ranges::all_of(facts.other_slots, [](const auto& slot) {
      return FeedOfSlot(slot) == Feed::kReports;
    });
    ways.push_back({kOtherFeeds, "REPLICATION", Changes(layout) + ", which services share",
                    reports ? Feed::kReports : Feed::kEvents,
                    "pg_roles.rolreplication: true of " + std::to_string(facts.other_feeds)});
  }
  if (detail.rows.local) {
    for (const auto& grant : detail.rows.local->fed) ByRight(grant, ways);
  }
  return ways;
}

bool FeedHoldsObjects(const SharedFacts& facts) {
  const auto is_feed = [&](const std::string& role) {
    return std::ranges::count(facts.feeds, role, &FeedRole::name) > 0;
  };
  return std::ranges::any_of(facts.holdings, [&](const Holding& holding) {
    return is_feed(holding.holder) || std::ranges::any_of(holding.strangers, is_feed);
  });
}

}  // namespace freehold::engines::postgres

#include "reconcilers/engines/postgres/feed_access.h"

#include <algorithm>
#include <map>

#include "operator/base/text.h"
#include "reconcilers/engines/postgres/acl.h"
#include "reconcilers/engines/postgres/names.h"

namespace freehold::engines::postgres {
namespace {

std::string Changes(const Layout& layout) { return "changes of database " + layout.database; }

/// All that the database writes: PostgreSQL has no smaller right.
void ByReplication(const SharedFacts& facts, const Layout& layout, std::vector<FeedAccess>& ways) {
  std::map<Feed, std::vector<std::string>> slots;
  for (const auto& slot : facts.slots) slots[FeedOfSlot(slot)].push_back(slot);
  if (slots.empty()) slots[Feed::kEvents] = {};
  for (const auto& [feed, names] : slots) {
    ways.push_back({facts.feed->name, "REPLICATION", Changes(layout), feed,
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
  if (facts.feed && facts.feed->replicates) ByReplication(facts, layout, ways);
  if (facts.feed && !facts.feed->replicates) {
    ways.push_back({facts.feed->name, "CONNECT", "database " + layout.database, Feed::kEvents,
                    "the role's comment says that it is of the store"});
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
  return facts.feed && std::ranges::any_of(facts.holdings, [&](const Holding& holding) {
           return holding.holder == facts.feed->name || std::ranges::count(holding.strangers, facts.feed->name) > 0;
         });
}

}  // namespace freehold::engines::postgres

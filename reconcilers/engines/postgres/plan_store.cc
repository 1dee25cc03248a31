#include "reconcilers/engines/postgres/plan_store.h"

#include <algorithm>
#include <iterator>

#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/plan_cdc.h"
#include "reconcilers/engines/postgres/plan_database.h"
#include "reconcilers/engines/postgres/plan_feeds.h"
#include "reconcilers/engines/postgres/plan_inbox.h"
#include "reconcilers/engines/postgres/plan_inside.h"
#include "reconcilers/engines/postgres/plan_landing.h"
#include "reconcilers/engines/postgres/plan_outbox.h"
#include "reconcilers/engines/postgres/plan_outgoing.h"
#include "reconcilers/engines/postgres/plan_projections.h"
#include "reconcilers/engines/postgres/plan_report.h"
#include "reconcilers/engines/postgres/plan_roles.h"
#include "reconcilers/engines/postgres/plan_sessions.h"
#include "reconcilers/engines/postgres/plan_tool.h"

namespace freehold::engines::postgres {
namespace {

using Statements = std::vector<std::string>;

/// A role that nobody marked but that has power over the server is never made a store's.
bool TakesPowerfulRole(const SharedFacts& facts) {
  return std::ranges::any_of(facts.roles, [](const auto& role) {
    return role && !MarkerOf(role) &&
           (role->superuser || role->create_role || role->create_database || role->replication);
  });
}

bool MarkedByAnother(const Store& wanted, const StoreSeen& seen, const SharedFacts& facts) {
  const auto another = [&](const std::optional<Marker>& marker) {
    return marker && !marker->uid.empty() && marker->uid != wanted.marker.uid;
  };
  return another(seen.marker) || std::ranges::any_of(facts.roles, [&](const auto& r) { return another(MarkerOf(r)); });
}

bool MayTouch(const Store& wanted, const StoreSeen& seen, const StoreDetail& detail) {
  if (detail.reserved || MarkedByAnother(wanted, seen, detail.facts)) return false;
  const bool released = seen.marker && seen.marker->uid.empty();
  const bool needs_adoption = seen.occupied || (released && seen.exists);
  if (!needs_adoption) return true;
  return wanted.adopt && !TakesPowerfulRole(detail.facts);
}

void Append(Statements& to, Statements from) { std::ranges::move(from, std::back_inserter(to)); }

void AddStep(std::vector<Step>& steps, const char* verb, const std::string& target, const std::string& database,
             Statements statements) {
  if (statements.empty()) return;
  steps.push_back({.verb = verb, .target = target, .database = database, .statements = std::move(statements)});
}

/// The store's database can be looked into, or will be new.
bool InsideIsKnown(const PlanContext& c) { return c.local || !c.facts.database || c.half_made; }

std::vector<Step> PlanOwnDatabase(const PlanContext& c) {
  const auto& layout = c.wanted.layout;
  std::vector<Step> steps;
  AddStep(steps, c.facts.owner() ? "mend-roles" : "prepare-roles", layout.owner, "", PlanRoles(c));
  std::ranges::move(PlanDatabase(c), std::back_inserter(steps));
  if (!InsideIsKnown(c)) return steps;
  auto outbox = PlanOutbox(c);
  auto inbox = PlanInbox(c);
  auto inside = PlanInside(c);
  Append(inside, std::move(outbox.create));
  Append(inside, std::move(inbox.create));
  AddStep(steps, c.seen.exists ? "mend-schema" : "make-schema", layout.database, layout.database, std::move(inside));
  AddStep(steps, "keep-outbox", layout.database, layout.database, std::move(outbox.keep));
  AddStep(steps, "keep-inbox", layout.database, layout.database, std::move(inbox.keep));
  for (const auto plan :
       {PlanProjections, PlanFeeds, PlanLanding, PlanCdcRole, PlanOutgoing, PlanToolLogins, PlanReport})
    std::ranges::move(plan(c), std::back_inserter(steps));
  return steps;
}

std::vector<Step> PlanInSharedDatabase(const PlanContext& c) {
  const auto& layout = c.wanted.layout;
  const auto target = layout.isolation == api::Isolation::kTables ? layout.owner : layout.schema;
  auto outbox = PlanOutbox(c);
  auto inbox = PlanInbox(c);
  auto script = PlanRoles(c);
  Append(script, PlanInside(c));
  Append(script, std::move(outbox.create));
  Append(script, std::move(inbox.create));
  std::vector<Step> steps;
  AddStep(steps, c.seen.exists ? "mend-schema" : "make-schema", target, layout.database, std::move(script));
  AddStep(steps, "keep-outbox", target, layout.database, std::move(outbox.keep));
  AddStep(steps, "keep-inbox", target, layout.database, std::move(inbox.keep));
  for (const auto plan :
       {PlanProjections, PlanFeeds, PlanLanding, PlanCdcRole, PlanOutgoing, PlanToolLogins, PlanReport})
    std::ranges::move(plan(c), std::back_inserter(steps));
  return steps;
}

}  // namespace

std::vector<Step> PlanStore(const Store& wanted, const StoreSeen& seen) {
  const auto* detail = dynamic_cast<const StoreDetail*>(seen.detail.get());
  if (!detail || !MayTouch(wanted, seen, *detail)) return {};
  const PlanContext context(wanted, seen, *detail);
  auto steps = context.has_own_database ? PlanOwnDatabase(context) : PlanInSharedDatabase(context);
  if (auto step = EndSessionsOfStrangers(context)) steps.push_back(std::move(*step));
  return steps;
}

}  // namespace freehold::engines::postgres

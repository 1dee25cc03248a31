#include "reconcilers/engines/postgres/store_view.h"

#include <algorithm>

#include "reconcilers/engines/postgres/feed_access.h"
#include "reconcilers/engines/postgres/marker.h"
#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/plan_landing.h"
#include "reconcilers/engines/postgres/plan_projections.h"
#include "reconcilers/engines/reporting.h"

namespace freehold::engines::postgres {
namespace {

/// The first of the roles that says whose it is.
std::optional<Marker> MarkerOfRoles(const SharedFacts& facts) {
  for (const auto& role : facts.roles) {
    if (auto marker = MarkerOf(role)) return marker;
  }
  return std::nullopt;
}

bool IsMember(const SharedFacts& facts, const std::string& member, const std::string& role) {
  return std::ranges::any_of(facts.memberships,
                             [&](const Membership& m) { return m.member == member && m.role == role; });
}

/// A schema belongs to whom its owner role belongs to; its own comment speaks for it when the owner was changed.
bool IsOfRoles(const Schema& schema, const Layout& layout, const Marker& of_roles) {
  const auto names = RolesOf(layout);
  if (std::ranges::count(names, schema.owner) > 0) return true;
  const auto own = ParseMarker(schema.comment);
  return own && own->uid == of_roles.uid;
}

/// A role without a marker is still the store's when it stands where only the operator puts one.
bool IsLinked(const SharedFacts& facts, const Layout& layout, std::size_t which) {
  if (which > 0) return IsMember(facts, layout.logins[which - 1], layout.owner);
  if (facts.database && ParseMarker(facts.database->comment)) return true;
  return std::ranges::any_of(layout.logins, [&](const auto& login) { return IsMember(facts, login, layout.owner); });
}

bool RolesAreOccupied(const SharedFacts& facts, const Layout& layout, const std::optional<Marker>& marker) {
  for (std::size_t i = 0; i < facts.roles.size(); ++i) {
    if (!facts.roles[i]) continue;
    const auto own = MarkerOf(facts.roles[i]);
    if (!marker || (own ? own->uid != marker->uid : !IsLinked(facts, layout, i))) return true;
  }
  return false;
}

void LookAtDatabase(StoreSeen& seen, StoreDetail& detail, const Marker* of_roles) {
  const auto& database = detail.facts.database;
  seen.exists = database.has_value();
  if (!database) return;
  const auto own = ParseMarker(database->comment);
  detail.half_made = !own && of_roles && !of_roles->uid.empty() && !database->allows_connections &&
                     database->owner == detail.rows.shared.admin.name;
  if (detail.half_made) return;
  detail.unclaimed = !own;
  seen.marker = own;
}

void LookAtSchema(StoreSeen& seen, StoreDetail& detail, const Layout& layout, const Marker* of_roles) {
  const auto* schema = SchemaNamed(detail, layout.schema);
  seen.exists = schema != nullptr;
  if (!schema || (of_roles && IsOfRoles(*schema, layout, *of_roles))) return;
  detail.unclaimed = true;
  seen.marker.reset();
}

LoginSeen ToLoginSeen(const std::optional<Role>& role) {
  if (!role) return {};
  return {.exists = true, .can_login = role->can_login, .verifier = role->verifier};
}

}  // namespace

const Schema* SchemaNamed(const StoreDetail& detail, const std::string& name) {
  if (!detail.rows.local) return nullptr;
  const auto& schemas = detail.rows.local->schemas;
  const auto found = std::ranges::find(schemas, name, &Schema::name);
  return found == schemas.end() ? nullptr : &*found;
}

std::optional<Marker> MarkerOf(const std::optional<Role>& role) {
  return role ? ParseMarker(role->comment) : std::nullopt;
}

bool IsReserved(const Layout& layout, const Database* seen, const ServerAccess& access) {
  if (!HasOwnDatabase(layout)) return false;
  static const std::vector<std::string> kSystem = {"postgres",      "template0",         "template1", "rdsadmin",
                                                   "cloudsqladmin", "azure_maintenance", "azure_sys"};
  return std::ranges::count(kSystem, layout.database) > 0 || layout.database == access.maintenance_database ||
         layout.database == access.shared_database || (seen && IsWarehouseComment(seen->comment)) ||
         (seen && seen->is_template && !ParseMarker(seen->comment));
}

StoreSeen ViewOf(StoreRows rows, const Layout& layout, const ServerAccess& access) {
  auto detail = std::make_shared<StoreDetail>();
  detail->facts = SharedIndex(rows.shared).FactsOf(layout);
  detail->rows = std::move(rows);
  const auto& facts = detail->facts;
  if (access.takes_spares) detail->spares = SpareNamesOf(access);
  detail->reserved = IsReserved(layout, facts.database ? &*facts.database : nullptr, access);

  StoreSeen seen;
  const auto of_roles = MarkerOfRoles(facts);
  seen.marker = of_roles;
  if (HasOwnDatabase(layout)) {
    LookAtDatabase(seen, *detail, of_roles ? &*of_roles : nullptr);
  } else if (layout.isolation == api::Isolation::kSchema) {
    LookAtSchema(seen, *detail, layout, of_roles ? &*of_roles : nullptr);
  } else {
    seen.exists = std::ranges::any_of(facts.roles, [](const auto& role) { return role.has_value(); });
  }
  seen.occupied = detail->reserved || detail->unclaimed || RolesAreOccupied(facts, layout, seen.marker);
  seen.verifiers_readable = detail->rows.shared.verifiers_readable;
  seen.logins = {ToLoginSeen(facts.login(0)), ToLoginSeen(facts.login(1))};
  seen.fingerprint = FingerprintOf(facts);
  if (const auto& local = detail->rows.local) {
    seen.visited = true;
    seen.user_tables = local->user_tables;
    for (const auto& feed : local->inbox.feeds) {
      if (!feed.enabled || feed.arguments.empty()) continue;
      seen.feeds.push_back({.source = feed.arguments.front(),
                            .types = {feed.arguments.begin() + 1, feed.arguments.end()},
                            .channel = IsLanding(feed) ? feed.outbox : "",
                            .subscribed = feed.subscription && feed.subscription->enabled,
                            .running = feed.subscription && feed.subscription->running && feed.subscription->whole});
    }
    if (const auto& cdc = local->cdc) {
      seen.cdc = {.exists = true, .can_login = cdc->can_login, .verifier = cdc->verifier};
    }
    seen.projections = ProjectionsIn(*local, layout);
    const auto us = RolesOf(layout);
    for (const auto& [table, owner] : local->tables) {
      if (std::ranges::count(us, owner.role) == 0) seen.tables_of_others[table] = owner.role;
    }
  }
  seen.foreign = ForeignIn(*detail, layout);
  seen.feed_access = FeedsIn(*detail, layout);
  seen.detail = std::move(detail);
  return seen;
}

}  // namespace freehold::engines::postgres

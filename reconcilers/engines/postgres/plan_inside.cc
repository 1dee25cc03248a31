#include "reconcilers/engines/postgres/plan_inside.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "reconcilers/engines/postgres/grant_guard.h"
#include "reconcilers/engines/postgres/marker.h"
#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/operator_schema.h"
#include "reconcilers/engines/postgres/plan_defaults.h"
#include "reconcilers/engines/postgres/plan_objects.h"
#include "reconcilers/engines/postgres/quote.h"

namespace freehold::engines::postgres {
namespace {

using Statements = std::vector<std::string>;

const Schema* Find(const PlanContext& c, const std::string& name) {
  if (!c.local) return nullptr;
  const auto found = std::ranges::find(c.local->schemas, name, &Schema::name);
  return found == c.local->schemas.end() ? nullptr : &*found;
}

bool MayUse(const Schema& schema, const std::string& role, std::initializer_list<const char*> rights) {
  return std::ranges::all_of(rights, [&](const char* right) {
    return std::ranges::any_of(schema.grants,
                               [&](const Grant& g) { return g.grantee == role && g.privilege == right; });
  });
}

/// A new database has a schema that is open to all. Up to 14 a superuser owns it, so only a superuser closes it.
void ClosePublic(const PlanContext& c, Statements& statements) {
  if (c.local || !c.has_own_database || (c.major < 15 && !c.admin.superuser)) return;
  statements.push_back("REVOKE ALL ON SCHEMA public FROM PUBLIC");
}

void OwnSchema(const PlanContext& c, Statements& statements) {
  if (c.wanted.layout.isolation == api::Isolation::kTables) return;
  const auto name = QuoteName(c.wanted.layout.schema);
  const auto* seen = Find(c, c.wanted.layout.schema);
  if (!seen) {
    statements.push_back("CREATE SCHEMA " + name + " AUTHORIZATION " + c.owner);
  } else if (!c.adopting && seen->owner != c.wanted.layout.owner) {
    statements.push_back("ALTER SCHEMA " + name + " OWNER TO " + c.owner);
  } else if (seen->owner == c.wanted.layout.owner && !MayUse(*seen, seen->owner, {"USAGE", "CREATE"})) {
    statements.push_back("GRANT ALL ON SCHEMA " + name + " TO " + c.owner);
  }
  const auto marker = PrintMarker(c.wanted.marker);
  if (c.has_own_database || (seen && seen->comment == marker)) return;
  statements.push_back("COMMENT ON SCHEMA " + name + " IS " + QuoteValue(marker));
}

/// In a shared database that is the server's plan.
bool NeedsGrantGuard(const PlanContext& c) {
  return c.has_own_database && c.admin.superuser && (!c.local || c.local->grant_guard != GrantGuardVersion());
}

void ExtensionSchema(const PlanContext& c, Statements& statements) {
  const bool needed = !c.wanted.extensions.empty() || NeedsGrantGuard(c);
  if (!needed || !c.has_own_database || Find(c, kExtensionSchema)) return;
  statements.push_back("CREATE SCHEMA " + QuoteName(kExtensionSchema));
}

void Extensions(const PlanContext& c, Statements& statements) {
  if (c.wanted.extensions.empty()) return;
  const auto name = QuoteName(kExtensionSchema);
  const auto* seen = Find(c, kExtensionSchema);
  if (c.has_own_database && (!seen || !MayUse(*seen, c.wanted.layout.owner, {"USAGE"}))) {
    statements.push_back("GRANT USAGE ON SCHEMA " + name + " TO " + c.owner);
  }
  for (const auto& extension : c.wanted.extensions) {
    if (c.local && c.local->extensions.contains(extension)) continue;
    if (!c.has_own_database) statements.push_back(TakeTurns(extension));
    statements.push_back(std::string("CREATE EXTENSION ") + (c.has_own_database ? "" : "IF NOT EXISTS ") +
                         QuoteName(extension) + " SCHEMA " + name);
  }
}

}  // namespace

std::vector<std::string> PlanInside(const PlanContext& c) {
  Statements statements;
  ClosePublic(c, statements);
  OwnSchema(c, statements);
  ExtensionSchema(c, statements);
  if (NeedsGrantGuard(c)) std::ranges::move(GuardGrants(), std::back_inserter(statements));
  Extensions(c, statements);
  PlanDefaults(c, statements);
  PlanObjects(c, statements);
  if (c.adopting && c.has_own_database) {
    statements.push_back("COMMENT ON DATABASE " + QuoteName(c.wanted.layout.database) + " IS " +
                         QuoteValue(PrintMarker(c.wanted.marker)));
  }
  return statements;
}

}  // namespace freehold::engines::postgres

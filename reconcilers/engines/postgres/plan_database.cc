#include "reconcilers/engines/postgres/plan_database.h"

#include <set>

#include "reconcilers/engines/postgres/marker.h"
#include "reconcilers/engines/postgres/quote.h"
#include "reconcilers/engines/postgres/spares.h"

namespace freehold::engines::postgres {
namespace {

/// One message, so one transaction: whoever could enter a database that is open by default never sees it open.
std::string Opening(const PlanContext& c, const std::string& name) {
  return "REVOKE ALL ON DATABASE " + name + " FROM PUBLIC; GRANT CONNECT, TEMPORARY ON DATABASE " + name + " TO " +
         c.owner + "; COMMENT ON DATABASE " + name + " IS " + QuoteValue(PrintMarker(c.wanted.marker)) +
         "; ALTER DATABASE " + name + " WITH ALLOW_CONNECTIONS true";
}

void CloseToOthers(const PlanContext& c, const Database& seen, std::vector<std::string>& statements) {
  const auto name = QuoteName(seen.name);
  std::set<std::string> closed;
  bool passes_on = false;
  for (const auto& grant : seen.grants) {
    if (c.IsUs(grant.grantee)) passes_on = passes_on || grant.grantable;
    // The owner's own rights go with the ownership.
    if (!c.IsAllowed(grant.grantee) && grant.grantee != seen.owner) closed.insert(grant.grantee);
  }
  if (passes_on) {
    statements.push_back("REVOKE GRANT OPTION FOR ALL ON DATABASE " + name + " FROM " + QuoteNames(c.us) + " CASCADE");
  }
  for (const auto& grantee : closed) {
    const auto from = grantee.empty() ? "PUBLIC" : QuoteName(grantee);
    statements.push_back("REVOKE ALL ON DATABASE " + name + " FROM " + from + " CASCADE");
  }
}

bool OwnerEnters(const PlanContext& c, const Database& seen) {
  std::set<std::string> rights;
  for (const auto& grant : seen.grants) {
    if (grant.grantee == c.wanted.layout.owner) rights.insert(grant.privilege);
  }
  return rights.contains("CONNECT") && rights.contains("TEMPORARY");
}

void TakeOwnership(const PlanContext& c, const Database& seen, std::vector<std::string>& statements) {
  const bool lent = !seen.reachable;
  if (seen.owner == c.admin.name) return;
  if (seen.owned_by_superuser && !c.admin.superuser && !c.adopting) return;
  if (lent) statements.push_back(c.Borrow(seen.owner));
  statements.push_back("ALTER DATABASE " + QuoteName(seen.name) + " OWNER TO " + QuoteName(c.admin.name));
  if (lent) statements.push_back(c.HandBack(seen.owner));
}

}  // namespace

std::vector<Step> PlanDatabase(const PlanContext& c) {
  const auto& target = c.wanted.layout.database;
  const auto name = QuoteName(target);
  const auto& seen = c.facts.database;
  if (!seen) {
    // Made shut; opened to its owner only, in the same breath in which it is closed to all others.
    return {
        {.verb = "create-database",
         .target = target,
         .database = "",
         .statements = {"CREATE DATABASE " + name + " TEMPLATE template0 ALLOW_CONNECTIONS false", Opening(c, name)},
         .transaction = false,
         .shortcut = c.spares ? TakeSpare(*c.spares, target, c.major) + ";\n" + Opening(c, name) : ""}};
  }
  if (c.half_made)
    return {{.verb = "open-database", .target = target, .database = "", .statements = {Opening(c, name)}}};

  std::vector<std::string> statements;
  TakeOwnership(c, *seen, statements);
  CloseToOthers(c, *seen, statements);
  if (!OwnerEnters(c, *seen)) {
    statements.push_back("GRANT CONNECT, TEMPORARY ON DATABASE " + name + " TO " + c.owner);
  }
  if (!seen->allows_connections) statements.push_back("ALTER DATABASE " + name + " WITH ALLOW_CONNECTIONS true");
  if (seen->is_template) statements.push_back("ALTER DATABASE " + name + " WITH IS_TEMPLATE false");
  if (seen->connections != -1) statements.push_back("ALTER DATABASE " + name + " WITH CONNECTION LIMIT -1");
  // An adopted database is marked last, inside, when everything in it was taken over.
  const auto marker = PrintMarker(c.wanted.marker);
  if (!c.adopting && seen->comment != marker) {
    statements.push_back("COMMENT ON DATABASE " + name + " IS " + QuoteValue(marker));
  }
  if (statements.empty()) return {};
  return {{.verb = c.adopting ? "take-database" : "mend-database",
           .target = target,
           .database = "",
           .statements = std::move(statements)}};
}

}  // namespace freehold::engines::postgres

#include "reconcilers/engines/postgres/plan_defaults.h"

#include <algorithm>
#include <set>

#include "reconcilers/engines/postgres/quote.h"

namespace freehold::engines::postgres {
namespace {

struct Kind {
  std::string name;                 ///< as GRANT … ON takes it
  std::string open_right;           ///< what PUBLIC has unless it is taken away; empty: nothing
  std::vector<std::string> rights;  ///< all of them
};

const std::vector<Kind>& Kinds() {
  static const std::vector<Kind> kinds = {
      {"FUNCTIONS", "EXECUTE", {"EXECUTE"}},
      {"TYPES", "USAGE", {"USAGE"}},
      {"TABLES", "", {"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"}},
      {"SEQUENCES", "", {"USAGE", "SELECT", "UPDATE"}},
  };
  return kinds;
}

const DefaultAcl* Find(const PlanContext& c, const std::string& role, const std::string& kind) {
  if (!c.local) return nullptr;
  const auto found = std::ranges::find_if(c.local->defaults, [&](const DefaultAcl& row) {
    return row.role == role && row.kind == kind && row.schema.empty();
  });
  return found == c.local->defaults.end() ? nullptr : &*found;
}

bool Has(const DefaultAcl& row, const std::string& grantee, const std::string& right) {
  return std::ranges::any_of(row.grants, [&](const Grant& g) { return g.grantee == grantee && g.privilege == right; });
}

void CloseToPublic(const PlanContext& c, const Kind& kind, std::vector<std::string>& statements) {
  if (kind.open_right.empty()) return;
  std::vector<std::string> open;
  for (const auto& role : c.us) {
    const auto* row = Find(c, role, kind.name);
    if (!row || Has(*row, "", kind.open_right)) open.push_back(role);
  }
  if (open.empty()) return;
  statements.push_back("ALTER DEFAULT PRIVILEGES FOR ROLE " + QuoteNames(open) + " REVOKE " + kind.open_right + " ON " +
                       kind.name + " FROM PUBLIC");
}

void OpenToOwner(const PlanContext& c, const Kind& kind, std::vector<std::string>& statements) {
  std::vector<std::string> closed;
  for (const auto& login : c.wanted.layout.logins) {
    const auto* row = Find(c, login, kind.name);
    const bool open = row && std::ranges::all_of(kind.rights, [&](const auto& right) {
                        return Has(*row, c.wanted.layout.owner, right);
                      });
    if (!open) closed.push_back(login);
  }
  if (closed.empty()) return;
  statements.push_back("ALTER DEFAULT PRIVILEGES FOR ROLE " + QuoteNames(closed) + " GRANT ALL ON " + kind.name +
                       " TO " + c.owner);
}

void CloseToStrangers(const PlanContext& c, std::vector<std::string>& statements) {
  if (!c.local) return;
  for (const auto& row : c.local->defaults) {
    std::set<std::string> strangers;
    const auto kind = std::ranges::find(Kinds(), row.kind, &Kind::name);
    const bool by_nature = kind != Kinds().end() && !kind->open_right.empty() && row.schema.empty();
    for (const auto& grant : row.grants) {
      if (!c.IsAllowed(grant.grantee) && !(grant.grantee.empty() && by_nature)) strangers.insert(grant.grantee);
    }
    for (const auto& stranger : strangers) {
      statements.push_back("ALTER DEFAULT PRIVILEGES FOR ROLE " + QuoteName(row.role) +
                           (row.schema.empty() ? "" : " IN SCHEMA " + QuoteName(row.schema)) + " REVOKE ALL ON " +
                           row.kind + " FROM " + (stranger.empty() ? "PUBLIC" : QuoteName(stranger)));
    }
  }
}

}  // namespace

void PlanDefaults(const PlanContext& c, std::vector<std::string>& statements) {
  for (const auto& kind : Kinds()) {
    CloseToPublic(c, kind, statements);
    OpenToOwner(c, kind, statements);
  }
  CloseToStrangers(c, statements);
}

std::vector<DefaultAcl> DefaultsAsMade(const Layout& layout) {
  std::vector<DefaultAcl> rows;
  const auto add = [&](const std::string& role, const Kind& kind) {
    DefaultAcl row{.role = role, .schema = "", .kind = kind.name, .grants = {}};
    for (const auto& grantee : std::set{role, layout.owner}) {
      for (const auto& right : kind.rights) row.grants.push_back({grantee, role, right});
    }
    rows.push_back(std::move(row));
  };
  for (const auto& kind : Kinds()) {
    if (!kind.open_right.empty()) add(layout.owner, kind);
    for (const auto& login : layout.logins) add(login, kind);
  }
  return rows;
}

}  // namespace freehold::engines::postgres

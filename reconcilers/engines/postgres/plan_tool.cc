#include "reconcilers/engines/postgres/plan_tool.h"

#include <iterator>

#include "reconcilers/engines/channel.h"
#include "reconcilers/engines/postgres/marker.h"
#include "reconcilers/engines/postgres/plan_cdc.h"
#include "reconcilers/engines/postgres/plan_sessions.h"
#include "reconcilers/engines/postgres/quote.h"
#include "reconcilers/engines/reporting.h"

namespace freehold::engines::postgres {
namespace {

using Statements = std::vector<std::string>;

constexpr const char* kAttributes = " LOGIN REPLICATION NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS";

Statements Prepare(const PlanContext& c, const std::string& name, const LoginWanted& wanted, const CdcSeen* seen) {
  const auto marker = PrintMarker(c.wanted.marker);
  if (!seen && !(wanted.can_login && wanted.new_verifier)) return {};
  if (seen && !IsCdcOf(*seen, c.wanted.marker.uid)) return {};
  const auto role = QuoteName(name);
  Statements statements;
  const bool right = seen && seen->can_login && seen->replicates && seen->fit;
  const bool sets = wanted.new_verifier && (!seen || wanted.new_verifier != seen->verifier);
  if (!seen) {
    statements.push_back("CREATE ROLE " + role + kAttributes + " PASSWORD " + QuoteValue(*wanted.new_verifier));
    statements.push_back(NoPolicies(name));
    statements.push_back("COMMENT ON ROLE " + role + " IS " + QuoteValue(marker));
  } else if (wanted.can_login && (!right || sets)) {
    statements.push_back("ALTER ROLE " + role + kAttributes +
                         (sets ? " PASSWORD " + QuoteValue(*wanted.new_verifier) : ""));
    if (!seen->fit) statements.push_back(NoPolicies(name));
  } else if (!wanted.can_login && seen->can_login) {
    statements.push_back("ALTER ROLE " + role + " NOLOGIN NOREPLICATION PASSWORD NULL");
    statements.push_back(EndSessions({name}));
  }
  if (!seen || !seen->connects) {
    statements.push_back("GRANT CONNECT ON DATABASE " + QuoteName(c.wanted.layout.database) + " TO " + role);
  }
  return statements;
}

}  // namespace

std::vector<Step> PlanToolLogins(const PlanContext& c) {
  if (!c.local) return {};
  const auto& reporting = c.wanted.reporting;
  if (reporting && !reporting->tables) return {};
  Statements statements;
  const bool wanted = reporting && reporting->tool && !reporting->tables->empty() && c.has_own_database;
  if (wanted) {
    const auto names = ToolLoginsOf(c.wanted.layout);
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto seen = c.local->reporting.tool.find(names[i]);
      const auto* there = seen == c.local->reporting.tool.end() ? nullptr : &seen->second;
      std::ranges::move(Prepare(c, names[i], reporting->tool->logins[i], there), std::back_inserter(statements));
    }
  } else {
    statements = DropToolLogins(c.local->reporting, c.wanted.marker.uid);
  }
  if (statements.empty()) return {};
  return {{.verb = wanted ? "prepare-tool-logins" : "drop-tool-logins",
           .target = FeedOf(c.wanted.layout),
           .database = c.wanted.layout.database,
           .statements = std::move(statements),
           .best_effort = true}};
}

std::vector<std::string> DropToolLogins(const ReportingSeen& seen, const std::string& uid) {
  Statements statements;
  for (const auto& [name, login] : seen.tool) {
    std::ranges::move(DropCdcRole(name, login, uid), std::back_inserter(statements));
  }
  return statements;
}

}  // namespace freehold::engines::postgres

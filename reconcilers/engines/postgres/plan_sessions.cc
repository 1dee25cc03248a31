#include "reconcilers/engines/postgres/plan_sessions.h"

#include "reconcilers/engines/postgres/quote.h"

namespace freehold::engines::postgres {
namespace {

bool Belongs(const PlanContext& c, const std::string& role) {
  for (int which : {0, 1}) {
    if (role == c.wanted.layout.logins[which]) return c.wanted.logins[which].can_login;
  }
  return role == c.admin.name;
}

}  // namespace

std::optional<Step> EndSessionsOfStrangers(const PlanContext& c) {
  std::vector<std::string> roles;
  for (const auto& [role, sessions] : c.rows.sessions) {
    const bool may_end = c.admin_ends_sessions || c.IsUs(role);
    if (may_end && !Belongs(c, role)) roles.push_back(role);
  }
  if (roles.empty()) return std::nullopt;
  return Step{.verb = "end-sessions",
              .target = c.wanted.layout.database,
              .database = "",
              .statements = {EndSessions(roles, c.has_own_database ? c.wanted.layout.database : "")}};
}

std::string EndSessions(const std::vector<std::string>& roles, const std::string& database) {
  return "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename IN "
         "(" +
         QuoteValues(roles) + ")" + (database.empty() ? "" : " AND datname = " + QuoteValue(database));
}

}  // namespace freehold::engines::postgres

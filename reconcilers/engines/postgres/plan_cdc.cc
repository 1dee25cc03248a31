#include "reconcilers/engines/postgres/plan_cdc.h"

#include <algorithm>

#include "reconcilers/engines/channel.h"
#include "reconcilers/engines/postgres/marker.h"
#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/quote.h"

namespace freehold::engines::postgres {
namespace {

using Statements = std::vector<std::string>;

bool Replicates(const OutgoingWanted& outgoing) { return outgoing.channel.carrier != Carrier::kPolling; }

/// The ends of channels that Connect writes to, as far as there is an inbox for them; sorted.
Statements Brings(const PlanContext& c) {
  Statements channels;
  if (!c.local->inbox.table) return channels;
  for (const auto& feed : c.wanted.feeds) {
    if (feed.channel && feed.channel->carrier == Carrier::kConnect) channels.push_back(feed.channel->name);
  }
  std::ranges::sort(channels);
  return channels;
}

bool ActsFor(const PlanContext& c, const std::string& role) {
  return std::ranges::any_of(c.facts.memberships, [&](const Membership& m) {
    return m.member == c.admin.name && m.role == role && m.inherits && m.settable;
  });
}

Statements Prepare(const PlanContext& c, const std::optional<CdcSeen>& seen, bool replicates,
                   const Statements& brings) {
  const auto& layout = c.wanted.layout;
  const auto role = QuoteName(CdcRoleOf(layout));
  const auto marker = PrintMarker(c.wanted.marker);
  const auto& verifier = c.wanted.new_cdc_verifier;
  const auto password = verifier ? " PASSWORD " + QuoteValue(*verifier) : std::string();
  const auto replication = replicates ? " LOGIN REPLICATION" : " LOGIN NOREPLICATION";
  const bool same = seen && seen->fit && seen->can_login && seen->replicates == replicates;
  Statements statements;
  if (!seen) {
    statements.push_back("CREATE ROLE " + role + (replicates ? " LOGIN REPLICATION" : " LOGIN") + password);
  } else if (!same || (verifier && verifier != seen->verifier)) {
    // What only a superuser gives only a superuser takes away.
    const auto limits =
        c.admin.superuser ? " NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS" : " NOCREATEDB NOCREATEROLE";
    statements.push_back("ALTER ROLE " + role + replication + limits + password);
  }
  if (!same) statements.push_back(NoPolicies(CdcRoleOf(layout)));
  if (!seen || seen->comment != marker) {
    statements.push_back("COMMENT ON ROLE " + role + " IS " + QuoteValue(marker));
  }
  // A superuser ends anybody's sessions, and drops what is anybody's.
  if (!c.admin.superuser && !ActsFor(c, CdcRoleOf(layout))) statements.push_back(c.Borrow(CdcRoleOf(layout)));
  if (!seen || !seen->connects) {
    statements.push_back(c.has_own_database ? "GRANT CONNECT ON DATABASE " + QuoteName(layout.database) + " TO " + role
                                            : c.Grant(QuoteName(ServicesRole(layout.database)), CdcRoleOf(layout)));
  }
  const auto may_write = seen ? seen->brings : Statements();
  const auto change = [&](const Statements& from, const Statements& to, const char* verb, const char* word) {
    for (const auto& channel : from) {
      if (std::ranges::count(to, channel) > 0) continue;
      statements.push_back(std::string(verb) + " INSERT ON " + QuoteName(kOperatorSchema, channel) + word + role);
    }
  };
  if (!brings.empty() && may_write.empty()) {
    statements.push_back("GRANT USAGE ON SCHEMA " + QuoteName(kOperatorSchema) + " TO " + role);
  }
  change(brings, may_write, "GRANT", " TO ");
  change(may_write, brings, "REVOKE", " FROM ");
  if (brings.empty() && !may_write.empty()) {
    statements.push_back("REVOKE USAGE ON SCHEMA " + QuoteName(kOperatorSchema) + " FROM " + role);
  }
  return statements;
}

}  // namespace

std::string NoPolicies(const std::string& role) { return "ALTER ROLE " + QuoteName(role) + " SET row_security = off"; }

std::vector<Step> PlanCdcRole(const PlanContext& c) {
  if (!c.local) return {};
  const auto& layout = c.wanted.layout;
  const auto& seen = c.local->cdc;
  const auto brings = Brings(c);
  const auto& reporting = c.wanted.reporting;
  const bool reports = reporting && !reporting->tool && (!reporting->tables || !reporting->tables->empty());
  if (reports && !reporting->tables && !seen) return {};
  const bool publishes = c.local->outbox && std::ranges::any_of(c.wanted.outgoing, Replicates);
  const bool replicates = reports || publishes;
  const bool wanted = replicates || !brings.empty();
  if (seen && !IsCdcOf(*seen, c.wanted.marker.uid)) return {};
  auto statements =
      wanted ? Prepare(c, seen, replicates, brings) : DropCdcRole(CdcRoleOf(layout), seen, c.wanted.marker.uid);
  if (statements.empty()) return {};
  return {{.verb = wanted ? "prepare-cdc-role" : "drop-cdc-role",
           .target = CdcRoleOf(layout),
           .database = layout.database,
           .statements = std::move(statements)}};
}

bool IsCdcOf(const CdcSeen& cdc, const std::string& uid) {
  const auto marker = ParseMarker(cdc.comment);
  return marker && marker->uid == uid;
}

std::vector<std::string> DropCdcRole(const std::string& name, const std::optional<CdcSeen>& seen,
                                     const std::string& uid) {
  if (!seen || !IsCdcOf(*seen, uid)) return {};
  const auto role = QuoteName(name);
  // While it is there: nobody but a superuser ends the sessions of a role that is gone.
  return {"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = " + QuoteValue(name),
          "DROP OWNED BY " + role, "DROP ROLE " + role};
}

}  // namespace freehold::engines::postgres

#include "reconcilers/engines/postgres/plan_cdc.h"

#include <algorithm>

#include "reconcilers/engines/channel.h"
#include "reconcilers/engines/postgres/marker.h"
#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/quote.h"

namespace freehold::engines::postgres {
namespace {

using Statements = std::vector<std::string>;

bool IsOf(const CdcSeen& cdc, const std::string& uid) {
  const auto marker = ParseMarker(cdc.comment);
  return marker && marker->uid == uid;
}

Statements Prepare(const PlanContext& c, const std::optional<CdcSeen>& seen) {
  const auto& layout = c.wanted.layout;
  const auto role = QuoteName(CdcRoleOf(layout));
  const auto marker = PrintMarker(c.wanted.marker);
  const auto& verifier = c.wanted.new_cdc_verifier;
  const auto password = verifier ? " PASSWORD " + QuoteValue(*verifier) : std::string();
  Statements statements;
  if (!seen) {
    statements.push_back("CREATE ROLE " + role + " LOGIN REPLICATION" + password);
  } else if (!seen->fit || (verifier && verifier != seen->verifier)) {
    statements.push_back("ALTER ROLE " + role + " LOGIN REPLICATION NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS" +
                         password);
  }
  if (!seen || seen->comment != marker) {
    statements.push_back("COMMENT ON ROLE " + role + " IS " + QuoteValue(marker));
  }
  if (seen && seen->connects) return statements;
  statements.push_back(c.has_own_database ? "GRANT CONNECT ON DATABASE " + QuoteName(layout.database) + " TO " + role
                                          : c.Grant(QuoteName(ServicesRole(layout.database)), CdcRoleOf(layout)));
  return statements;
}

}  // namespace

std::vector<Step> PlanCdcRole(const PlanContext& c) {
  if (!c.local) return {};
  const auto& layout = c.wanted.layout;
  const auto& seen = c.local->cdc;
  const auto& reporting = c.wanted.reporting;
  const bool reports = reporting && (!reporting->tables || !reporting->tables->empty());
  if (reports && !reporting->tables && !seen) return {};
  const bool publishes = c.local->outbox && std::ranges::any_of(c.wanted.outgoing, [](const auto& outgoing) {
                           return outgoing.channel.carrier == Carrier::kReplication;
                         });
  const bool wanted = reports || publishes;
  if (seen && !IsOf(*seen, c.wanted.marker.uid)) return {};
  auto statements = wanted ? Prepare(c, seen) : DropCdcRole(layout, seen, c.wanted.marker.uid);
  if (statements.empty()) return {};
  return {{.verb = wanted ? "prepare-cdc-role" : "drop-cdc-role",
           .target = CdcRoleOf(layout),
           .database = layout.database,
           .statements = std::move(statements)}};
}

std::vector<std::string> DropCdcRole(const Layout& layout, const std::optional<CdcSeen>& seen, const std::string& uid) {
  if (!seen || !IsOf(*seen, uid)) return {};
  const auto role = QuoteName(CdcRoleOf(layout));
  return {"DROP OWNED BY " + role, "DROP ROLE " + role};
}

}  // namespace freehold::engines::postgres

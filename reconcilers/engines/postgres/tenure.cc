#include "reconcilers/engines/postgres/tenure.h"

#include "reconcilers/engines/postgres/quote.h"

namespace freehold::engines::postgres {
namespace {

constexpr const char* kName = "freehold";

std::string NamesOf(const Tenure& tenure) { return std::string(kName) + "/" + tenure.installation + "/"; }

}  // namespace

std::string SessionName(const std::optional<Tenure>& tenure) {
  return tenure ? NamesOf(*tenure) + tenure->process : kName;
}

Result<void> EndSessions(Connection& connection, const std::optional<Tenure>& tenure, bool predecessors,
                         const std::vector<int>& lost) {
  std::vector<std::string> pids;
  for (const int pid : lost) pids.push_back(std::to_string(pid));
  // Materialized: nothing but what was chosen is ended, whatever the planner thinks of the order.
  const auto left = connection.Ask(
      {"WITH ours AS MATERIALIZED (SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' "
       "AND usename = session_user AND pid <> pg_backend_pid() AND CASE WHEN application_name = $1 "
       "THEN pid = ANY ($2::int[]) ELSE $3 <> '' AND starts_with(application_name, $3) END) "
       "SELECT count(*) FROM ours WHERE NOT pg_terminate_backend(pid, 5000)",
       {SessionName(tenure), QuoteArray(pids), tenure && predecessors ? NamesOf(*tenure) : ""}});
  if (!left) return std::unexpected(left.error());
  if (*left == "0") return {};
  return base::Retryable("ServerBusy", *left + " sessions that the operator had before have not ended yet");
}

}  // namespace freehold::engines::postgres

#include "reconcilers/engines/postgres/attempt.h"

#include "operator/base/json.h"

namespace freehold::engines::postgres {
namespace {

constexpr int kTables = 3;

/// Names are in the catalogs, which everybody who is connected may read.
Query TablesOf(const Layout& layout) {
  return {
      "SELECT coalesce(json_agg(format('%I.%I', nspname, relname)), '[]') FROM (SELECT nspname, relname FROM pg_class "
      "c "
      "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE relkind IN ('r', 'p', 'v', 'm') "
      "AND pg_get_userbyid(relowner) = $1 ORDER BY relname LIMIT " +
          std::to_string(kTables) + ") t",
      {layout.owner}};
}

}  // namespace

Result<Attempt> TryTables(Connection& stranger, const Layout& layout) {
  Attempt attempt{.connected = true, .reads = false, .answer = "connected to database " + layout.database};
  const auto listed = stranger.Ask(TablesOf(layout));
  if (!listed) return std::unexpected(listed.error());
  const auto tables = base::ParseJson(*listed);
  if (!tables) return std::unexpected(tables.error());
  for (const auto& table : *tables) {
    const auto name = table.get<std::string>();
    const auto read = stranger.Ask({"SELECT count(*) FROM (SELECT FROM " + name + " LIMIT 1) t", {}});
    if (read) return Attempt{.connected = true, .reads = true, .answer = "read table " + name};
    attempt.answer = read.error().message;
  }
  return attempt;
}

}  // namespace freehold::engines::postgres

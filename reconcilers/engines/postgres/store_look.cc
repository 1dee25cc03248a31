#include "reconcilers/engines/postgres/store_look.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "operator/base/json_view.h"
#include "reconcilers/engines/postgres/made.h"
#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/utf8.h"

namespace freehold::engines::postgres {
namespace {

using base::JsonView;

/// PostgreSQL sees to it that it has no members and is no member: nobody acts as it but a database's owner.
constexpr const char* kDatabaseOwner = "pg_database_owner";

/// The roles that own or may use something of what the look saw in the database.
std::set<std::string> MentionedIn(JsonView local) {
  std::set<std::string> mentioned;
  const auto names = local["objects"]["mentioned"];
  if (names.is_null()) return mentioned;
  for (const auto name : names) mentioned.insert(name.get<std::string>());
  return mentioned;
}

/// Somebody else than the store's roles and the admin has a part in it.
bool HasStrangers(std::set<std::string> mentioned, const StoreRows& rows, const Layout& layout) {
  const auto add = [&](const std::vector<Grant>& grants) {
    for (const auto& grant : grants) mentioned.insert(grant.grantee);
  };
  for (const auto& membership : rows.shared.memberships) mentioned.insert(membership.member);
  if (HasOwnDatabase(layout)) {
    for (const auto& database : rows.shared.databases) {
      mentioned.insert(database.owner);
      add(database.grants);
    }
  }
  if (rows.local) {
    for (const auto& row : rows.local->defaults) add(row.grants);
  }
  for (const auto& role : RolesOf(layout)) mentioned.erase(role);
  for (const auto& role : {rows.shared.admin.name, std::string(), std::string(kDatabaseOwner)}) mentioned.erase(role);
  return !mentioned.empty();
}

/// Of a look that `rows` were read from.
bool ShowsMore(const std::string& json, const StoreRows& rows, const Layout& layout) {
  if (!rows.local) return HasStrangers({}, rows, layout);
  const auto document = base::JsonDocument::Parse(ValidUtf8(json));
  const auto local = document->root()["local"];
  return local["traces"].get<bool>() || HasStrangers(MentionedIn(local), rows, layout);
}

}  // namespace

Result<StoreRows> LookAtStore(Connection& connection, const Dialect& dialect, const Layout& layout, bool visit) {
  auto answers = AskAll(connection, StoreQuestions(dialect, layout, visit));
  if (!answers) return std::unexpected(answers.error());
  const auto first = Document(*answers);
  auto rows = ParseStoreRows(first);
  if (!rows || !ShowsMore(first, *rows, layout)) return rows;
  auto rest = AskAll(connection, FurtherQuestions(dialect, layout, visit));
  if (!rest) return std::unexpected(rest.error());
  std::ranges::move(*rest, std::back_inserter(*answers));
  return ParseStoreRows(Document(*answers));
}

Result<std::optional<StoreRows>> LookAtMade(Connection& connection, const Dialect& dialect, const Store& store,
                                            const PostgresSnapshot& server) {
  const auto answers = AskAll(connection, MadeQuestions(dialect, store.layout));
  if (!answers) return std::unexpected(answers.error());
  auto rows = ParseMadeRows(Document(*answers), server.index.rows());
  if (!rows) return std::unexpected(rows.error());
  rows->local = RowsAsMade(store, server);
  if (HasStrangers({}, *rows, store.layout)) return std::nullopt;
  return std::optional(std::move(*rows));
}

}  // namespace freehold::engines::postgres

#include "reconcilers/engines/postgres/store_look.h"

#include <iterator>
#include <set>

#include "reconcilers/engines/postgres/names.h"

namespace freehold::engines::postgres {
namespace {

/// PostgreSQL sees to it that it has no members and is no member: nobody acts as it but a database's owner.
constexpr const char* kDatabaseOwner = "pg_database_owner";

/// Somebody else than the store's roles and the admin has a part in it.
bool HasStrangers(const StoreRows& rows, const Layout& layout) {
  std::set<std::string> mentioned;
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
    mentioned.insert(rows.local->mentioned.begin(), rows.local->mentioned.end());
    for (const auto& row : rows.local->defaults) add(row.grants);
  }
  for (const auto& role : RolesOf(layout)) mentioned.erase(role);
  for (const auto& role : {rows.shared.admin.name, std::string(), std::string(kDatabaseOwner)}) mentioned.erase(role);
  return !mentioned.empty();
}

}  // namespace

Result<StoreRows> LookAtStore(Connection& connection, const Dialect& dialect, const Layout& layout, bool visit) {
  auto answers = AskAll(connection, StoreQuestions(dialect, layout, visit));
  if (!answers) return std::unexpected(answers.error());
  auto rows = ParseStoreRows(Document(*answers));
  if (!rows) return rows;
  const bool more = (rows->local && rows->local->traces) || !rows->shared.feeds.empty() || HasStrangers(*rows, layout);
  if (!more) return rows;
  auto rest = AskAll(connection, FurtherQuestions(dialect, layout, visit));
  if (!rest) return std::unexpected(rest.error());
  std::ranges::move(*rest, std::back_inserter(*answers));
  return ParseStoreRows(Document(*answers));
}

}  // namespace freehold::engines::postgres

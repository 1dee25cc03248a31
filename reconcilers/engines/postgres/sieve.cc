#include "reconcilers/engines/postgres/sieve.h"

#include <algorithm>

#include "operator/base/json.h"
#include "reconcilers/engines/channel.h"
#include "reconcilers/engines/postgres/glance.h"
#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/sieve_query.h"

namespace freehold::engines::postgres {

std::vector<std::size_t> Sieve::Suspects(const Ask& ask) {
  std::map<std::string, std::vector<std::size_t>> by_database;
  if (LookAtActivity(ask)) {
    for (std::size_t i = 0; i < stores_.size(); ++i) {
      if (IsQuiet(stores_[i]) && IsInnocentAtAGlance(i)) by_database[stores_[i].database].push_back(i);
    }
  }
  for (const auto& [database, stores] : by_database) Clear(ask, stores);
  std::vector<std::size_t> suspects;
  for (std::size_t i = 0; i < stores_.size(); ++i) {
    if (!innocent_.contains(i)) suspects.push_back(i);
  }
  return suspects;
}

bool Sieve::IsInnocentAtAGlance(std::size_t store) const {
  const auto& layout = stores_[store];
  if (layout.isolation == api::Isolation::kTables) return false;
  const auto facts = snapshot_.index.FactsOf(layout);
  if (!facts.owner() || (HasOwnDatabase(layout) && !facts.database)) return false;
  const auto replicators = ReplicatorsOf(layout);
  const auto replicates = [&](const std::string& role) { return std::ranges::count(replicators, role) > 0; };
  const bool reports = std::ranges::any_of(facts.holdings, [&](const Holding& holding) {
    return replicates(holding.holder) || std::ranges::any_of(holding.strangers, replicates);
  });
  return !reports && AccessAtAGlance(snapshot_, layout).empty();
}

bool Sieve::LookAtActivity(const Ask& ask) {
  const auto answer = ask("", ActivityQuery());
  if (!answer) return false;
  const auto document = base::ParseJson(*answer);
  if (!document) return false;
  for (const auto& row : (*document)["sessions"])
    sessions_[row[0].get<std::string>()].insert(row[1].get<std::string>());
  for (const auto& database : (*document)["slots"]) slots_.insert(database.get<std::string>());
  return true;
}

bool Sieve::IsQuiet(const Layout& layout) const {
  if (slots_.contains(layout.database)) return false;
  const auto sessions = sessions_.find(layout.database);
  if (!HasOwnDatabase(layout) || sessions == sessions_.end()) return true;
  auto known = RolesOf(layout);
  known.push_back(snapshot_.index.rows().admin.name);
  return std::ranges::all_of(sessions->second,
                             [&](const std::string& role) { return std::ranges::count(known, role) > 0; });
}

void Sieve::Clear(const Ask& ask, const std::vector<std::size_t>& of_one_database) {
  std::vector<Layout> layouts;
  for (const auto store : of_one_database) layouts.push_back(stores_[store]);
  const int major = snapshot_.index.rows().major;
  const bool own = HasOwnDatabase(layouts.front());
  if (own && layouts.size() > 1) return;  // Claims of one database: who has it only a look tells.
  const auto answer =
      ask(layouts.front().database, own ? ClosedDatabaseQuery(layouts.front()) : ClosedSchemasQuery(major, layouts));
  if (!answer) return;
  const auto numbers = base::ParseJson(*answer);
  if (!numbers || !numbers->is_array()) return;
  for (const auto& number : *numbers) innocent_.insert(of_one_database.at(number.get<std::size_t>() - 1));
}

}  // namespace freehold::engines::postgres

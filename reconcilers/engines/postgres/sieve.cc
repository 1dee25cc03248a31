#include "reconcilers/engines/postgres/sieve.h"

#include <algorithm>
#include <mutex>
#include <thread>

#include "operator/base/json_view.h"
#include "reconcilers/engines/postgres/glance.h"
#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/sieve_query.h"

namespace freehold::engines::postgres {
namespace {

// Most of the time of a new connection is spent waiting for it.
constexpr std::size_t kDatabasesAtOnce = 4;

}  // namespace

std::vector<std::size_t> Sieve::Suspects(const Ask& ask) {
  ByDatabase by_database;
  if (LookAtActivity(ask)) {
    for (std::size_t i = 0; i < stores_.size(); ++i) {
      if (IsQuiet(stores_[i]) && IsInnocentAtAGlance(i)) by_database[stores_[i].database].push_back(i);
    }
  }
  const auto closed = Closed(ask, by_database);
  std::vector<std::size_t> suspects;
  for (std::size_t i = 0; i < stores_.size(); ++i) {
    if (!closed.contains(i)) suspects.push_back(i);
  }
  return suspects;
}

std::set<std::size_t> Sieve::Closed(const Ask& ask, const ByDatabase& by_database) const {
  std::set<std::size_t> closed;
  std::mutex mutex;
  auto next = by_database.begin();
  const auto visit = [&] {
    std::unique_lock lock(mutex);
    while (next != by_database.end()) {
      const auto& [database, stores] = *next++;
      lock.unlock();
      const auto found = ClosedIn(ask, database, stores);
      lock.lock();
      closed.insert(found.begin(), found.end());
    }
  };
  {
    std::vector<std::jthread> visitors;
    while (visitors.size() < std::min(kDatabasesAtOnce, by_database.size())) visitors.emplace_back(visit);
  }
  return closed;
}

bool Sieve::IsInnocentAtAGlance(std::size_t store) const {
  const auto& layout = stores_[store];
  if (layout.isolation == api::Isolation::kTables) return false;
  const auto facts = snapshot_.index.FactsOf(layout);
  if (!facts.owner() || (HasOwnDatabase(layout) && !facts.database)) return false;
  const auto glance = AccessAtAGlance(snapshot_, layout);
  return !glance.needs_look && glance.foreign.empty();
}

bool Sieve::LookAtActivity(const Ask& ask) {
  const auto answer = ask("", ActivityQuery());
  if (!answer) return false;
  const auto document = base::JsonDocument::Parse(*answer);
  if (!document) return false;
  for (const auto row : document->root()["sessions"]) sessions_[row[0]].insert(row[1].get<std::string>());
  for (const auto database : document->root()["slots"]) slots_.insert(database.get<std::string>());
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

std::vector<std::size_t> Sieve::ClosedIn(const Ask& ask, const std::string& database,
                                         const std::vector<std::size_t>& stores) const {
  std::vector<Layout> layouts;
  for (const auto store : stores) layouts.push_back(stores_[store]);
  const int major = snapshot_.index.rows().major;
  const bool own = HasOwnDatabase(layouts.front());
  if (own && layouts.size() > 1) return {};  // Claims of one database: who has it only a look tells.
  const auto answer = ask(database, own ? ClosedDatabaseQuery(layouts.front()) : ClosedSchemasQuery(major, layouts));
  if (!answer) return {};
  const auto numbers = base::JsonDocument::Parse(*answer);
  if (!numbers || !numbers->root().is_array()) return {};
  std::vector<std::size_t> closed;
  for (const auto number : numbers->root()) closed.push_back(stores.at(number.get<std::size_t>() - 1));
  return closed;
}

}  // namespace freehold::engines::postgres

#include "reconcilers/engines/postgres/plan_spares.h"

#include <algorithm>

#include "reconcilers/engines/postgres/quote.h"
#include "reconcilers/engines/postgres/spares.h"

namespace freehold::engines::postgres {
namespace {

/// Nobody may enter it, nor ever could: it was made shut.
std::string Marking(const std::string& name, const SpareNames& names) {
  const auto quoted = QuoteName(name);
  return "REVOKE ALL ON DATABASE " + quoted + " FROM PUBLIC; COMMENT ON DATABASE " + quoted + " IS " +
         QuoteValue(names.comment);
}

Step Make(const std::string& name, const SpareNames& names) {
  return {.verb = "make-spare",
          .target = name,
          .database = "",
          .statements = {"CREATE DATABASE " + QuoteName(name) + " TEMPLATE template0 ALLOW_CONNECTIONS false",
                         Marking(name, names)},
          .transaction = false};
}

Step Finish(const std::string& name, const SpareNames& names) {
  return {.verb = "finish-spare",
          .target = name,
          .database = "",
          .statements = {RequireBegunSpare(name), Marking(name, names)}};
}

Step Drop(const std::string& name, const SpareNames& names) {
  return {.verb = "drop-spare",
          .target = name,
          .database = "",
          .statements = {RequireReadySpare(name, names), "DROP DATABASE " + QuoteName(name)},
          .transaction = false};
}

}  // namespace

std::vector<Step> PlanSpares(const PostgresSnapshot& snapshot, const ServerAccess& access, int wanted) {
  if (access.uid.empty() || !snapshot.capabilities.create_database) return {};
  const auto names = SpareNamesOf(access);
  const auto seen = SparesIn(snapshot.index.rows(), names);
  std::vector<Step> steps;
  for (const auto& name : seen.begun) steps.push_back(Finish(name, names));
  int there = static_cast<int>(seen.ready.size() + seen.begun.size());
  for (auto surplus = seen.ready.rbegin(); surplus != seen.ready.rend() && there > wanted; ++surplus, --there) {
    steps.push_back(Drop(*surplus, names));
  }
  for (int number = 1; there < wanted; ++number) {
    const auto name = names.prefix + std::to_string(number);
    if (std::ranges::count(seen.taken, name) > 0) continue;
    steps.push_back(Make(name, names));
    ++there;
  }
  return steps;
}

}  // namespace freehold::engines::postgres

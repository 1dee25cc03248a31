#include "reconcilers/engines/postgres/facts.h"

#include <algorithm>

#include "reconcilers/engines/channel.h"
#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/reporting.h"

namespace freehold::engines::postgres {
namespace {

/// The positions under any of these keys, each once.
std::set<std::size_t> Under(const std::multimap<std::string, std::size_t>& index,
                            const std::vector<std::string>& keys) {
  std::set<std::size_t> found;
  for (const auto& key : keys) {
    const auto [begin, end] = index.equal_range(key);
    for (auto entry = begin; entry != end; ++entry) found.insert(entry->second);
  }
  return found;
}

template <class Row>
void Take(std::vector<Row>& into, const std::vector<Row>& from, const std::set<std::size_t>& positions) {
  for (const auto position : positions) into.push_back(from[position]);
}

/// Does a field of pg_hba.conf speak of one of these? Files, groups and patterns in it are taken to.
bool Names(const std::vector<std::string>& field, const std::vector<std::string>& names) {
  return std::ranges::any_of(field, [&](const std::string& word) {
    return word == "all" || word.starts_with('@') || word.starts_with('+') || word.starts_with('/') ||
           std::ranges::count(names, word) > 0;
  });
}

}  // namespace

SharedIndex::SharedIndex(SharedRows rows) : rows_(std::move(rows)) {
  for (std::size_t i = 0; i < rows_.databases.size(); ++i) databases_[rows_.databases[i].name] = i;
  for (std::size_t i = 0; i < rows_.roles.size(); ++i) roles_[rows_.roles[i].name] = i;
  for (std::size_t i = 0; i < rows_.memberships.size(); ++i) {
    members_.emplace(rows_.memberships[i].role, i);
    groups_.emplace(rows_.memberships[i].member, i);
  }
  for (std::size_t i = 0; i < rows_.settings.size(); ++i) {
    const auto& setting = rows_.settings[i];
    auto& index = setting.role.empty() ? settings_of_database_ : settings_of_role_;
    index.emplace(setting.role.empty() ? setting.database : setting.role, i);
  }
  for (std::size_t i = 0; i < rows_.holdings.size(); ++i) {
    holdings_in_.emplace(rows_.holdings[i].database, i);
    holdings_of_.emplace(rows_.holdings[i].holder, i);
  }
  for (std::size_t i = 0; i < rows_.reachers.size(); ++i) reachers_.emplace(rows_.reachers[i].database, i);
  for (std::size_t i = 0; i < rows_.feeds.size(); ++i) feeds_[rows_.feeds[i].database].push_back(i);
  for (std::size_t i = 0; i < rows_.slots.size(); ++i) slots_[rows_.slots[i].database].push_back(i);
}

std::set<std::size_t> SharedIndex::MembershipsOf(const std::vector<std::string>& roles) const {
  std::set<std::size_t> found;
  std::set<std::string> walked(roles.begin(), roles.end());
  for (std::vector<std::string> front = roles; !front.empty();) {
    const auto below = Under(groups_, front);
    front.clear();
    for (const auto position : below) {
      if (walked.insert(rows_.memberships[position].role).second) front.push_back(rows_.memberships[position].role);
    }
    found.insert(below.begin(), below.end());
  }
  walked = {roles.begin(), roles.end()};
  for (std::vector<std::string> front = roles; !front.empty();) {
    const auto above = Under(members_, front);
    front.clear();
    for (const auto position : above) {
      const auto& membership = rows_.memberships[position];
      if (!membership.of_superuser && walked.insert(membership.member).second) front.push_back(membership.member);
    }
    found.insert(above.begin(), above.end());
  }
  return found;
}

void SharedIndex::AddFeeds(const Layout& layout, SharedFacts& facts) const {
  const auto own = ReplicatorsOf(layout);
  if (const auto here = feeds_.find(layout.database); here != feeds_.end()) {
    for (const auto position : here->second) {
      const auto& feed = rows_.feeds[position];
      if (std::ranges::count(own, feed.name) > 0) {
        facts.feeds.push_back(feed);
      } else if (feed.replicates) {
        ++facts.other_feeds;
      }
    }
  }
  const auto here = slots_.find(layout.database);
  if (here == slots_.end()) return;
  for (const auto position : here->second) {
    const auto& name = rows_.slots[position].name;
    if (name == ReportName(FeedOf(layout)) || name.starts_with("freehold_" + ChannelsOf(layout))) {
      facts.slots.push_back(name);
    } else {
      facts.other_slots.push_back(name);
    }
  }
}

SharedFacts SharedIndex::FactsOf(const Layout& layout) const {
  const auto names = RolesOf(layout);
  SharedFacts facts;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (const auto found = roles_.find(names[i]); found != roles_.end()) facts.roles[i] = rows_.roles[found->second];
  }
  auto members = ReplicatorsOf(layout);
  members.insert(members.end(), names.begin(), names.end());
  Take(facts.memberships, rows_.memberships, MembershipsOf(members));
  AddFeeds(layout, facts);
  Take(facts.reachers, rows_.reachers, Under(reachers_, {layout.database}));
  std::ranges::copy_if(rows_.parameters, std::back_inserter(facts.parameters),
                       [&](const ParameterGrant& grant) { return std::ranges::count(names, grant.grantee) > 0; });
  std::ranges::copy_if(rows_.trusted, std::back_inserter(facts.trusted), [&](const TrustLine& line) {
    auto users = names;
    users.push_back(rows_.admin.name);
    return Names(line.databases, {layout.database}) && Names(line.users, users);
  });
  Take(facts.settings, rows_.settings, Under(settings_of_role_, names));
  std::erase_if(facts.settings, [&](const Setting& setting) {
    return !setting.database.empty() && setting.database != layout.database;
  });
  if (!HasOwnDatabase(layout)) {
    Take(facts.holdings, rows_.holdings, Under(holdings_of_, names));
    std::erase_if(facts.holdings, [&](const Holding& holding) { return holding.database != layout.database; });
    return facts;
  }
  Take(facts.holdings, rows_.holdings, Under(holdings_in_, {layout.database}));
  Take(facts.settings, rows_.settings, Under(settings_of_database_, {layout.database}));
  if (const auto found = databases_.find(layout.database); found != databases_.end()) {
    facts.database = rows_.databases[found->second];
  }
  return facts;
}

}  // namespace freehold::engines::postgres

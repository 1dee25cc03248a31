#include "reconcilers/engines/postgres/facts.h"

#include <algorithm>

#include "reconcilers/engines/channel.h"
#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/reporting.h"

namespace freehold::engines::postgres {
namespace {

/// The positions under any of these names, each once.
std::set<std::size_t> Under(const NameIndex& index, const std::vector<std::string>& names) {
  std::set<std::size_t> found;
  for (const auto& name : names) {
    for (const std::size_t position : index.Find(name)) found.insert(position);
  }
  return found;
}

/// Null when there is none.
template <class Row>
const Row* OneOf(const std::vector<Row>& rows, const NameIndex& index, const std::string& name) {
  for (const auto position : index.Find(name)) return &rows[position];
  return nullptr;
}

std::optional<std::string_view> RoleOf(const Setting& setting) {
  if (setting.role.empty()) return std::nullopt;
  return setting.role;
}

std::optional<std::string_view> DatabaseForAll(const Setting& setting) {
  if (!setting.role.empty()) return std::nullopt;
  return setting.database;
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

SharedIndex::SharedIndex(SharedRows rows)
    : rows_(std::move(rows)),
      databases_(rows_.databases, &Database::name),
      roles_(rows_.roles, &Role::name),
      members_(rows_.memberships, &Membership::role),
      groups_(rows_.memberships, &Membership::member),
      settings_of_role_(rows_.settings, RoleOf),
      settings_of_database_(rows_.settings, DatabaseForAll),
      holdings_in_(rows_.holdings, &Holding::database),
      holdings_of_(rows_.holdings, &Holding::holder),
      reachers_(rows_.reachers, &Reacher::database),
      feeds_(rows_.feeds, &FeedRole::database),
      slots_(rows_.slots, &FeedSlot::database) {}

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
  for (const auto position : feeds_.Find(layout.database)) {
    const auto& feed = rows_.feeds[position];
    if (std::ranges::count(own, feed.name) > 0) {
      facts.feeds.push_back(feed);
    } else if (feed.replicates) {
      ++facts.other_feeds;
    }
  }
  for (const auto position : slots_.Find(layout.database)) {
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
    if (const auto* role = OneOf(rows_.roles, roles_, names[i])) facts.roles[i] = *role;
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
  if (const auto* database = OneOf(rows_.databases, databases_, layout.database)) facts.database = *database;
  return facts;
}

}  // namespace freehold::engines::postgres

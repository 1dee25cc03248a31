#include "reconcilers/engines/postgres/reach.h"

#include <algorithm>

namespace freehold::engines::postgres {
namespace {

bool PublicUses(const StoreRows& rows, const std::string& schema) {
  if (schema.empty()) return true;
  if (!rows.local) return false;
  return std::ranges::any_of(rows.local->schemas, [&](const Schema& seen) {
    return seen.name == schema && std::ranges::any_of(seen.grants, [](const Grant& grant) {
             return grant.grantee.empty() && grant.privilege == "USAGE";
           });
  });
}

}  // namespace

Reach::Reach(const StoreRows& rows, const std::vector<std::string>& us, bool everybody_connects)
    : rows_(rows), us_(us), everybody_connects_(everybody_connects) {
  for (const auto& actor : rows.actors) actors_[actor.name] = &actor;
  const auto add = [&](const Membership& m) {
    const auto member = actors_.find(m.member);
    const bool inherits = rows.shared.major >= 16 || member == actors_.end() || member->second->inherits;
    if (m.inherits && inherits) inherits_.emplace(m.member, m.role);
    if (m.settable) sets_.emplace(m.member, m.role);
  };
  std::ranges::for_each(rows.shared.memberships, add);
  std::ranges::for_each(rows.bonds, add);
}

bool Reach::IsOpen(const std::string& role, const std::string& schema) const {
  if (role.empty() && everybody_connects_ && PublicUses(rows_, schema)) return true;
  return std::ranges::any_of(rows_.actors, [&](const Actor& actor) {
    if (!actor.can_login || !actor.connects) return false;
    return std::ranges::any_of(Up(actor.name, sets_), [&](const std::string& identity) {
      return (role.empty() || RightsOf(identity).contains(role)) && Uses(identity, schema);
    });
  });
}

bool Reach::IsOpenBy(const std::string& member, const std::string& role) const {
  return std::ranges::any_of(rows_.actors, [&](const Actor& actor) {
    if (!actor.can_login || !actor.connects) return false;
    bool as_member = false, with_role = false;
    for (const auto& identity : Up(actor.name, sets_)) {
      const auto rights = RightsOf(identity);
      as_member = as_member || rights.contains(member);
      with_role = with_role || rights.contains(role);
    }
    return as_member && with_role;
  });
}

Reach::Roles Reach::Up(const std::string& from, const std::multimap<std::string, std::string>& edges) const {
  Roles seen = {from};
  for (std::vector<std::string> front = {from}; !front.empty();) {
    const auto role = front.back();
    front.pop_back();
    const auto [begin, end] = edges.equal_range(role);
    for (auto edge = begin; edge != end; ++edge) {
      if (seen.insert(edge->second).second) front.push_back(edge->second);
    }
  }
  return seen;
}

bool Reach::Uses(const std::string& identity, const std::string& schema) const {
  if (schema.empty() || std::ranges::count(us_, identity) > 0) return true;
  const auto actor = actors_.find(identity);
  return actor != actors_.end() && std::ranges::count(actor->second->schemas, schema) > 0;
}

}  // namespace freehold::engines::postgres

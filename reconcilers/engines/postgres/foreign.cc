#include "reconcilers/engines/postgres/foreign.h"

#include <algorithm>

#include "reconcilers/engines/postgres/names.h"

namespace freehold::engines::postgres {
namespace {

std::vector<std::string> Allowed(const Layout& layout, const std::string& admin) {
  auto roles = RolesOf(layout);
  roles.push_back(admin);
  return roles;
}

/// In a shared database all services meet.
bool EverybodyConnects(const SharedFacts& facts, const Layout& layout) {
  if (!HasOwnDatabase(layout)) return true;
  return facts.database && std::ranges::any_of(facts.database->grants, [](const Grant& grant) {
           return grant.grantee.empty() && grant.privilege == "CONNECT";
         });
}

}  // namespace

ForeignList::ForeignList(const StoreDetail& seen, const Layout& of)
    : detail(seen),
      layout(of),
      admin(seen.rows.shared.admin.name),
      us(Allowed(of, admin)),
      reach(seen.rows, us, EverybodyConnects(seen.facts, of)) {}

bool ForeignList::IsOfStore(const std::string& role) const {
  return role == layout.owner || std::ranges::count(layout.logins, role) > 0;
}

std::vector<std::string> ForeignList::Doors() const {
  auto doors = RolesOf(layout);
  for (const auto& feed : detail.facts.feeds) doors.push_back(feed.name);
  return doors;
}

void ForeignList::Add(ForeignAccess access) {
  if (access.principal.empty()) access.principal = "PUBLIC";
  if (std::ranges::count(found_, access) == 0) found_.push_back(std::move(access));
}

std::vector<ForeignAccess> ForeignIn(const StoreDetail& detail, const Layout& layout) {
  ForeignList list(detail, layout);
  ListRoles(list);
  if (detail.rows.local) ListObjects(list, *detail.rows.local);
  return list.Take();
}

}  // namespace freehold::engines::postgres

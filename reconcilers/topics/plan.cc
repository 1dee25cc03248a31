#include "reconcilers/topics/plan.h"

#include <algorithm>
#include <iterator>

namespace freehold::topics {
namespace {

constexpr std::string_view kUser = "User:";

}  // namespace

Changes ChangesFor(const api::EventBusSpec& bus, const std::vector<Grant>& grants, const Seen& seen,
                   const std::string& admin) {
  std::vector<kafka::Acl> wanted;
  std::set<std::string> readers;
  for (const auto& grant : grants) {
    std::ranges::move(AclsOf(grant), std::back_inserter(wanted));
    readers.insert(grant.reader);
  }
  const auto is_reader = [&](const std::string& user) { return user != admin && ConsumerOf(bus, user).has_value(); };
  const std::set<kafka::Acl> there(seen.acls.begin(), seen.acls.end());

  Changes changes;
  for (const auto& acl : there) {
    const bool ours = acl.principal.starts_with(kUser) && is_reader(acl.principal.substr(kUser.size()));
    if (ours && std::ranges::count(wanted, acl) == 0) changes.remove.push_back(acl);
  }
  std::ranges::copy_if(wanted, std::back_inserter(changes.add), [&](const auto& acl) { return !there.contains(acl); });
  for (const auto& user : seen.users) {
    if (is_reader(user) && !readers.contains(user)) changes.leave.push_back(user);
  }
  for (const auto& reader : readers) {
    if (std::ranges::count(seen.users, reader) == 0) changes.arrive.insert(reader);
  }
  return changes;
}

}  // namespace freehold::topics

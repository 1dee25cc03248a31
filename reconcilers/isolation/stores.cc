#include "reconcilers/isolation/stores.h"

namespace freehold::isolation {

RoleOwners::RoleOwners(std::span<const StoreAsked> stores) {
  for (const auto& store : stores) {
    for (const auto& role : {store.layout.owner, store.layout.logins[0], store.layout.logins[1]}) {
      services_[{store.server, role}] = store.service();
    }
  }
}

std::string RoleOwners::ServiceOf(const std::string& server, const std::string& role) const {
  const auto found = services_.find({server, role});
  return found == services_.end() ? "" : found->second;
}

}  // namespace freehold::isolation

#include "reconcilers/guards/index.h"

#include <algorithm>

namespace freehold::guards {
namespace {

bool Owns(const api::ServiceDatabase& object, const std::string& secret, const ownership::Registry& registry) {
  const auto owner = registry.OwnerOf({ownership::Thing::Kind::kSecret, object.meta.ns, secret});
  return owner && owner->name == object.meta.full_name();
}

}  // namespace

api::CredentialIndexSpec IndexOf(const std::string& ns, Databases databases, const ownership::Registry& registry) {
  api::CredentialIndexSpec index;
  for (const auto& object : databases) {
    if (object->meta.ns != ns) continue;
    auto accounts = api::ServiceAccountsOf(*object);
    std::ranges::sort(accounts);
    for (const auto& secret : api::SecretsOf(*object)) {
      if (Owns(*object, secret, registry)) index.credentials[secret] = {object->meta.name, accounts};
    }
  }
  return index;
}

}  // namespace freehold::guards

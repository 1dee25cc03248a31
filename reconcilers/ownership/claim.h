// What a ServiceDatabase wants for itself alone.
#pragma once

#include <compare>
#include <string>
#include <vector>

#include "operator/kube/object.h"
#include "reconcilers/api/database_server.h"
#include "reconcilers/api/service_database.h"

namespace freehold::ownership {

/// Something that can have one owner only, cluster-wide.
struct Thing {
  enum class Kind {
    kServer,  ///< a whole server: Instance isolation
    kStore,   ///< a physical name on a server: its database or schema and the roles derived from it, in every mode
    kTable,   ///< a table of the schema that all services of Tables mode share
    kSecret,  ///< a credential Secret
  };
  Kind kind = Kind::kStore;
  std::string place;  ///< AddressOf the server, or the namespace
  std::string name;
  auto operator<=>(const Thing&) const = default;
};

/// "store orders_db on db.example:5432", "Secret shop/orders.freehold".
std::string ToString(const Thing&);

/// "host:port": two DatabaseServers may be one server.
std::string AddressOf(const api::DatabaseServer&);

/// Who claims, and how strong the claim is.
struct Claimant {
  kube::Name name;
  std::string uid;
  base::Timestamp since{};  ///< creation of the object
  bool incumbent = false;   ///< its status says that it already has the store
  bool operator==(const Claimant&) const = default;
};

/// The order of precedence: who already has the thing, then the older object, then the lower UID.
bool Precedes(const Claimant&, const Claimant&);

Claimant ClaimantOf(const api::ServiceDatabase&);

/// All that `object` claims. `server` is where its store lives; null when it isn't known, then only the Secret is
/// claimed.
std::vector<Thing> ClaimsOf(const api::ServiceDatabase& object, const api::DatabaseServer* server);

}  // namespace freehold::ownership

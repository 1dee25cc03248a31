// The stores an audit is about, and who is who among the roles of their servers.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "reconcilers/api/service_database.h"
#include "reconcilers/engines/store.h"

namespace freehold::isolation {

/// One store that was asked for and has a place.
struct StoreAsked {
  std::shared_ptr<const api::ServiceDatabase> object;
  std::string server;  ///< name of the DatabaseServer
  engines::Layout layout;

  std::string name() const { return ToString(object->meta.full_name()); }
  std::string service() const { return object->meta.ns + "/" + api::ServiceOf(*object); }
};

/// Which service a role on a server belongs to. Pure.
class RoleOwners {
 public:
  explicit RoleOwners(std::span<const StoreAsked> stores);

  /// "shop/payments"; empty when the role is none of ours.
  std::string ServiceOf(const std::string& server, const std::string& role) const;

 private:
  std::map<std::pair<std::string, std::string>, std::string> services_;
};

}  // namespace freehold::isolation

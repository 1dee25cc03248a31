// The parts that make the list of ways into a store. See ForeignIn.
#pragma once

#include <string>
#include <vector>

#include "reconcilers/engines/postgres/reach.h"
#include "reconcilers/engines/postgres/store_view.h"

namespace freehold::engines::postgres {

/// Who no store's owner can name: whoever has the attribute.
inline constexpr const char* kReplicators = "roles with REPLICATION";
inline constexpr const char* kDatabaseMakers = "roles with CREATEDB";

class ForeignList {
 public:
  ForeignList(const StoreDetail&, const Layout&);

  const StoreDetail& detail;
  const Layout& layout;
  const std::string admin;
  const std::vector<std::string> us;  ///< the store's roles and the admin
  const Reach reach;

  bool IsOfStore(const std::string& role) const;
  /// The roles of the store, and that of its feeds: who acts as one of them is in.
  std::vector<std::string> Doors() const;
  bool IsForeign(const std::string& role) const { return role != admin && !IsOfStore(role); }
  /// Once; an empty principal is PUBLIC.
  void Add(ForeignAccess);
  std::vector<ForeignAccess> Take() { return std::move(found_); }

 private:
  std::vector<ForeignAccess> found_;
};

/// What the shared catalogs tell: database, roles, memberships; and sessions and slots, which are in no catalog.
void ListRoles(ForeignList&);
/// What is in the database.
void ListObjects(ForeignList&, const LocalRows&);

}  // namespace freehold::engines::postgres

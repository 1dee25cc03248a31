// What every part of planning one store works from.
#pragma once

#include <string>
#include <vector>

#include "reconcilers/engines/postgres/store_view.h"

namespace freehold::engines::postgres {

struct PlanContext {
  PlanContext(const Store& wanted, const StoreSeen& seen, const StoreDetail& detail);

  const Store& wanted;
  const StoreSeen& seen;
  const SharedFacts& facts;
  const StoreRows& rows;
  const LocalRows* local;  ///< null: its database isn't there yet, so it will be empty
  const Role& admin;
  int major;
  bool admin_ends_sessions;  ///< of anybody but a superuser
  bool has_own_database;
  bool half_made;
  const SpareNames* spares;     ///< of which its database may be made; null: of none
  bool adopting;                ///< it takes over a database or schema that was never a store
  std::vector<std::string> us;  ///< the store's roles: owner, logins
  std::string owner;            ///< quoted

  bool IsUs(const std::string& role) const;
  /// The store's roles and the admin.
  bool IsAllowed(const std::string& role) const { return IsUs(role) || role == admin.name; }
  /// "GRANT … WITH INHERIT TRUE, SET TRUE" where there is such a thing.
  std::string Grant(const std::string& roles, const std::string& to) const;
  /// Lends the admin the rights of owners that it has to act for, so that it may take from them; and hands them back.
  std::string Borrow(const std::string& role) const;
  std::string HandBack(const std::string& role) const;
};

}  // namespace freehold::engines::postgres

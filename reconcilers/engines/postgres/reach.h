// Who can come how far: which logins connect to a store's database, and as whom they may act there.
//
// A login acts as itself and as every role that it may SET ROLE to; each of these has the rights of the roles that it
// inherits from. Up to 15 a membership may always be set, and is inherited unless the member is NOINHERIT.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "reconcilers/engines/postgres/snapshot.h"

namespace freehold::engines::postgres {

/// Of the actors in `rows`; `us`, the roles of the store and the admin, are no intruders. Keeps references.
class Reach {
 public:
  Reach(const StoreRows& rows, const std::vector<std::string>& us, bool everybody_connects);

  /// Somebody connects and has the rights of `role`, and USAGE on `schema` at the same time. An empty role is PUBLIC;
  /// an empty schema asks for none.
  bool IsOpen(const std::string& role, const std::string& schema = {}) const;
  /// Somebody who may act as `member` connects and has the rights of `role`.
  bool IsOpenBy(const std::string& member, const std::string& role) const;

 private:
  using Roles = std::set<std::string>;

  Roles Up(const std::string& from, const std::multimap<std::string, std::string>& edges) const;
  Roles RightsOf(const std::string& identity) const { return Up(identity, inherits_); }
  bool Uses(const std::string& identity, const std::string& schema) const;

  const StoreRows& rows_;
  const std::vector<std::string>& us_;
  const bool everybody_connects_;
  std::map<std::string, const Actor*> actors_;
  std::multimap<std::string, std::string> inherits_, sets_;  // member to role
};

}  // namespace freehold::engines::postgres

// What the shared catalogs say of one store: the same whether a whole server or that store alone was looked at.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "reconcilers/engines/postgres/name_index.h"
#include "reconcilers/engines/postgres/snapshot.h"
#include "reconcilers/engines/store.h"

namespace freehold::engines::postgres {

struct SharedFacts {
  std::optional<Database> database;          ///< its own; absent in Schema and Tables mode
  std::array<std::optional<Role>, 3> roles;  ///< owner, logins
  /// Where one of these roles is on either side; who is in one of them by way of others, superusers' members aside; and
  /// what they are in by way of others.
  std::vector<Membership> memberships;
  std::vector<Setting> settings;  ///< of these roles, or of everybody in its own database
  std::vector<Holding> holdings;
  std::vector<Reacher> reachers;           ///< of its database
  std::vector<ParameterGrant> parameters;  ///< to these roles
  std::vector<TrustLine> trusted;  ///< by which one of these roles, the admin or everybody comes into its database
  std::vector<FeedRole> feeds;     ///< its own; memberships tell of them, too
  std::vector<std::string> slots;  ///< that its feeds replicate by
  int other_feeds = 0;             ///< roles of others' feeds that replicate from the same database
  std::vector<std::string> other_slots;  ///< of the same database, with names of the operator's

  const std::optional<Role>& owner() const { return roles[0]; }
  const std::optional<Role>& login(int which) const { return roles[1 + which]; }
};

/// Finds the facts of a store among those of all in logarithmic time. Immutable, so thread-safe.
class SharedIndex {
 public:
  explicit SharedIndex(SharedRows rows);
  SharedIndex(const SharedIndex&) = delete;
  SharedIndex& operator=(const SharedIndex&) = delete;

  SharedFacts FactsOf(const Layout&) const;
  const SharedRows& rows() const { return rows_; }

 private:
  std::set<std::size_t> MembershipsOf(const std::vector<std::string>& roles) const;
  void AddFeeds(const Layout&, SharedFacts&) const;

  const SharedRows rows_;
  const NameIndex databases_, roles_;
  const NameIndex members_, groups_;  // memberships by role, by member
  const NameIndex settings_of_role_;
  const NameIndex settings_of_database_;       // those for everybody
  const NameIndex holdings_in_, holdings_of_;  // by database, by holder
  const NameIndex reachers_, feeds_, slots_;   // by database
};

/// Hexadecimal digest of the facts, in whatever order they came; empty when nothing of the store exists. Pure.
std::string FingerprintOf(const SharedFacts&);

}  // namespace freehold::engines::postgres

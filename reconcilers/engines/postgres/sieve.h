// Tells stores that are closed from those that need a closer look, at the cost of one small question for each database.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "reconcilers/engines/postgres/connection.h"
#include "reconcilers/engines/postgres/server_view.h"

namespace freehold::engines::postgres {

/// See Engine::Suspects. What pg_shdepend tells is in the snapshot; what it doesn't (rights of PUBLIC, publications,
/// untrusted languages …) is asked in each database, sessions and slots once for the whole server. Stores in Tables
/// mode, which is there to be left, are always suspect.
class Sieve {
 public:
  /// Sends a query to a database; an empty name is the server's maintenance database. Called by several threads.
  using Ask = std::function<Result<std::string>(const std::string& database, const Query&)>;

  /// Both outlive it.
  Sieve(const PostgresSnapshot& snapshot, const std::vector<Layout>& stores) : snapshot_(snapshot), stores_(stores) {}

  std::vector<std::size_t> Suspects(const Ask&);

 private:
  using ByDatabase = std::map<std::string, std::vector<std::size_t>>;

  /// Nothing in what was seen of the whole server speaks against it.
  bool IsInnocentAtAGlance(std::size_t store) const;
  /// Roles with sessions, and slots, by database. False: it can't be told.
  bool LookAtActivity(const Ask&);
  bool IsQuiet(const Layout&) const;
  /// The stores that nobody else has a part in, of those of all databases and of those of one.
  std::set<std::size_t> Closed(const Ask&, const ByDatabase&) const;
  std::vector<std::size_t> ClosedIn(const Ask&, const std::string& database,
                                    const std::vector<std::size_t>& stores) const;

  const PostgresSnapshot& snapshot_;
  const std::vector<Layout>& stores_;
  std::map<std::string, std::set<std::string>> sessions_;  ///< roles by database
  std::set<std::string> slots_;                            ///< databases
};

}  // namespace freehold::engines::postgres

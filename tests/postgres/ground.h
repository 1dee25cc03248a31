// What the tests of one site stand on: a PostgreSQL with an admin, its first database and the shared one, as they are
// before a store is made. Made once for the process, because databases take long; what a test changed in it is found,
// and then it is made anew.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "reconcilers/engines/postgres/engine.h"
#include "tests/postgres/client.h"

namespace freehold::engines::postgres {

enum class AdminKind {
  kSuperuser,
  kManaged,      ///< as clouds give it: LOGIN CREATEDB CREATEROLE, no superuser, can't read verifiers
  kReplicating,  ///< the same with REPLICATION and in pg_create_subscription, as there are from 16 on
};

/// The server of an environment variable, and who works it.
struct Site {
  std::string variable;
  AdminKind kind;
  auto operator<=>(const Site&) const = default;
};

std::string PrintSite(const testing::TestParamInfo<Site>&);
/// Of 14, 15 and 18 each once, the kinds of admin by turns. The newest is the one that sanitized programs run on, and
/// they on no other: errors of memory are of no major, and what majors do in their own way needs no sanitizer.
std::vector<Site> SitesByTurns();
/// The same, and the newest with the other kind, too: roles are others from 16 on, and each kind has met both of them.
std::vector<Site> SitesInPairs();
/// Each of the three once, with a superuser.
std::vector<Site> SuperuserSites();
/// The same, and 18 with an admin that may replicate without being one.
std::vector<Site> ReplicatingSites();

/// A verifier that takes no time to check: there are many logins, and none is secret.
std::string QuickVerifier(const base::Sensitive& password);

/// "t123x4_": nobody else has it, so tests run side by side on one server.
std::string UniquePrefix();

class Ground {
 public:
  /// Made when it isn't there. Lives until the process ends, or until Clear() finds it changed.
  /// Throws when the server of the variable can't be worked with.
  static Ground& Of(const Site&);

  /// The admin's, and the superuser's.
  const ServerAccess& access() const { return access_; }
  const ServerAccess& root() const { return root_; }
  int major() const { return major_; }
  /// One for all tests of the site: its connections are warm.
  PostgresEngine& engine() { return engine_; }

  /// A superuser in one of the databases.
  Client Root(const std::string& database) const;
  std::string ConnectTo(const std::string& database, const std::string& user, const base::Sensitive& password,
                        const std::string& options = "") const;

  /// Drops all databases and roles whose names begin with `prefix`, and what they had in the shared database. The
  /// ground is gone afterwards when it isn't as it was new.
  void Clear(const std::string& prefix);
  /// Drops all of it, this object too.
  void Drop();

 private:
  explicit Ground(const Site&);
  void KeepPasswordQuick() const;
  void MakeManagedAdmin();
  void MakeShared();
  void DropAll(const std::string& prefix) const;
  /// Text that is another one when anything was changed in the shared database or about it, unless it was changed back
  /// by undoing all of it.
  std::string Inventory() const;

  const Site site_;
  PostgresEngine engine_{std::make_shared<Pools>(Keep::kAll)};
  const std::string prefix_ = UniquePrefix();
  std::string ca_file_;
  ServerAccess root_, access_;
  int major_ = 0;
  std::string new_;
};

}  // namespace freehold::engines::postgres

// A real PostgreSQL of some major, worked by an admin of some kind. Names are unique, so tests run side by side on one
// server, and what a test made is dropped when it ends.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "reconcilers/engines/postgres/engine.h"
#include "tests/postgres/client.h"
#include "tests/postgres/ground.h"

namespace freehold::engines::postgres {

class ServerTest : public testing::TestWithParam<Site> {
  Ground& ground_ = Ground::Of(GetParam());

 protected:
  void TearDown() override;

  bool IsManaged() const { return GetParam().kind != AdminKind::kSuperuser; }
  /// A store of a name that nobody else uses, with a live first login of `password`.
  Store NewStore(api::Isolation, const std::string& name = "orders");
  /// The same store as asked for by another ServiceDatabase.
  static Store ClaimedByAnother(Store);

  StoreSeen Observe(const Layout&);
  /// Does the sieve ask for a look at it?
  bool IsSuspect(const Layout&);
  std::vector<Step> Plan(const Store&);
  /// Until one fails.
  Result<void> Try(const std::vector<Step>&);
  void Run(const std::vector<Step>&);
  /// Plans and runs until nothing is left to do; fails the test when that takes more than `rounds` rounds. What the
  /// last look saw.
  StoreSeen Converge(const Store&, int rounds = 2);
  void ConvergeRemoval(const Layout&, api::DeletionPolicy, const std::string& uid = "uid-1");
  std::shared_ptr<const ServerSnapshot> Snapshot();

  /// A superuser in one of the databases.
  Client Root(const std::string& database = "postgres");
  /// A role of the store's database, as it could act if nobody guarded its grants.
  Client Careless(const Store&, const std::string& role);
  /// The service itself.
  Client Service(const Store&, int login = 0);
  bool MayLogIn(const Store&, int login = 0);
  /// A role that is nobody's here, with a password; unique, and gone after the test.
  std::string Stranger(const std::string& name, const std::string& options = "LOGIN");
  Client As(const std::string& role, const std::string& database);
  /// For a Client, with a password of its own.
  std::string ConnectAs(const std::string& role, const std::string& database, const base::Sensitive& password) const {
    return ground_.ConnectTo(database, role, password);
  }
  /// `login` connects and runs the query, as itself and as every role that it may SET ROLE to: does it ever get an
  /// answer? Its session is gone afterwards.
  bool Reads(const std::string& login, const std::string& database, const std::string& query);
  /// Makes `name` unique to this test.
  std::string Unique(const std::string& name);

  ServerAccess access_ = ground_.access();
  PostgresEngine& engine_ = ground_.engine();
  const int major_ = ground_.major();
  inline static const base::Sensitive kPassword{"correct-horse-battery-staple"};

 private:
  /// Keeps connections into its database for the rest of the test.
  void StayAt(const Layout&);

  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Engine::Stay>> stays_;  // guarded by mutex_
  const std::string prefix_ = UniquePrefix();
};

}  // namespace freehold::engines::postgres

// An Engine without a server, for tests of what is decided: it plans one step for each difference it is told to see.
// It knows no dialect and runs nothing; what real databases do is tested in tests/postgres.
#pragma once

#include "reconcilers/engines/engine.h"

namespace freehold::engines {

class FakeEngine : public Engine {
 public:
  /// The store, logins aside, differs from what is wanted.
  bool differs = false;
  /// Something that it can do without is missing.
  bool lacks_an_extra = false;
  std::vector<std::string> hindrances;
  std::string fingerprint = "seen";

  Result<std::shared_ptr<const ServerSnapshot>> ObserveServer(const ServerAccess&) override { return Absent(); }
  Result<StoreSeen> ObserveStore(const ServerAccess&, const Layout&) override { return Absent(); }
  Result<void> Run(const ServerAccess&, const Step&) override { return Absent(); }
  Result<void> TryLogin(const ServerAccess&, const std::string&, const std::string&, const base::Sensitive&) override {
    return Absent();
  }

  std::shared_ptr<const ServerSnapshot> BlankServer() const override { return std::make_shared<ServerSnapshot>(); }
  StoreSeen BlankStore(const Layout&) const override { return {}; }
  std::string Fingerprint(const ServerSnapshot&, const Layout&) const override { return fingerprint; }
  std::vector<Step> PlanServer(const ServerSnapshot&, const ServerAccess&, bool) const override { return {}; }
  std::vector<Step> PlanRemoval(const Layout&, const std::string&, api::DeletionPolicy,
                                const StoreSeen&) const override {
    return {};
  }
  std::vector<std::string> Hindrances(const Store&, const StoreSeen&) const override { return hindrances; }
  std::vector<Step> Plan(const Store& wanted, const StoreSeen& seen) const override {
    std::vector<Step> steps;
    if (!seen.exists || differs)
      steps.push_back({.verb = "make", .target = wanted.layout.database, .database = {}, .statements = {}});
    if (lacks_an_extra) {
      steps.push_back({.verb = "subscribe",
                       .target = wanted.layout.database,
                       .database = {},
                       .statements = {},
                       .best_effort = true});
    }
    for (std::size_t i = 0; i < 2; ++i) {
      const LoginWanted& login = wanted.logins[i];
      if (login.can_login == seen.logins[i].can_login && !login.new_verifier) continue;
      steps.push_back({.verb = login.can_login ? "open-login" : "close-login",
                       .target = wanted.layout.logins[i],
                       .database = {},
                       .statements = {}});
    }
    return steps;
  }

  std::string MakeVerifier(const base::Sensitive& password) const override {
    return "verifier of " + password.Reveal();
  }
  bool VerifierMatches(const std::string& verifier, const base::Sensitive& password) const override {
    return verifier == MakeVerifier(password);
  }

 private:
  static std::unexpected<base::Failure> Absent() { return base::Terminal("NoServer", "this engine has no server"); }
};

}  // namespace freehold::engines

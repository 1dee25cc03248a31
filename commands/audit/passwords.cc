#include "commands/audit/passwords.h"

#include <map>
#include <vector>

namespace freehold::commands::audit {
namespace {

using Verifiers = std::map<std::string, std::string>;

/// A credential and the store that it is for.
struct Issued {
  const Credential* credential;
  const isolation::StoreAsked* store;
};

isolation::Edge EdgeOf(const Issued& issued, const std::string& evidence, base::Timestamp at) {
  return {.ground = isolation::Ground::kDatabase,
          .store = issued.credential->store,
          .principal = "whoever set the password of " + issued.credential->login,
          .service = {},
          .reach = isolation::Reach::kOwn,
          .path = "password of login " + issued.credential->login + " is not the one issued",
          .rule = isolation::Rule::kNone,
          .severity = isolation::Severity::kCritical,
          .evidence = evidence,
          .remedy = "freehold rotate " + issued.credential->store,
          .seen_at = at};
}

class Comparison {
 public:
  Comparison(engines::Engine& engine, const engines::ServerAccess& access, isolation::AccessModel& model,
             base::Timestamp at)
      : engine_(engine), access_(access), model_(model), at_(at) {}

  void Run(const std::vector<Issued>& all) {
    std::vector<std::string> logins;
    for (const auto& issued : all) logins.push_back(issued.credential->login);
    const auto verifiers = engine_.Verifiers(access_, logins);
    if (!verifiers && verifiers.error().reason != "NotReadable") {
      for (const auto& issued : all) Unknown(issued, verifiers.error().message);
      return;
    }
    for (const auto& issued : all) verifiers ? ByVerifier(issued, *verifiers) : ByLogin(issued);
  }

 private:
  void ByVerifier(const Issued& issued, const Verifiers& verifiers) {
    const auto found = verifiers.find(issued.credential->login);
    if (found == verifiers.end() || engine_.VerifierMatches(found->second, issued.credential->password)) return;
    model_.edges.push_back(EdgeOf(issued, "pg_authid.rolpassword: the verifier of another password", at_));
  }

  void ByLogin(const Issued& issued) {
    const auto& credential = *issued.credential;
    const auto done = engine_.TryLogin(access_, issued.store->layout.database, credential.login, credential.password);
    if (done) return;
    if (done.error().reason != "LoginRefused") return Unknown(issued, done.error().message);
    model_.edges.push_back(EdgeOf(issued, "a login with the Secret: " + done.error().message, at_));
  }

  void Unknown(const Issued& issued, const std::string& why) {
    model_.unknown.push_back({issued.credential->store, "password", why});
  }

  engines::Engine& engine_;
  const engines::ServerAccess& access_;
  isolation::AccessModel& model_;
  const base::Timestamp at_;
};

}  // namespace

void ComparePasswords(const Comparing& comparing, engines::Engine& engine,
                      const std::function<const engines::ServerAccess*(const std::string&)>& access,
                      isolation::AccessModel& model) {
  std::map<std::string, const isolation::StoreAsked*> stores;
  for (const auto& store : comparing.stores) stores[store.name()] = &store;
  std::map<std::string, std::vector<Issued>> by_server;
  for (const auto& credential : comparing.credentials) {
    const auto* store = stores.at(credential.store);
    by_server[store->server].push_back({&credential, store});
  }
  for (const auto& [server, issued] : by_server) {
    // A server that can't be reached was told as unknown by whoever looked first.
    if (const auto* how = access(server)) Comparison(engine, *how, model, comparing.at).Run(issued);
  }
}

}  // namespace freehold::commands::audit

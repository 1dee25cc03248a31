#include "commands/audit/probe.h"

#include "reconcilers/credentials/binding.h"

namespace freehold::commands::audit {
namespace {

isolation::Edge EdgeOf(const Credential& credential, const isolation::StoreAsked& store,
                       const engines::Attempt& attempt, base::Timestamp at) {
  return {.ground = isolation::Ground::kProbe,
          .store = store.name(),
          .principal = "role " + credential.login,
          .service = credential.service,
          .reach = attempt.reads ? isolation::Reach::kRead : isolation::Reach::kOther,
          .path = attempt.reads ? "its credential reads the store"
                                : "its credential opens database " + store.layout.database,
          .severity = attempt.reads ? isolation::Severity::kCritical : isolation::Severity::kHigh,
          .evidence = "a login with the Secret of " + credential.store + " " + attempt.answer,
          .remedy = "let the controller mend " + store.name() + ", or see the other findings of this store",
          .seen_at = at};
}

/// In a database that stores share, its logins connect by design.
bool SharesDatabase(const isolation::StoreAsked& one, const isolation::StoreAsked& other) {
  return one.server == other.server && one.layout.database == other.layout.database;
}

}  // namespace

base::Result<std::optional<Credential>> CredentialOf(const isolation::StoreAsked& store, kube::Reader& reader) {
  const kube::Name name{store.object->meta.ns, api::SecretNameOf(*store.object)};
  const auto secret = reader.Get(credentials::SecretType(), name);
  if (!secret) {
    if (secret.error().http_status == 404) return std::nullopt;
    return std::unexpected(secret.error());
  }
  const auto seen = credentials::ReadSecret(*secret, store.object->meta.uid, {});
  if (!seen) return std::unexpected(seen.error());
  if (!seen->issued) return base::Terminal("NotIssued", "Secret " + ToString(name) + " holds no credential of ours");
  return Credential{.store = store.name(),
                    .service = store.service(),
                    .login = seen->issued->login,
                    .secret = name,
                    .password = seen->issued->password};
}

void TryAll(const Probing& probing, engines::Engine& engine,
            const std::function<const engines::ServerAccess*(const std::string&)>& access,
            isolation::AccessModel& model) {
  int left = probing.limit, untried = 0;
  for (const auto& credential : probing.credentials) {
    const isolation::StoreAsked* own = nullptr;
    for (const auto& store : probing.stores) {
      if (store.name() == credential.store) own = &store;
    }
    for (const auto& store : probing.stores) {
      if (store.service() == credential.service) continue;
      if (left-- <= 0) {
        ++untried;
        continue;
      }
      const auto* server = access(store.server);
      if (!server) continue;  // Already told as unknown.
      const auto attempt = engine.TryToRead(*server, credential.login, credential.password, store.layout);
      if (!attempt) {
        model.unknown.push_back({store.name(), "login of " + credential.store, attempt.error().message});
        continue;
      }
      const bool expected = own && SharesDatabase(*own, store) && !attempt->reads;
      if (attempt->connected && !expected) model.edges.push_back(EdgeOf(credential, store, *attempt, probing.at));
    }
  }
  if (untried > 0) {
    model.unknown.push_back({"", "probe", std::to_string(untried) + " pairs were not tried; raise --probe-limit"});
  }
}

}  // namespace freehold::commands::audit

// The reconciler of ServiceDatabases: observe, plan, apply, say.
//
// Flow: what is wanted (caches only) -> is it in sync by the last look at its server? -> look at it afresh -> decide ->
// carry the steps out, through the gate -> look again, from outside where it was just made -> one status apply, if it
// differs.
// Guarantees: acts on fresh evidence only; a store of another owner is never changed; a crash anywhere is mended by the
// next pass; a pass over an unchanged world reads one Secret at most and writes nothing; a Secret without the reserved
// suffix is written only once the cached CredentialIndex lists it as this object's (the router asks for a pass then).
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>

#include "operator/base/clock.h"
#include "operator/kube/client.h"
#include "operator/runtime/gate.h"
#include "operator/runtime/outcome.h"
#include "reconcilers/credentials/cdc_passwords.h"
#include "reconcilers/engines/engine.h"
#include "reconcilers/servers/board.h"
#include "reconcilers/stores/decide.h"
#include "reconcilers/stores/troubles.h"
#include "reconcilers/stores/world.h"

namespace freehold::stores {

struct ReconcilerSettings {
  /// How often each object is looked at although nothing was heard of it.
  std::chrono::milliseconds resync = std::chrono::seconds(60);
  /// Every so many resyncs a store is looked at as a whole, for what the server's shared catalogs don't show.
  int deep_every = 10;
  /// Every so many resyncs the Secret of a store in sync is read: that costs more than all the rest. Sooner when the
  /// object has changed, or something is due.
  int secret_every = 1;
};

/// Steps that are best effort and failed in this pass, with what they failed of.
using GivenUp = std::map<std::pair<std::string, std::string>, std::string>;

/// Tells people of something that happened to an object. Must not block.
using Tell = std::function<void(const api::ServiceDatabase&, bool warning, api::Reason, const std::string& note)>;

/// Thread-safe; one name is reconciled by one thread at a time.
class Reconciler {
 public:
  /// All of it outlives the reconciler and is thread-safe.
  struct Parts {
    World world;
    const servers::Board& board;
    engines::Engine& engine;
    kube::Reader& reader;
    kube::Writer& writer;
    runtime::Gate& gate;
    const base::Clock& clock;
    Tell tell;
    const Troubles& troubles;
    const credentials::CdcPasswords& cdc_passwords;
  };

  Reconciler(Parts parts, ReconcilerSettings settings) : parts_(std::move(parts)), settings_(settings) {}

  runtime::Outcome Reconcile(const kube::Name& name);

  /// The next pass looks at the store whatever its fingerprint says.
  void ForgetLook(const kube::Name&);

  /// What would be done now, without doing it: what `freehold plan` prints.
  base::Result<Decision> Preview(const kube::Name& name);

  static constexpr const char* kStatusManager = "freehold-status";

 private:
  using Object = std::shared_ptr<const api::ServiceDatabase>;

  runtime::Outcome Converge(Desired, const servers::Standing&, const std::string& digest);
  runtime::Outcome AwaitIndex(const Desired&);
  runtime::Outcome Release(const Object&);
  runtime::Outcome ReleaseOn(const Object&, const api::DatabaseServer&, const servers::Standing&);
  runtime::Outcome Settle(const Desired&, const Observed&, const credentials::Turn&, api::ServiceDatabaseStatus);

  /// What a pass need not ask for.
  struct Known {
    std::optional<engines::StoreSeen> store;  ///< presumed to be absent, or as it was just made
    std::optional<base::Json> secret;         ///< as it was just written
    std::optional<Minted> minted;             ///< set in this pass: needs no proof that it matches
  };

  base::Result<std::optional<credentials::SecretSeen>> LookAtSecret(const Desired&, const credentials::Endpoint&);
  base::Result<Observed> Look(const Desired&, const servers::Standing&, const Known&);
  /// Retryable "StaleView" when the API server's status tells of another login than the cache's.
  base::Result<void> ConfirmLogin(const api::ServiceDatabase&);
  /// Of a server as this pass found it, if it is the one that the pass works on: all of a pass is about one server,
  /// also when its DatabaseServer comes to lead to another meanwhile.
  std::optional<servers::Standing> StandingOf(const std::string& server, const servers::Standing& own) const;
  void LookAtChannels(const Desired&, const servers::Standing& own, Observed&) const;
  /// What replication needs: what `seen` shows of both ends, and passwords.
  void AddReplication(const Desired&, const servers::Standing& own, const Observed& seen, Fresh&) const;
  /// Has the role that replicates this password? By its verifier, or where that can't be read by logging in.
  bool KnowsPassword(const Desired&, const servers::Standing& own, const engines::StoreSeen&,
                     const base::Sensitive& password) const;
  Fresh FreshFor(const Desired&, const servers::Standing& own, const Observed&) const;

  /// The first failure ends it; one of a step that is best effort is noted in `given_up` instead. `secret`: what became
  /// of the Secret, if one of the steps wrote it.
  base::Result<void> Carry(const std::vector<Step>&, const engines::ServerAccess&, GivenUp* given_up = nullptr,
                           std::optional<base::Json>* secret = nullptr);
  /// `held`: the Secret's resourceVersion once it was held in this pass; `written`: the Secret once it was written.
  base::Result<void> CarryOne(const Step&, const engines::ServerAccess&, std::string& held,
                              std::optional<base::Json>& written);

  /// Applies the status when it differs, and says when to look again.
  runtime::Outcome Report(const api::ServiceDatabase&, const api::ServiceDatabaseStatus&, runtime::Outcome next);
  runtime::Outcome ReportFailure(const api::ServiceDatabase&, const base::Failure&);
  runtime::Outcome Refuse(const api::ServiceDatabase&, const Refusal&);
  runtime::Outcome LookAgain(std::optional<base::Timestamp> due) const;
  bool DeepLookDue(const api::ServiceDatabase&);
  void LookedDeep(const api::ServiceDatabase&);
  bool SecretDue(const Desired&);
  void SawSecret(const api::ServiceDatabase&);

  const Parts parts_;
  const ReconcilerSettings settings_;
  std::mutex mutex_;
  std::map<std::string, std::chrono::steady_clock::time_point> looked_deep_;  ///< by UID
  struct SecretSight {
    std::chrono::steady_clock::time_point at;
    std::size_t annotations = 0;  ///< a hash of those that the ServiceDatabase had
  };
  std::map<std::string, SecretSight> saw_secret_;  ///< by UID
};

}  // namespace freehold::stores

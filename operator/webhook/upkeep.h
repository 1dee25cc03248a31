// Keeps a webhook's certificate: made when there is none, renewed before it ends, trusted by the API server.
//
// Flow: read the configuration and the Secret -> Judge -> one write -> again, until there is nothing to do.
// Guarantees: writes pass the gate, so that one replica does them; each write fails when somebody else wrote first.
// Who deletes the Secret has everything made anew at once, and what it held is trusted no longer.
#pragma once

#include "operator/kube/client.h"
#include "operator/runtime/gate.h"
#include "operator/runtime/outcome.h"
#include "operator/webhook/keyring.h"
#include "operator/webhook/target.h"

namespace freehold::webhook {

/// Thread-safe; not to be called by two threads at once.
class Upkeep {
 public:
  /// All of it outlives the upkeep and is thread-safe.
  struct Parts {
    kube::Reader& reader;
    kube::Writer& writer;
    runtime::Gate& gate;
    const base::Clock& clock;
  };

  /// `secret` is where the certificates are kept, `configuration` names the ValidatingWebhookConfiguration.
  Upkeep(Parts parts, kube::Name secret, std::string configuration, Schedule schedule)
      : parts_(parts), secret_(std::move(secret)), configuration_(std::move(configuration)), schedule_(schedule) {}

  runtime::Outcome Reconcile();

 private:
  base::Result<Target> LookAtTarget();
  base::Result<Keyring> LookAtKeyring();
  base::Result<Turn> Step();
  base::Result<void> Write(const Keyring&);
  base::Result<void> Trust(const Target&, const Keyring&);
  /// Once for each complaint, however often it is found.
  void Complain(const std::string& why);

  const Parts parts_;
  const kube::Name secret_;
  const std::string configuration_;
  const Schedule schedule_;
  std::string complaint_;  ///< the last one; empty: none since all was well
};

}  // namespace freehold::webhook

// The connectors of each EventBus of type KafkaConnect or Strimzi, bus by bus.
//
// Flow: who reads topics (see reconcilers/topics) -> which connectors there should be (caches) -> passwords for the
// workers -> what Connect has -> make, mend, remove. Guarantees: a source never runs without a slot that Freehold made,
// and begins at that slot: it is stopped while there is none, and its offsets are deleted before it goes on. A slot
// that a source can't go on from, or that it does not confirm though Connect says RUNNING, is dropped; the publisher's
// pass makes another one and reads the outbox again. What is removed is stopped first, then its offsets go, then it.
// Assumptions: names that begin with the bus's prefix belong to this installation.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>

#include "operator/base/clock.h"
#include "operator/http/transport.h"
#include "operator/kube/client.h"
#include "operator/runtime/gate.h"
#include "operator/runtime/outcome.h"
#include "reconcilers/connect/board.h"
#include "reconcilers/connect/changes.h"
#include "reconcilers/connect/passwords.h"
#include "reconcilers/topics/keeper.h"

namespace freehold::connect {

inline constexpr const char* kBusFinalizer = "freehold.dev/bus";

/// How Connect is reached.
struct Access {
  std::string url, authorities, username;
  base::Sensitive password;
  bool operator==(const Access&) const = default;
};
using MakeTransport = std::function<Result<std::shared_ptr<http::Transport>>(const Access&)>;
/// Over the network.
Result<std::shared_ptr<http::Transport>> TransportTo(const Access&);

struct Patience {
  std::chrono::milliseconds look{2000};    ///< between two looks while something is under way
  std::chrono::milliseconds watch{15000};  ///< between two looks while all is well
  std::chrono::seconds first{5};           ///< before what failed is started again; doubled each time
  std::chrono::seconds longest{300};
  std::chrono::seconds stuck{90};  ///< how long a slot may stand still while its source runs
};

/// Thread-safe; one bus is worked on by one thread at a time.
class Reconciler {
 public:
  /// All of it outlives the reconciler and is thread-safe.
  struct Parts {
    stores::World world;
    const servers::Board& servers;
    engines::Engine& engine;
    kube::Reader& reader;
    kube::Writer& writer;
    runtime::Gate& gate;
    const base::Clock& clock;
    const credentials::CdcPasswords& passwords;
    Board& board;
    MakeTransport transport;
    std::string operator_namespace;
    /// A publisher's link is not whole: it needs a look.
    std::function<void(const kube::Name& publisher)> look_at;
    /// What a bus is told about itself changed.
    std::function<void(const kube::Name& bus)> turned;
    /// There are connectors that copy a store's tables, or none any more.
    std::function<void(const kube::Name& store, bool)> copies = [](const kube::Name&, bool) {};
    /// Of those who read topics themselves; null: nobody does.
    topics::Keeper* readers = nullptr;
  };

  explicit Reconciler(Parts parts, Patience patience = {}) : parts_(std::move(parts)), patience_(patience) {}

  runtime::Outcome Reconcile(const kube::Name& bus);
  /// Which connectors that would make, change and remove now. Changes nothing. REQUIRES: IsOnConnect.
  Result<std::vector<Change>> Preview(const api::EventBus&);

 private:
  using Steady = std::chrono::steady_clock::time_point;
  using Seen = std::map<std::string, ConnectorSeen>;

  /// What is remembered of one connector.
  struct Memory {
    int attempts = 0;  ///< at starting it again, one after the other
    Steady next{};     ///< not before
    Steady well_since{};
    std::int64_t mark = 0;  ///< the WAL was there at `moved`; a source has to come that far
    Steady moved{};
    bool marked = false;
    bool passed = false;  ///< a mark was reached
  };
  struct Pass {
    const api::EventBus& bus;
    const Workers workers;
    Client& client;
    const Seen& seen;
    bool busy = false;                             ///< something is under way
    std::map<std::string, std::string> troubles;   ///< by part
    std::map<std::string, std::string> reasons{};  ///< of troubles, see Board
    void Await(const std::string& part, std::string what) {
      busy = true;
      troubles[part] = std::move(what);
      reasons[part] = kPending;
    }
  };

  Result<std::unique_ptr<Client>> ClientOf(const api::EventBus&);
  Result<Access> AccessTo(const api::KafkaConnectSpec&) const;
  Result<std::shared_ptr<http::Transport>> Transport(const std::string& bus, const Access&);
  Result<void> KeepFinalizer(const api::EventBus&, bool wanted);
  /// `missing`: why there is no secret for a warehouse of another engine, by part.
  Result<void> KeepSecret(const api::EventBus&, const std::vector<ConnectorWanted>&,
                          std::map<std::string, base::Failure>& missing);
  /// Of a Secret in the operator's namespace. Retryable "SecretMissing".
  Result<std::string> Entry(const std::string& secret, const std::string& key) const;

  /// Of buses that share its prefix: what they want is not removed.
  std::vector<std::string> PartsOfOthers(const api::EventBus&) const;
  Result<void> KeepReaders(const api::EventBus&, bool& busy, bool& empty);
  Result<void> Work(const api::EventBus&, const Wanted&, bool& busy, bool& empty);
  Result<void> KeepSource(Pass&, const ConnectorWanted&, const ConnectorSeen*);
  /// A source that copies: see copies.cc.
  Result<void> KeepCopy(Pass&, const ConnectorWanted&, const ConnectorSeen*);
  Result<void> KeepSink(Pass&, const ConnectorWanted&, const ConnectorSeen*);
  /// Tells of the stores whose tables are being copied by a bus, or are no more.
  void TellOfCopies(const std::string& bus, const Workers&, const Wanted&, const Seen&);
  /// Makes it, or gives it another configuration. False: it was as it should be.
  Result<bool> KeepConfig(Pass&, const ConnectorWanted&, const ConnectorSeen*);
  Result<void> Mend(Pass&, const ConnectorWanted&, const ConnectorSeen&, bool stuck);
  Result<void> Remove(Pass&, const std::string& name, const ConnectorSeen&);
  Result<void> Do(const char* verb, const std::string& target, const std::function<Result<void>()>&);
  /// RUNNING, but what was written a while ago is still not confirmed. Never while nobody `reads`.
  bool IsStuck(const std::string& name, std::int64_t confirmed, std::int64_t written, bool reads = true);
  bool HasPassed(const std::string& name);
  Result<void> EndSlot(const ConnectorWanted&);

  const Parts parts_;
  const Patience patience_;
  std::mutex mutex_;
  std::map<std::string, Memory> memory_;        ///< by connector; guarded by mutex_
  std::map<std::string, std::string> secrets_;  ///< digests by bus; guarded by mutex_
  /// Stores by bus and what names of their connectors begin with; guarded by mutex_.
  std::map<std::string, std::map<std::string, kube::Name>> copied_;
  std::map<std::string, std::pair<Access, std::shared_ptr<http::Transport>>> transports_;  ///< guarded by mutex_
};

}  // namespace freehold::connect

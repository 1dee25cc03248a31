// The real planner, one effect at a time: what a controller does next in a state of the world. Want, Decide, the
// engine's Plan and PlanRemoval, the statuses and the writes of Secrets and finalizers are the product's own; the order
// of a pass is that of stores::Reconciler. What was asked once is remembered, so that only new situations cost.
#pragma once

#include <functional>
#include <memory>

#include "reconcilers/engines/postgres/engine.h"
#include "reconcilers/engines/postgres/server_view.h"
#include "reconcilers/stores/status.h"
#include "tests/worlds/action.h"
#include "tests/worlds/hurts.h"
#include "tests/worlds/server.h"
#include "tests/worlds/world.h"

namespace freehold::worlds {

using Object = std::shared_ptr<const api::ServiceDatabase>;

/// What stays the same in all worlds of one exploration.
struct Scenario {
  api::Isolation isolation = api::Isolation::kDatabase;
  api::DriftPolicy drift = api::DriftPolicy::kRepair;
  bool publishes = false;  ///< the services have an outbox from the beginning
  bool neighbour = false;  ///< there is another service, with a store of its own
  /// How many objects the controller works on at once.
  int workers = 1;
  int major = 18;
  std::string prefix = "";  ///< of what is on the server
  std::string ns = "shop";
  std::array<std::string, kClaims> uids = {"uid-1", "uid-8", "uid-5"};
  /// Who takes the lead ends what the leader before it has under way in the databases.
  bool fenced = true;
  /// What may be done to the world; none: everything.
  std::vector<Hurt> hurts;
  /// Changes what was planned: a bug, to see whether it is found.
  std::function<void(std::vector<Action>&)> bug;
};

/// A controller in the middle of its work on one object.
struct Pass {
  enum class Phase {
    kLooked,   ///< it saw the store, and will read the Secret and decide
    kLeaving,  ///< the store is released, and it will read the Secret to let it go
    kCarrying
  };
  Phase phase = Phase::kLooked;
  int claim = 0;
  Id object = 0;          ///< as its cache showed it when the pass began
  Id seen = 0;            ///< the server at its last look
  bool presumed = false;  ///< `seen` is what the board shows
  std::vector<Id> actions;
  std::size_t next = 0;
  bool again = false;  ///< another look when all are done
};

/// Not thread-safe.
class Planner {
 public:
  explicit Planner(Scenario);

  Interned<Server> servers;
  Interned<Object> objects;
  Interned<base::Json> secrets;
  Interned<Action> actions;
  Interned<Pass> passes;

  Id Add(Server);
  Id Add(api::ServiceDatabase);
  /// 0 for a null object.
  Id AddSecret(base::Json);
  Id Add(Action);

  /// The controller, which is idle, begins with the object of a claim: its next pass, or none.
  Id Begin(const World&, int claim);
  /// REQUIRES: it is in the middle of a pass of this claim. The world after its next move; its next effect happens
  /// whole.
  World Step(const World&, int claim);
  /// What that move is about; none: it only reads and decides.
  Id NextAction(const World&, int claim) const;
  /// The effect alone, whoever began it.
  std::pair<World, Id> Happen(const World&, Id action);  ///< and the failure, if any

  /// Nothing is to do, and a pass would end before it looked: quiet.
  bool IsQuiet(const World&, int claim);
  /// The first of the store's half of the pool that nothing in this world tells of.
  int FreshPassword(const World&, int store) const;
  /// The board matters only to those whose status says nothing of a store yet.
  World Normal(World) const;

  static base::Timestamp TimeOf(const World& world) { return kBegin + world.time * kTick; }
  static constexpr base::Timestamp kBegin{std::chrono::seconds(1'800'000'000)};
  static constexpr std::chrono::hours kTick{6};
  const engines::Layout& layout(int store) const { return layouts_[store]; }
  const engines::ServerAccess& access() const { return access_; }
  const Scenario& scenario() const { return scenario_; }
  /// A new ServiceDatabase.
  api::ServiceDatabase NewObject(int claim, const std::string& uid) const;
  postgres::PostgresEngine& engine() { return engine_; }
  const postgres::PostgresSnapshot& SnapshotOf(Id server);

 private:
  struct Caches;
  using Key = std::array<Id, 8>;
  struct HashKey {
    std::size_t operator()(const Key& key) const;
  };
  template <class Value>
  using Memo = std::unordered_map<Key, Value, HashKey>;

  std::expected<stores::Desired, stores::Refusal> Want(Id object, Id rival, base::Timestamp) const;
  Id AddPass(Pass);
  /// A pass that takes these actions; none when there are none.
  Id Carrying(Pass, std::vector<Action>, bool again);
  Id BeginNew(int claim, Id object, Id rival, Id board, Id server, base::Timestamp);
  /// The next look of a pass, or its first.
  Id LookAgain(const Pass&, Id server);
  Id DecideNew(const Pass&, Id secret, Id fresh_object, base::Timestamp, int fresh);
  bool IsConfirmed(Id cached, Id now) const;
  /// The Secret that was held is the one that the rest of the pass replaces.
  void AfterHold(Id secret, Pass& rest);
  Id DecideRemoval(const Pass&, Id server);
  Id LeaveNew(const Pass&, Id secret);
  Id FailedNew(const Pass&, Id failure, Id server, base::Timestamp);
  std::vector<Action> StatusOf(const Pass&, api::ServiceDatabaseStatus) const;
  Action ActionOf(const Pass&, Deed) const;
  Id AddFailure(const base::Failure&);
  void Append(const Pass&, const stores::Step&, std::vector<Action>&) const;
  std::optional<credentials::SecretSeen> ReadSecret(Id secret, const std::string& uid,
                                                    const credentials::Endpoint&) const;
  struct Happened {
    Id server, object, secret, failure;
  };
  Happened HappenNew(const Action&, Id server, Id object, Id secret);

  const Scenario scenario_;
  engines::postgres::PostgresEngine engine_;
  engines::ServerAccess access_;
  std::shared_ptr<const api::DatabaseServer> database_server_;
  std::unique_ptr<Caches> caches_;
  std::array<engines::Layout, kStores> layouts_;
  std::deque<std::uint32_t> server_passwords_{0}, secret_passwords_{0}, pass_passwords_{0};
  Memo<Id> begun_, decided_, went_on_, looked_, left_, failed_;
  Memo<Happened> happened_;
  Interned<base::Failure> failures_;
  std::unordered_map<Id, std::shared_ptr<const postgres::PostgresSnapshot>> snapshots_;
  Memo<bool> quiet_;

 public:
  ~Planner();
};

}  // namespace freehold::worlds

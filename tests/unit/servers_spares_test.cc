// When spare databases are made and dropped. What the databases are, PlanSpares says: see tests/postgres.
#include <gmock/gmock.h>

#include "operator/base/clock.h"
#include "reconcilers/api/kinds.h"
#include "reconcilers/servers/spares.h"
#include "tests/unit/fake_engine.h"

namespace freehold::servers {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// A server that has as many spares as were made.
class StockedEngine final : public engines::FakeEngine {
 public:
  std::vector<engines::Step> PlanSpares(const engines::ServerSnapshot& seen, const engines::ServerAccess&,
                                        int wanted) const override {
    const auto step = [](const char* verb) {
      return engines::Step{.verb = verb, .target = "spare", .database = "", .statements = {}};
    };
    std::vector<engines::Step> steps(wanted > seen.spares ? wanted - seen.spares : 0, step("make-spare"));
    steps.resize(steps.size() + (seen.spares > wanted ? seen.spares - wanted : 0), step("drop-spare"));
    return steps;
  }
  engines::Result<void> Run(const engines::ServerAccess&, const engines::Step& step) override {
    if (full) return base::Retryable("ServerOutOfSpace", "no space left on device");
    there += step.verb == "make-spare" ? 1 : -1;
    return {};
  }
  int there = 0;
  bool full = false;
};

/// Keeps in mind what was patched.
class Patches final : public kube::Writer {
 public:
  base::Result<base::Json> JsonPatch(const kube::ResourceType&, const kube::Name&, const base::Json& patch,
                                     std::string_view) override {
    finalizers = patch.back().contains("value") ? patch.back()["value"].get<std::vector<std::string>>()
                                                : std::vector<std::string>();
    return patch;
  }
  base::Result<base::Json> Apply(const kube::ResourceType&, const kube::Name&, const base::Json&, std::string_view,
                                 std::string_view) override {
    return base::Terminal("Unexpected", "apply");
  }
  base::Result<base::Json> Create(const kube::ResourceType&, const std::string&, const base::Json&) override {
    return base::Terminal("Unexpected", "create");
  }
  base::Result<base::Json> Replace(const kube::ResourceType&, const kube::Name&, const base::Json&) override {
    return base::Terminal("Unexpected", "replace");
  }
  base::Result<void> Delete(const kube::ResourceType&, const kube::Name&, const std::string&) override {
    return base::Terminal("Unexpected", "delete");
  }
  std::vector<std::string> finalizers;
};

class Verbs final : public runtime::GateObserver {
 public:
  void Before(const runtime::Effect& effect) override { passed.push_back(effect.verb); }
  void After(const runtime::Effect&, std::chrono::steady_clock::duration, const base::Failure*) override {}
  std::vector<std::string> passed;
};

class Spares : public testing::Test {
 protected:
  Spares() {
    Want(2);
    Look();
  }
  void Want(int spares) {
    server.spec.spares = spares;
    Put();
  }
  void Put() {
    server.meta.name = "main";
    server.meta.finalizers = writer.finalizers;
    servers.Put(std::make_shared<const api::DatabaseServer>(server));
  }
  void Look() {
    auto snapshot = std::make_shared<engines::ServerSnapshot>();
    snapshot->spares = engine.there;
    board.Put("main",
              {.access = {}, .snapshot = snapshot, .failure = {}, .at = {}, .looked = base::SystemClock().Steady()});
  }
  /// What passed the gate, and whether a look was asked for.
  std::vector<std::string> Pass() {
    outcome = keeper.Reconcile({"", "main"});
    auto passed = std::exchange(gated.passed, {});
    if (std::exchange(looks, false)) passed.emplace_back("look");
    Put();
    return passed;
  }
  std::vector<std::string> PassAfterLook() {
    Look();
    return Pass();
  }

  api::DatabaseServer server;
  kube::Store<api::DatabaseServer> servers;
  ownership::Registry registry;
  Board board;
  StockedEngine engine;
  Patches writer;
  Verbs gated;
  runtime::Gate gate{[] { return true; }, base::SystemClock(), &gated};
  bool busy = false, looks = false;
  runtime::Outcome outcome;
  SpareKeeper keeper{{servers, registry, board, engine, writer, gate, base::SystemClock(),
                      [this](const std::string&) { return busy; }, [this](const std::string&) { looks = true; }}};
};

TEST_F(Spares, AreMadeOneAfterEachLookAndTheirCleanUpIsPromisedBefore) {
  EXPECT_THAT(Pass(), ElementsAre("add-finalizer", "make-spare", "look"));
  EXPECT_THAT(writer.finalizers, ElementsAre(api::kFinalizer));
  EXPECT_THAT(PassAfterLook(), ElementsAre("make-spare", "look"));
  EXPECT_THAT(PassAfterLook(), IsEmpty());
  EXPECT_THAT(Pass(), IsEmpty());
}

TEST_F(Spares, WaitUntilTheStoresHaveNothingToDo) {
  busy = true;
  EXPECT_THAT(Pass(), IsEmpty());
  EXPECT_TRUE(std::holds_alternative<runtime::Again>(outcome));
  busy = false;
  EXPECT_THAT(Pass(), ElementsAre("add-finalizer", "make-spare", "look"));
}

TEST_F(Spares, AreLookedForOnceAStoreMayHaveTakenOne) {
  engine.there = 2;
  EXPECT_THAT(PassAfterLook(), IsEmpty());
  engine.there = 1;
  keeper.Used("main");
  busy = true;
  EXPECT_THAT(Pass(), IsEmpty());
  busy = false;
  EXPECT_THAT(Pass(), ElementsAre("look"));
  EXPECT_THAT(PassAfterLook(), ElementsAre("add-finalizer", "make-spare", "look"));
}

TEST_F(Spares, GoWhenFewerAreWantedAndThePromiseWithTheLast) {
  for (int pass = 0; pass < 2; ++pass) PassAfterLook();
  Want(0);
  EXPECT_THAT(PassAfterLook(), ElementsAre("drop-spare", "look"));
  EXPECT_THAT(PassAfterLook(), ElementsAre("drop-spare", "look"));
  EXPECT_THAT(PassAfterLook(), ElementsAre("remove-finalizer"));
  EXPECT_THAT(writer.finalizers, IsEmpty());
  EXPECT_THAT(PassAfterLook(), IsEmpty());
}

TEST_F(Spares, ThatCantBeMadeAreTriedAgainAfterTheNextLookAndHinderNobody) {
  engine.full = true;
  EXPECT_THAT(Pass(), ElementsAre("add-finalizer", "make-spare"));
  EXPECT_TRUE(std::holds_alternative<runtime::Done>(outcome));
  engine.full = false;
  EXPECT_THAT(PassAfterLook(), ElementsAre("make-spare", "look"));
}

TEST_F(Spares, OfAServerThatIsDeletedOrNotReadyAreLeftToOthers) {
  server.meta.deleted = base::Timestamp{};
  Put();
  EXPECT_THAT(Pass(), IsEmpty());
  server.meta.deleted.reset();
  Put();
  board.Put("main", {.access = {}, .snapshot = nullptr, .failure = base::Retryable("X", "x").error(), .at = {}});
  EXPECT_THAT(Pass(), IsEmpty());
}

TEST(SparesWanted, AreThoseOfTheSpecWhereTheyAreOfUseAndThereIsRoom) {
  struct Case {
    int spares, limit, stores;
    std::vector<api::Isolation> isolation;
    int wanted;
  };
  const std::vector<api::Isolation> both = {api::Isolation::kSchema, api::Isolation::kDatabase};
  for (const auto& c : std::vector<Case>{{0, 500, 0, both, 0},
                                         {3, 500, 0, both, 3},
                                         {3, 5, 3, both, 2},
                                         {3, 5, 6, both, 0},
                                         {3, 500, 0, {api::Isolation::kSchema}, 0}}) {
    api::DatabaseServer server;
    server.spec.host = "h";
    server.spec.spares = c.spares;
    server.spec.limits.databases = c.limit;
    server.spec.isolation = c.isolation;
    ownership::Registry registry;
    for (int i = 0; i < c.stores; ++i) {
      api::ServiceDatabase store;
      store.meta.ns = "shop";
      store.meta.name = "s" + std::to_string(i);
      store.spec.name = store.meta.name;
      registry.Put(ownership::ClaimantOf(store), ownership::ClaimsOf(store, &server));
    }
    EXPECT_EQ(SparesWanted(server, registry), c.wanted) << c.spares << " of " << c.limit << " with " << c.stores;
  }
}

}  // namespace
}  // namespace freehold::servers

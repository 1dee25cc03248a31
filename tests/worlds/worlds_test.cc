// Every small world: the real planner in all that can happen, up to a bound. Nothing foreign reaches a store, no store
// has two owners, the Secret's credential works, data goes only when that was asked for; and every run that is left
// alone ends with the world as it should be, and then plans nothing.
#include <gmock/gmock.h>

#include <cstdlib>

#include "tests/worlds/beginnings.h"
#include "tests/worlds/explorer.h"

namespace freehold::worlds {
namespace {

using testing::Contains;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// 1; FREEHOLD_SMALL_WORLDS asks for more.
int Size() {
  const char* asked = std::getenv("FREEHOLD_SMALL_WORLDS");
  return asked ? std::atoi(asked) : 1;
}

struct Bound {
  int hurts = 0, crashes = 0, ticks = 0;
};

World Within(World world, const Bound& bound) {
  world.hurts = static_cast<std::uint8_t>(bound.hurts);
  world.crashes = static_cast<std::uint8_t>(bound.crashes);
  world.ticks = static_cast<std::uint8_t>(bound.ticks);
  return world;
}

struct Exploration {
  explicit Exploration(Scenario scenario = {})
      : planner(std::move(scenario)), laws(planner), moves(planner, laws), explorer(planner, laws) {}
  Planner planner;
  Laws laws;
  Moves moves;
  Explorer explorer;

  /// Of all explorations of this process.
  static inline std::size_t visited = 0;

  /// The first stories of each kind of what goes wrong.
  std::vector<Finding> Find(const std::vector<World>& from) {
    auto found = explorer.Explore(from, kAtMost);
    visited += explorer.visited();
    EXPECT_TRUE(explorer.whole()) << "there are more than " << kAtMost << " states";
    std::printf("%zu states from %zu beginnings, of %zu servers, %zu objects, %zu Secrets, %zu effects\n",
                explorer.visited(), from.size(), planner.servers.size(), planner.objects.size(), planner.secrets.size(),
                planner.actions.size());
    if (!found.empty()) return found;
    found = explorer.Settle();
    std::printf("%zu of them are ends\n", explorer.settled());
    return found;
  }

  void ExpectSound(const std::vector<World>& from) {
    for (const auto& finding : Find(from)) ADD_FAILURE() << finding.law << "\n" << finding.story;
  }

  static constexpr std::size_t kAtMost = 60'000'000;
};

class SmallWorlds : public testing::Test {
 protected:
  static void TearDownTestSuite() { std::printf("%zu states in all\n", Exploration::visited); }
};

TEST_F(SmallWorlds, BeginOnAServerThatIsPrepared) {
  Planner planner({});
  const auto world = Nothing(planner);
  EXPECT_THAT(planner.engine().PlanServer(planner.SnapshotOf(world.server), planner.access(), false), IsEmpty());
}

TEST_F(SmallWorlds, AStoreIsMadeAndLivesThroughCrashesAndRotations) {
  Exploration run;
  run.ExpectSound({Within(Nothing(run.planner), {.hurts = 0, .crashes = 1 + Size(), .ticks = 2})});
}

TEST_F(SmallWorlds, UsersAndStrangersInterfereAtEveryMoment) {
  Exploration run;
  run.ExpectSound({Within(Nothing(run.planner), {.hurts = 1, .crashes = 1, .ticks = Size() - 1}),
                   Within(Settled(run.planner, run.moves), {.hurts = Size(), .crashes = Size() - 1, .ticks = 1})});
}

TEST_F(SmallWorlds, TheSameInASharedDatabase) {
  Exploration run({.isolation = api::Isolation::kSchema});
  run.ExpectSound({Within(Nothing(run.planner), {.hurts = 1, .crashes = 1, .ticks = Size() - 1}),
                   Within(Settled(run.planner, run.moves), {.hurts = Size(), .crashes = Size() - 1, .ticks = 1})});
}

TEST_F(SmallWorlds, WhatIsOnlyReportedIsToldAsItIs) {
  for (const auto isolation : {api::Isolation::kDatabase, api::Isolation::kSchema}) {
    Exploration run({.isolation = isolation, .drift = api::DriftPolicy::kReport, .publishes = true});
    run.ExpectSound({Within(Settled(run.planner, run.moves), {.hurts = 1, .crashes = 1, .ticks = 1})});
  }
}

TEST_F(SmallWorlds, AnOutboxIsMadeAndKept) {
  for (const auto isolation : {api::Isolation::kDatabase, api::Isolation::kSchema}) {
    Exploration run({.isolation = isolation,
                     .hurts = {Hurt::kPublish, Hurt::kDropOutbox, Hurt::kCloseOutbox, Hurt::kChangeLimit,
                               Hurt::kDeleteRetain, Hurt::kDeleteDelete, Hurt::kDeleteOrphan, Hurt::kCreate}});
    run.ExpectSound({Within(Settled(run.planner, run.moves), {.hurts = 2, .crashes = Size(), .ticks = 1})});
  }
}

TEST_F(SmallWorlds, TwoServicesAreWorkedOnAtOnceAndDoNotReachEachOther) {
  for (const auto isolation : {api::Isolation::kDatabase, api::Isolation::kSchema}) {
    Exploration run({.isolation = isolation,
                     .neighbour = true,
                     .workers = 2,
                     .hurts = {Hurt::kDeleteDelete, Hurt::kDeleteRetain, Hurt::kDeleteNeighbour}});
    std::vector<World> from = {Within(Nothing(run.planner), {.hurts = 1})};
    if (Size() > 1) from.push_back(Within(Nothing(run.planner), {.crashes = 1}));
    run.ExpectSound(from);
  }
}

TEST_F(SmallWorlds, ASecondClaimantIsWorkedOnAtTheSameTime) {
  for (const auto isolation : {api::Isolation::kDatabase, api::Isolation::kSchema}) {
    Exploration run({.isolation = isolation,
                     .workers = 2,
                     .hurts = {Hurt::kCreateRival, Hurt::kDeleteDelete, Hurt::kDeleteRetain, Hurt::kDeleteOrphan,
                               Hurt::kDeleteRival}});
    const int crashes = isolation == api::Isolation::kSchema ? 1 : Size() - 1;
    run.ExpectSound({Within(Nothing(run.planner), {.hurts = 2, .crashes = crashes})});
  }
}

// Bugs that are put in are found: the worlds are large enough, and the laws are sharp.

std::vector<Finding> WithBug(Bound bound, std::function<void(std::vector<Action>&)> bug) {
  Exploration run({.bug = std::move(bug)});
  return run.Find({Within(Nothing(run.planner), bound)});
}

template <class Deed>
bool Is(const Action& action) {
  return std::holds_alternative<Deed>(action.deed);
}

TEST(SeededBugs, ASecretThatIsWrittenBeforeItsLoginIsTried) {
  const auto found = WithBug({.ticks = 2}, [](std::vector<Action>& planned) {
    std::ranges::stable_partition(planned, [](const Action& action) {
      return Is<stores::AddFinalizer>(action) || Is<stores::WriteSecret>(action);
    });
  });
  EXPECT_THAT(found, Contains(Field(&Finding::law, "the credential in the Secret works no more")));
}

TEST(SeededBugs, ARotationThatDoesNotHoldTheSecretOfOneThatWasCutShort) {
  const auto found = WithBug({.crashes = 1, .ticks = 2}, [](std::vector<Action>& planned) {
    std::erase_if(planned, [](const Action& action) { return Is<stores::HoldSecret>(action); });
  });
  EXPECT_THAT(found, Contains(Field(&Finding::law, "the credential in the Secret works no more")));
}

TEST(SeededBugs, ARemovalThatDropsWhatIsToBeRetained) {
  const auto found = WithBug({.hurts = 1}, [](std::vector<Action>& planned) {
    for (auto& action : planned) {
      auto* sql = std::get_if<Sql>(&action.deed);
      if (sql && sql->verb == "release-store")
        *sql = {"drop-database", "", {"DROP DATABASE \"orders_db\" WITH (FORCE)"}};
    }
  });
  EXPECT_THAT(found, Contains(Field(&Finding::law, "the rows of uid-1 are dropped")));
}

TEST(SeededBugs, ADatabaseThatIsOpenedBeforeItIsClosedToAll) {
  const auto found = WithBug({}, [](std::vector<Action>& planned) {
    for (auto& action : planned) {
      auto* sql = std::get_if<Sql>(&action.deed);
      if (!sql || !sql->statements[0].starts_with("REVOKE ALL ON DATABASE")) continue;
      sql->statements[0].erase(0, sql->statements[0].find("; ") + 2);
    }
  });
  EXPECT_THAT(found, Contains(Field(&Finding::law, "a foreign principal can reach the store: everybody connects")));
}

TEST(SeededBugs, AStatusThatIsNeverTold) {
  const auto found = WithBug({}, [](std::vector<Action>& planned) {
    std::erase_if(planned, [](const Action& action) { return Is<ApplyStatus>(action); });
  });
  EXPECT_THAT(found, Contains(Field(&Finding::law, "all is well, and it does not say Ready")));
}

TEST(SeededBugs, ALeaderThatDoesNotEndWhatItsPredecessorHasUnderWay) {
  Exploration run({.fenced = false});
  const auto found = run.Find({Within(Nothing(run.planner), {.crashes = 1, .ticks = 2})});
  EXPECT_THAT(found, Contains(Field(&Finding::law, "the credential in the Secret works no more")));
}

TEST(SeededBugs, AStoreThatIsOpenToItsNeighbour) {
  for (const auto isolation : {api::Isolation::kDatabase, api::Isolation::kSchema}) {
    Exploration run({.isolation = isolation,
                     .neighbour = true,
                     .hurts = {Hurt::kDeleteRetain},
                     .bug = [](std::vector<Action>& planned) {
                       for (auto& action : planned) {
                         auto* sql = std::get_if<Sql>(&action.deed);
                         if (!sql || (sql->verb != "make-schema" && sql->verb != "prepare-roles")) continue;
                         if (action.claim != kNeighbour) continue;
                         sql->statements.push_back(
                             "GRANT \"orders_db_owner\" TO \"billing_db_a\" WITH INHERIT TRUE, SET TRUE");
                       }
                     }});
    const auto found = run.Find({Within(Nothing(run.planner), {})});
    EXPECT_THAT(found, Contains(Field(&Finding::law,
                                      "a foreign principal can reach the store: role billing_db_a acts as "
                                      "orders_db_owner")));
  }
}

TEST(SeededBugs, AStoreThatIsSaidToBeReadyWhateverIsMissing) {
  Exploration run({.drift = api::DriftPolicy::kReport,
                   .publishes = true,
                   .hurts = {Hurt::kDropStore, Hurt::kDropOutbox},
                   .bug = [](std::vector<Action>& planned) {
                     for (auto& action : planned) {
                       auto* status = std::get_if<ApplyStatus>(&action.deed);
                       if (!status) continue;
                       auto& conditions = status->status.conditions;
                       std::erase_if(conditions, [](const auto& c) { return c.type == "Stalled"; });
                       for (auto& c : conditions) {
                         if (c.type == "Ready" && c.reason == "Drifted") c.status = kube::Condition::Status::kTrue;
                       }
                     }
                   }});
  const auto found = run.Find({Within(Settled(run.planner, run.moves), {.hurts = 1})});
  EXPECT_THAT(found, Contains(Field(&Finding::law, "it says Ready, and the Secret's credential does not work")));
  EXPECT_THAT(found, Contains(Field(&Finding::law, "it says Ready, and the outbox takes no events")));
}

TEST(SeededBugs, ASecondClaimantWhoMarksAsItsOwnWhatIsTaken) {
  Exploration run({.workers = 2, .hurts = {Hurt::kCreateRival}, .bug = [](std::vector<Action>& planned) {
                     for (auto& action : planned) {
                       if (action.claim != 1 || !Is<ApplyStatus>(action)) continue;
                       action.deed =
                           Sql{"mend-roles",
                               "",
                               {"COMMENT ON ROLE \"orders_db_owner\" IS 'freehold: owned by rival/orders, uid "
                                "uid-8'"}};
                     }
                   }});
  const auto found = run.Find({Within(Nothing(run.planner), {.hurts = 1})});
  EXPECT_THAT(found, Contains(Field(&Finding::law, "it changes what belongs to uid-1")));
}

TEST(SeededBugs, AnOutboxThatIsOpenToAll) {
  Exploration run({.publishes = true, .bug = [](std::vector<Action>& planned) {
                     for (auto& action : planned) {
                       auto* sql = std::get_if<Sql>(&action.deed);
                       if (sql && sql->verb == "make-schema")
                         sql->statements.push_back("GRANT INSERT ON \"orders\".\"outbox\" TO \"payments_db_a\"");
                     }
                   }});
  EXPECT_THAT(run.Find({Within(Nothing(run.planner), {})}),
              Contains(Field(&Finding::law, "a foreign principal can reach the store: the stranger uses the outbox")));
}

TEST(SeededBugs, AStoryTellsHowItComesToThatStepByStep) {
  const auto found = WithBug({}, [](std::vector<Action>& planned) {
    std::erase_if(planned,
                  [](const Action& action) { return Is<stores::VerifyLogin>(action) || Is<ApplyStatus>(action); });
  });
  ASSERT_THAT(found, Not(IsEmpty()));
  EXPECT_THAT(found[0].story, HasSubstr("1. the controller begins with shop/orders and looks at its store\n"));
  EXPECT_THAT(found[0].story, HasSubstr("the controller does create-secret to name orders_db_a"));
}

}  // namespace
}  // namespace freehold::worlds

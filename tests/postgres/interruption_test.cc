// Crashes between steps, and many at once.
#include <thread>

#include "tests/postgres/server_fixture.h"

namespace freehold::engines::postgres {
namespace {

using api::Isolation;
using testing::IsEmpty;

class Interruption : public ServerTest {};

INSTANTIATE_TEST_SUITE_P(, Interruption, testing::ValuesIn(SitesInPairs()), PrintSite);

TEST_P(Interruption, AfterAnyStepIsMadeGoodByTheNextPlan) {
  for (std::size_t done = 0; done <= 3; ++done) {
    const auto store = NewStore(Isolation::kDatabase, "s" + std::to_string(done));
    auto steps = Plan(store);
    ASSERT_LE(done, steps.size());
    steps.resize(done);
    Run(steps);
    Converge(store, 1);
    EXPECT_TRUE(MayLogIn(store));
  }
}

TEST_P(Interruption, RightAfterTheDatabaseWasMadeLeavesItShutAndOurs) {
  const auto store = NewStore(Isolation::kDatabase);
  auto steps = Plan(store);
  steps.resize(2);
  steps[1].statements.resize(1);
  Run(steps);
  EXPECT_ANY_THROW(Root(store.layout.database));
  EXPECT_EQ(Observe(store.layout).marker, store.marker);
  EXPECT_THAT(Plan(ClaimedByAnother(store)), IsEmpty());
  Converge(store, 1);
  EXPECT_TRUE(MayLogIn(store));
}

TEST_P(Interruption, OfManyStoresAtOnceIsNone) {
  constexpr int kStores = 16;
  const auto before = engine_.traffic().connections.load();
  std::vector<Store> stores;
  for (int i = 0; i < kStores; ++i) stores.push_back(NewStore(Isolation::kSchema, "s" + std::to_string(i)));
  std::vector<std::string> failures(kStores);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kStores; ++i) {
      threads.emplace_back([&, i] {
        stores[i].extensions = {"pgcrypto"};
        for (const auto& step : Plan(stores[i])) {
          const auto done = engine_.Run(access_, step);
          if (!done) failures[i] = done.error().reason + ": " + done.error().message;
        }
      });
    }
  }
  EXPECT_THAT(failures, testing::Each(""));
  for (auto& store : stores) {
    store.logins[0].new_verifier.reset();
    Converge(store, 0);
  }
  EXPECT_LE(engine_.traffic().connections - before, 2 * access_.connections);
}

TEST_P(Interruption, OfManyDatabasesAtOnceIsNone) {
  std::vector<std::string> failures(4);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&, i] {
        const auto store = NewStore(Isolation::kDatabase, "d" + std::to_string(i));
        for (const auto& step : Plan(store)) {
          const auto done = engine_.Run(access_, step);
          if (!done) failures[i] = done.error().reason + ": " + done.error().message;
        }
      });
    }
  }
  EXPECT_THAT(failures, testing::Each(""));
}

TEST_P(Interruption, OfARotationLeavesAWorkingLogin) {
  auto store = NewStore(Isolation::kDatabase);
  Converge(store, 1);
  store.logins[0].new_verifier.reset();
  // Both work while the service moves over; then the first one ends, with its sessions.
  store.logins[1] = {.can_login = true, .new_verifier = engine_.MakeVerifier(kPassword)};
  Converge(store, 1);
  EXPECT_TRUE(MayLogIn(store, 0) && MayLogIn(store, 1));
  auto old = Service(store, 0);
  store.logins = {LoginWanted{.can_login = false}, LoginWanted{.can_login = true}};
  Converge(store, 1);
  EXPECT_FALSE(MayLogIn(store, 0));
  EXPECT_TRUE(MayLogIn(store, 1));
  EXPECT_FALSE(old.IsAlive());
  Service(store, 1).Ask("CREATE TABLE t (id int)");
}

}  // namespace
}  // namespace freehold::engines::postgres

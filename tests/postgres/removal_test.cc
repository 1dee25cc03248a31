// How stores end: at once for who uses them, with their data or without.
#include "reconcilers/engines/postgres/names.h"
#include "tests/postgres/server_fixture.h"

namespace freehold::engines::postgres {
namespace {

using api::DeletionPolicy;
using api::Isolation;
using testing::IsEmpty;

class Removal : public ServerTest {
 protected:
  Store MakeStore(Isolation isolation) {
    auto store = NewStore(isolation, "s" + std::to_string(static_cast<int>(isolation)));
    store.outbox = OutboxWanted{{"OrderConfirmed"}, std::chrono::hours(48), PartitionStart(std::chrono::hours(48), {})};
    Converge(store, 1);
    Service(store).Ask("CREATE TABLE " + Table(store) + " (id int); INSERT INTO " + Table(store) + " VALUES (1)");
    return store;
  }
  static std::string Table(const Store& store) {
    return "\"" + store.layout.schema + "\".lines_of_" + store.layout.logins[0];
  }
  std::string Roles(const Store& store) {
    return Root().Ask(
        "SELECT coalesce(string_agg(rolname, ',' ORDER BY rolname), '') FROM pg_roles WHERE rolname IN ('" +
        store.layout.owner + "','" + store.layout.logins[0] + "','" + store.layout.logins[1] + "')");
  }
};

INSTANTIATE_TEST_SUITE_P(, Removal, testing::ValuesIn(SitesInPairs()), PrintSite);

TEST_P(Removal, ByDeleteLeavesNothing) {
  for (const auto isolation : {Isolation::kDatabase, Isolation::kSchema, Isolation::kTables}) {
    const auto store = MakeStore(isolation);
    auto open = Service(store);
    ConvergeRemoval(store.layout, DeletionPolicy::kDelete);
    EXPECT_FALSE(open.IsAlive());
    EXPECT_EQ(Roles(store), "");
    const auto seen = Observe(store.layout);
    EXPECT_FALSE(seen.exists || seen.occupied || seen.marker);
    EXPECT_EQ(seen.fingerprint, "");
    Converge(store, 1);
    EXPECT_TRUE(MayLogIn(store));
  }
}

TEST_P(Removal, ByRetainKeepsDataAndEndsSessionsAtOnce) {
  for (const auto isolation : {Isolation::kDatabase, Isolation::kSchema, Isolation::kTables}) {
    auto store = MakeStore(isolation);
    auto open = Service(store);
    open.Ask("SET ROLE NONE; CREATE TABLE IF NOT EXISTS " + Table(store) + "_2 (id int)");
    ConvergeRemoval(store.layout, DeletionPolicy::kRetain);
    EXPECT_FALSE(open.IsAlive());
    EXPECT_EQ(Roles(store), store.layout.owner);
    EXPECT_EQ(Root(store.layout.database).Ask("SELECT count(*) FROM " + Table(store)), "1");
    const auto seen = Observe(store.layout);
    ASSERT_TRUE(seen.marker);
    EXPECT_EQ(seen.marker->uid, "");
    EXPECT_THAT(Plan(store), IsEmpty());

    store = ClaimedByAnother(store);
    store.adopt = true;
    EXPECT_EQ(Converge(store, 2).marker, store.marker);
    EXPECT_EQ(Service(store).Ask("SELECT count(*) FROM " + Table(store)), "1");
  }
}

TEST_P(Removal, ByOrphanTouchesNothingButTheMarker) {
  const auto store = MakeStore(Isolation::kDatabase);
  auto open = Service(store);
  ConvergeRemoval(store.layout, DeletionPolicy::kOrphan);
  EXPECT_TRUE(open.IsAlive());
  EXPECT_TRUE(MayLogIn(store));
  EXPECT_EQ(Observe(store.layout).marker->uid, "");
}

TEST_P(Removal, TakesWhatTheRolesHoldInOtherDatabases) {
  const auto store = MakeStore(Isolation::kDatabase);
  auto shared = Root(access_.shared_database);
  shared.Ask("CREATE SCHEMA other; CREATE TABLE other.t (id int)");
  // What a superuser granted on its own table, only a superuser revokes.
  if (!IsManaged()) shared.Ask("GRANT SELECT ON other.t TO " + store.layout.logins[0]);
  shared.Ask("CREATE TABLE other.owned (id int); ALTER TABLE other.owned OWNER TO " + store.layout.owner);
  ConvergeRemoval(store.layout, DeletionPolicy::kDelete);
  EXPECT_EQ(Roles(store), "");
  EXPECT_EQ(shared.Ask("SELECT count(*) FROM other.owned"), "0");
}

TEST_P(Removal, FinishesOffAStoreThatWasMadeByHalf) {
  for (const auto policy : {DeletionPolicy::kDelete, DeletionPolicy::kRetain}) {
    for (std::size_t made = 1; made <= 3; ++made) {
      const auto store =
          NewStore(Isolation::kDatabase, "h" + std::to_string(made) + std::to_string(static_cast<int>(policy)));
      auto steps = Plan(store);
      steps.resize(made);
      if (made == 2) steps[1].statements.resize(1);
      Run(steps);
      ConvergeRemoval(store.layout, policy);
      EXPECT_EQ(Roles(store), policy == DeletionPolicy::kDelete ? "" : store.layout.owner);
    }
  }
}

TEST_P(Removal, GoesOnWhereItStopped) {
  for (const auto isolation : {Isolation::kDatabase, Isolation::kSchema}) {
    for (std::size_t done = 1; done <= 3; ++done) {
      auto store = NewStore(isolation, "r" + std::to_string(done) + std::to_string(static_cast<int>(isolation)));
      Converge(store, 1);
      auto steps = engine_.PlanRemoval(store.layout, "uid-1", DeletionPolicy::kDelete, Observe(store.layout));
      steps.resize(std::min(done, steps.size()));
      Run(steps);
      ConvergeRemoval(store.layout, DeletionPolicy::kDelete);
      EXPECT_EQ(Roles(store), "");
      EXPECT_FALSE(Observe(store.layout).exists);
    }
  }
}

}  // namespace
}  // namespace freehold::engines::postgres

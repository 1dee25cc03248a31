// Spare databases: made ahead, taken by new stores, and nothing of anybody else's ever.
#include "reconcilers/engines/postgres/spares.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include "reconcilers/engines/postgres/quote.h"
#include "tests/postgres/server_fixture.h"
#include "tests/world/await.h"

namespace freehold::engines::postgres {
namespace {

using api::Isolation;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// Everything of a database but its names, its marks, who may enter it and when it was made.
constexpr const char* kNature =
    "SELECT to_jsonb(d) - '{oid,datname,datacl,datfrozenxid,datminmxid,datlastsysoid}'::text[] FROM pg_database d "
    "WHERE datname = ";

class Spares : public ServerTest {
 protected:
  Spares() {
    access_.uid = Unique("uid");
    access_.takes_spares = true;
    names_ = SpareNamesOf(access_);
  }
  void TearDown() override {
    for (auto name = Any(); !name.empty(); name = Any()) Root().Ask("DROP DATABASE " + QuoteName(name));
    ServerTest::TearDown();
  }

  std::string Any() {
    return Root().Ask("SELECT datname FROM pg_database WHERE starts_with(datname, " + QuoteValue(names_.prefix) + ")");
  }
  std::vector<Step> PlanFor(int spares) { return engine_.PlanSpares(*Snapshot(), access_, spares); }
  void Keep(int spares) {
    for (auto steps = PlanFor(spares); !steps.empty(); steps = PlanFor(spares)) Run({steps.front()});
    EXPECT_EQ(Snapshot()->spares, spares);
    EXPECT_THAT(Snapshot()->findings, Not(Contains(HasSubstr(names_.prefix))));
  }
  std::string Name(int number) const { return names_.prefix + std::to_string(number); }
  std::string OidOf(const std::string& database) {
    return Root().Ask("SELECT oid FROM pg_database WHERE datname = " + QuoteValue(database));
  }
  Step Take(const std::string& target, const std::string& then = "SELECT") {
    return {.verb = "take", .target = target, .database = "", .statements = {TakeSpare(names_, target, major_), then}};
  }

  SpareNames names_;
};

INSTANTIATE_TEST_SUITE_P(, Spares, testing::ValuesIn(SitesInPairs()), PrintSite);

TEST_P(Spares, AreShutFromTheirFirstMomentAndGoWhenFewerAreWanted) {
  auto half = PlanFor(1).front();
  half.statements.pop_back();
  Run({half});
  EXPECT_EQ(Root().Ask("SELECT datallowconn FROM pg_database WHERE datname = " + QuoteValue(Name(1))), "f");
  EXPECT_EQ(PlanFor(1).front().verb, "finish-spare");
  Keep(2);
  const auto stranger = Stranger("stranger");
  EXPECT_ANY_THROW(As(stranger, Name(1)));
  EXPECT_ANY_THROW(Root(Name(1)));
  EXPECT_EQ(Root().Ask("SELECT has_database_privilege('public', " + QuoteValue(Name(1)) + ", 'CONNECT')"), "f");
  EXPECT_EQ(Snapshot()->spares, 2) << "who was refused was not in";
  EXPECT_THAT(engine_.PlanServer(*Snapshot(), access_, true), IsEmpty());
  Keep(0);
  EXPECT_EQ(Any(), "");
}

TEST_P(Spares, BecomeStoresThatAreLikeAnyOther) {
  Keep(1);
  const auto spare = OidOf(Name(1));
  EXPECT_FALSE(Try({Take(Unique("x"), "GRANT CONNECT ON DATABASE " + QuoteName(Unique("x")) + " TO nobody_at_all")}));
  EXPECT_EQ(Snapshot()->spares, 1) << "all or nothing";

  const auto store = NewStore(Isolation::kDatabase);
  const auto snapshot = Snapshot();
  Run(engine_.Plan(store, *engine_.PresumeAbsent(*snapshot, store)));
  EXPECT_EQ(OidOf(store.layout.database), spare);
  EXPECT_TRUE(MayLogIn(store));
  const auto made = engine_.ObserveMade(access_, *snapshot, store);
  const auto seen = Observe(store.layout);
  ASSERT_TRUE(made && *made);
  EXPECT_EQ((*made)->fingerprint, seen.fingerprint);
  EXPECT_EQ(seen.marker, store.marker);
  EXPECT_THAT(seen.foreign, IsEmpty());
  EXPECT_EQ(Snapshot()->spares, 0);

  auto other = ClaimedByAnother(NewStore(Isolation::kDatabase, "payments"));
  Converge(other, 1);
  EXPECT_EQ(Root().Ask(kNature + QuoteValue(store.layout.database)),
            Root().Ask(kNature + QuoteValue(other.layout.database)));
  auto kept = store;
  kept.logins[0].new_verifier.reset();
  EXPECT_THAT(Plan(kept), IsEmpty());
}

class SparesByTurns : public Spares {};

INSTANTIATE_TEST_SUITE_P(, SparesByTurns, testing::ValuesIn(SitesByTurns()), PrintSite);

TEST_P(SparesByTurns, ThatSomebodyOpenedChangedOrUsedAreNeitherTakenNorDropped) {
  Keep(1);
  const auto drop = PlanFor(0);
  const auto name = QuoteName(Name(1));
  const auto oid = OidOf(Name(1));
  const auto stranger = Stranger("stranger");
  const auto left_alone = [&](const std::string& change) {
    EXPECT_EQ(Snapshot()->spares, 0) << change;
    EXPECT_THAT(Snapshot()->findings, Contains(HasSubstr("database " + Name(1)))) << change;
    EXPECT_FALSE(Try({Take(Unique("x"))})) << change;
    EXPECT_FALSE(Try(drop)) << change;
    EXPECT_EQ(OidOf(Name(1)), oid) << change;
  };
  const std::vector<std::pair<std::string, std::string>> changes = {
      {"COMMENT ON DATABASE {d} IS 'mine'", "COMMENT ON DATABASE {d} IS " + QuoteValue(names_.comment)},
      {"ALTER DATABASE {d} ALLOW_CONNECTIONS true", "ALTER DATABASE {d} ALLOW_CONNECTIONS false"},
      {"GRANT CONNECT ON DATABASE {d} TO PUBLIC", "REVOKE CONNECT ON DATABASE {d} FROM PUBLIC"},
      {"ALTER DATABASE {d} SET search_path = mine", "ALTER DATABASE {d} RESET ALL"},
      {"ALTER DATABASE {d} OWNER TO " + stranger, "ALTER DATABASE {d} OWNER TO " + QuoteName(access_.username)}};
  const auto ask = [&](std::string sql) { Root().Ask(sql.replace(sql.find("{d}"), 3, name)); };
  for (const auto& [change, undo] : changes) {
    ask(change);
    left_alone(change);
    ask(undo);
    EXPECT_EQ(Snapshot()->spares, 1) << undo;
  }

  ask("ALTER DATABASE {d} ALLOW_CONNECTIONS true");
  Root(Name(1)).Ask("CREATE TABLE public.left_by_a_superuser (id int)");
  ask("ALTER DATABASE {d} ALLOW_CONNECTIONS false");
  EXPECT_TRUE(test::Await(std::chrono::seconds(30),
                          [&] { return Root().Ask("SELECT pg_stat_get_db_sessions(" + oid + ") > 0") == "t"; }));
  left_alone("somebody was in it");
}

TEST_P(SparesByTurns, OfSuchANameThatSomebodyElseMadeIsReportedAndStays) {
  Root().Ask("CREATE DATABASE " + QuoteName(Name(1)) + " TEMPLATE template0");
  for (auto steps = PlanFor(1); !steps.empty(); steps = PlanFor(1)) Run({steps.front()});
  EXPECT_EQ(Snapshot()->spares, 1);
  EXPECT_THAT(Snapshot()->findings, Contains(HasSubstr("database " + Name(1) + " has the name of a spare database")));
  for (auto steps = PlanFor(0); !steps.empty(); steps = PlanFor(0)) Run({steps.front()});
  EXPECT_EQ(Any(), Name(1));
}

TEST_P(SparesByTurns, AreTakenByOneStoreEachHoweverManyComeAtOnce) {
  Keep(2);
  const std::vector<std::string> spares = {OidOf(Name(1)), OidOf(Name(2))};
  std::vector<Store> stores;
  for (const auto* name : {"orders", "payments", "cart"}) stores.push_back(NewStore(Isolation::kDatabase, name));
  std::vector<Step> makes;
  for (const auto& store : stores) {
    const auto steps = Plan(store);
    Run({steps[0]});
    makes.push_back(steps[1]);
  }
  std::atomic<int> made = 0;
  {
    std::vector<std::jthread> workers;
    for (const auto& make : makes) workers.emplace_back([&] { made += Try({make}) ? 1 : 0; });
  }
  EXPECT_EQ(made, 3);
  int taken = 0;
  for (const auto& store : stores) taken += std::ranges::count(spares, OidOf(store.layout.database)) > 0 ? 1 : 0;
  EXPECT_EQ(taken, 2);
  EXPECT_EQ(Any(), "");
}

}  // namespace
}  // namespace freehold::engines::postgres

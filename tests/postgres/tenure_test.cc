// What a process did on a server before it lost its turn, or before it lost a reply, doesn't come late.
#include "reconcilers/engines/postgres/tenure.h"

#include <future>

#include "tests/postgres/server_fixture.h"
#include "tests/world/await.h"
#include "tests/world/door.h"

namespace freehold::engines::postgres {
namespace {

using base::FailureClass;

class Tenures : public ServerTest {
 protected:
  /// An operator's process on the server; its lease is lost when `lasts` is false.
  struct Process {
    Process(const std::string& installation, const std::string& name) {
      engine.Begin({.installation = installation, .process = name, .lasts = [this] { return lasts.load(); }});
    }
    std::atomic<bool> lasts = true;
    PostgresEngine engine;
  };

  /// Makes the role `late`, once `latch` is released.
  std::future<Result<void>> Begin(PostgresEngine& engine, const ServerAccess& access) {
    latch.Ask("SELECT pg_advisory_lock(" + key + ")");
    auto done = std::async(std::launch::async, [&engine, access, this] {
      return engine.Run(access, {.verb = "test",
                                 .target = "",
                                 .database = "",
                                 .statements = {"SELECT pg_advisory_xact_lock(" + key + ")", "CREATE ROLE " + late}});
    });
    EXPECT_TRUE(test::Await(std::chrono::seconds(20), [&] { return IsUnderWay(); }));
    return done;
  }
  bool IsUnderWay() {
    return latch.Ask("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = " + key) ==
           "1";
  }
  bool CameThrough() {
    latch.Ask("SELECT pg_advisory_unlock_all()");
    return latch.Ask("SELECT count(*) FROM pg_roles WHERE rolname = '" + late + "'") == "1";
  }

  const std::string late = Unique("late");
  Client latch = Root(access_.maintenance_database);  // as locks are a database's own
  const std::string key = latch.Ask("SELECT pg_backend_pid()");
};

INSTANTIATE_TEST_SUITE_P(, Tenures, testing::ValuesIn(SitesByTurns()), PrintSite);

TEST_P(Tenures, EndWithAllThatWasUnderWayBeforeTheNextOneLooks) {
  Process before(Unique("i"), "before"), after(Unique("i"), "after");
  auto change = Begin(before.engine, access_);
  ASSERT_TRUE(after.engine.ObserveServer(access_));
  EXPECT_FALSE(IsUnderWay());
  const auto done = change.get();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, FailureClass::kInDoubt);
  EXPECT_FALSE(CameThrough());
}

TEST_P(Tenures, OfOthersAndSessionsWithoutOneAreLeftAlone) {
  Process other(Unique("other"), "before"), ours(Unique("i"), "after");
  ASSERT_TRUE(other.engine.ObserveServer(access_));
  auto command = Begin(engine_, access_);
  const auto others = [&] {
    return latch.Ask("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'freehold/" + Unique("other") +
                     "/before'");
  };
  const auto count = others();
  EXPECT_NE(count, "0");
  ASSERT_TRUE(ours.engine.ObserveServer(access_));
  EXPECT_EQ(others(), count);
  EXPECT_TRUE(IsUnderWay());
  latch.Ask("SELECT pg_advisory_unlock_all()");
  EXPECT_TRUE(command.get());
  EXPECT_TRUE(CameThrough());
}

TEST_P(Tenures, ThatAreOverAllowNoSessionThatIsNewAndNoneThatIsKept) {
  Process process(Unique("i"), "only");
  ASSERT_TRUE(process.engine.ObserveServer(access_));
  process.lasts = false;
  for (const auto& database : {access_.maintenance_database, access_.shared_database}) {
    const auto refused = process.engine.Run(
        access_, {.verb = "test", .target = "", .database = database, .statements = {"CREATE ROLE " + late}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, FailureClass::kNotLeader);
  }
  EXPECT_FALSE(CameThrough());
}

TEST_P(Tenures, HaveNoStatementComeAfterALookThatFollowsItsLostReply) {
  auto access = access_;
  test::Door door({access.port});
  access.name += " behind a door";
  access.port = door.port();
  auto change = Begin(engine_, access);
  door.Shut(true);
  const auto done = change.get();
  door.Shut(false);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, FailureClass::kInDoubt);
  EXPECT_TRUE(IsUnderWay()) << "a server that waits for a lock doesn't notice that nobody listens";
  ASSERT_TRUE(engine_.ObserveServer(access));
  EXPECT_FALSE(IsUnderWay());
  EXPECT_FALSE(CameThrough());
}

}  // namespace
}  // namespace freehold::engines::postgres

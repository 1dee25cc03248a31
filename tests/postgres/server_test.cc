// A server as a whole: what it needs once, and what it can't be cured of.
#include "reconcilers/engines/postgres/names.h"
#include "tests/postgres/server_fixture.h"

namespace freehold::engines::postgres {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

class Server : public ServerTest {};

INSTANTIATE_TEST_SUITE_P(, Server, testing::ValuesIn(SitesInPairs()), PrintSite);

TEST_P(Server, IsClosedToPublicOnce) {
  EXPECT_THAT(engine_.PlanServer(*Snapshot(), access_, true), IsEmpty());
  const auto stranger = Stranger("stranger");
  EXPECT_ANY_THROW(As(stranger, access_.shared_database));
  EXPECT_ANY_THROW(As(stranger, access_.maintenance_database));
  if (IsManaged()) return;  // template1 belongs to a superuser
  EXPECT_ANY_THROW(As(stranger, "template1"));
}

TEST_P(Server, TellsWhatItsAdminMayDo) {
  const auto snapshot = Snapshot();
  EXPECT_EQ(snapshot->capabilities.superuser, !IsManaged());
  EXPECT_EQ(snapshot->capabilities.read_verifiers, !IsManaged());
  EXPECT_TRUE(snapshot->capabilities.create_database && snapshot->capabilities.create_role);
  EXPECT_EQ(snapshot->capabilities.replicate, !IsManaged());
  EXPECT_EQ(snapshot->capabilities.subscribe, !IsManaged());
  const auto* origins = major_ >= 18 ? "SHOW max_active_replication_origins" : "SHOW max_replication_slots";
  EXPECT_LE(snapshot->capabilities.subscriptions, std::stoi(Root().Ask(origins))) << "each works on one";
  EXPECT_EQ(snapshot->capabilities.wal_level, Root().Ask("SHOW wal_level"));
  EXPECT_NE(snapshot->identity, "");
  EXPECT_THAT(Root().Ask("SHOW server_version"), testing::StartsWith(snapshot->version));
}

TEST_P(Server, TellsWhatOfOthersIsOpenAndLeavesItAlone) {
  const auto open = Unique("open");
  Root().Ask("CREATE DATABASE " + open + " TEMPLATE template0");
  const auto replica = Stranger("replica", "LOGIN REPLICATION");
  const auto snapshot = Snapshot();
  EXPECT_THAT(snapshot->findings, Contains(HasSubstr("database " + open)));
  EXPECT_THAT(snapshot->findings, Contains(HasSubstr("role " + replica + " has REPLICATION")));
  EXPECT_THAT(engine_.PlanServer(*snapshot, access_, true), IsEmpty());
}

TEST_P(Server, GetsItsSharedDatabaseBackAfterACrashOrAHand) {
  const auto database = "\"" + access_.shared_database + "\"";
  Root(access_.shared_database).Ask("DROP SCHEMA extensions CASCADE; GRANT ALL ON SCHEMA public TO PUBLIC");
  Root().Ask("GRANT CONNECT ON DATABASE " + database + " TO PUBLIC");
  Root().Ask("REVOKE CONNECT ON DATABASE " + database + " FROM " + ServicesRole(access_.shared_database));
  Run(engine_.PlanServer(*Snapshot(), access_, true));
  EXPECT_THAT(engine_.PlanServer(*Snapshot(), access_, true), IsEmpty());
}

TEST_P(Server, IsSeenThroughHostileNames) {
  const auto odd = "\"" + Unique("od'd\\ \"\"{database}$1\xC3\xBC%s") + "\"";
  Root().Ask("CREATE ROLE " + odd + " CREATEDB");
  Root().Ask("CREATE DATABASE " + odd + " OWNER " + odd + " TEMPLATE template0");
  Root().Ask("COMMENT ON ROLE " + odd + " IS E'freehold: owned by a\\'\\\\b\\n\",{}, uid \\u0001'");
  const auto before = Snapshot()->databases;
  EXPECT_GT(before, 0);

  auto store = NewStore(api::Isolation::kDatabase);
  Converge(store, 1);
  auto service = Careless(store, store.layout.owner);
  service.Ask(
      "CREATE TABLE \"t'\\\"\"{owner}\" (\"c'\\\"\"\" int); GRANT SELECT (\"c'\\\"\"\") ON \"t'\\\"\"{owner}\" TO " +
      odd);
  service.Ask(
      "CREATE FUNCTION \"f'\\\"\"\"(int, text) RETURNS int LANGUAGE sql AS 'SELECT 1'; "
      "GRANT EXECUTE ON FUNCTION \"f'\\\"\"\"(int, text) TO " +
      odd);
  EXPECT_EQ(Observe(store.layout).foreign.size(), 2U);
  store.logins[0].new_verifier.reset();
  EXPECT_THAT(Converge(store, 1).foreign, IsEmpty());
}

}  // namespace
}  // namespace freehold::engines::postgres

// Taking over what exists and nobody owns.
#include "tests/postgres/server_fixture.h"

namespace freehold::engines::postgres {
namespace {

using api::Isolation;
using testing::Contains;
using testing::IsEmpty;
using testing::Key;
using testing::Not;

class Adoption : public ServerTest {
 protected:
  /// A database as people make them: its owner's, tables in public and elsewhere, open to all.
  void MakeLegacy() {
    store_ = NewStore(Isolation::kDatabase, "legacy");
    legacy_ = Stranger("clerk");
    reader_ = Stranger("reader");
    // From 16 on an admin that is no superuser takes only from roles that it administers.
    if (IsManaged() && major_ >= 16) Root().Ask("GRANT " + legacy_ + " TO " + access_.username + " WITH ADMIN OPTION");
    Root().Ask("CREATE DATABASE " + store_.layout.database + " OWNER " + legacy_ + " TEMPLATE template0");
    auto inside = As(legacy_, store_.layout.database);
    inside.Ask(
        "CREATE SCHEMA sales; CREATE TABLE sales.customers (id serial PRIMARY KEY, name text); "
        "INSERT INTO sales.customers (name) VALUES ('Ada'); CREATE VIEW sales.names AS SELECT name FROM "
        "sales.customers; "
        "CREATE TYPE sales.mood AS ENUM ('fine'); CREATE DOMAIN sales.amount AS int; "
        "CREATE FUNCTION sales.f(text) RETURNS int LANGUAGE sql AS 'SELECT 1'; "
        "CREATE MATERIALIZED VIEW sales.copy AS SELECT * FROM sales.customers; "
        "CREATE TABLE sales.\"odd \"\" name\" (id int); "
        "GRANT USAGE ON SCHEMA sales TO PUBLIC; GRANT SELECT ON sales.customers TO " +
        reader_);
    Root(store_.layout.database)
        .Ask("CREATE TABLE public.by_root (id int); ALTER TABLE public.by_root OWNER TO " + legacy_);
  }

  Store store_;
  std::string legacy_, reader_;
};

INSTANTIATE_TEST_SUITE_P(, Adoption, testing::ValuesIn(SitesInPairs()), PrintSite);

TEST_P(Adoption, IsRefusedUnlessAskedFor) {
  MakeLegacy();
  const auto seen = Observe(store_.layout);
  EXPECT_TRUE(seen.exists && seen.occupied);
  EXPECT_FALSE(seen.marker);
  EXPECT_THAT(Plan(store_), IsEmpty());
}

TEST_P(Adoption, OfADatabaseTakesAllThatIsInItAndClosesIt) {
  MakeLegacy();
  auto former = As(legacy_, store_.layout.database);
  store_.adopt = true;
  Converge(store_, 2);
  const auto seen = Observe(store_.layout);
  EXPECT_EQ(seen.marker, store_.marker);
  EXPECT_FALSE(seen.occupied);
  // An admin of a managed server ends only sessions of its own roles.
  const auto still_in = testing::Field(&ForeignAccess::right, "SESSION");
  EXPECT_THAT(seen.foreign, testing::AllOf(testing::SizeIs(IsManaged() ? 1 : 0), testing::Each(still_in)));
  EXPECT_EQ(seen.user_tables, 3);

  auto service = Service(store_);
  EXPECT_EQ(service.Ask("SELECT name FROM customers"), "Ada");
  service.Ask(
      "ALTER TABLE customers ADD COLUMN age int; CREATE TABLE own (id int); ALTER TABLE by_root ADD COLUMN x int");
  EXPECT_EQ(service.Ask("SELECT schemaname FROM pg_tables WHERE tablename = 'own'"), "legacy");
  EXPECT_ANY_THROW(As(legacy_, store_.layout.database));
  EXPECT_ANY_THROW(As(reader_, store_.layout.database));
  EXPECT_EQ(former.IsAlive(), IsManaged());

  store_.adopt = false;
  store_.logins[0].new_verifier.reset();
  Converge(store_, 0);
}

TEST_P(Adoption, GoesOnWhereItStopped) {
  MakeLegacy();
  store_.adopt = true;
  for (int done = 0; done < 4; ++done) {
    auto steps = Plan(store_);
    if (steps.empty()) break;
    steps.resize(1);
    Run(steps);
    store_.logins[0].new_verifier.reset();
  }
  EXPECT_EQ(Converge(store_, 1).marker, store_.marker);
  EXPECT_EQ(Service(store_).Ask("SELECT name FROM customers"), "Ada");
}

TEST_P(Adoption, OfASchemaTakesAllThatIsInIt) {
  auto store = NewStore(Isolation::kSchema, "billing");
  Root(access_.shared_database)
      .Ask("CREATE SCHEMA " + store.layout.schema + "; CREATE TABLE " + store.layout.schema +
           ".bills AS SELECT 1 AS id");
  EXPECT_TRUE(Observe(store.layout).occupied);
  EXPECT_THAT(Plan(store), IsEmpty());
  if (IsManaged()) return;  // what a superuser made, its admin can't take
  store.adopt = true;
  Converge(store, 1);
  EXPECT_EQ(Service(store).Ask("SELECT id FROM bills"), "1");
}

TEST_P(Adoption, OfTablesTakesThoseThatNobodyOwnsAndAreNamed) {
  auto monolith = NewStore(Isolation::kTables, "monolith");
  auto videos = NewStore(Isolation::kTables, "videos");
  videos.marker = {"uid-2", "shop/videos"};
  Converge(monolith, 1);
  Service(monolith).Ask("CREATE TABLE matches (id int)");
  const auto admin = engine_.Run(access_, {.verb = "test",
                                           .target = "",
                                           .database = access_.shared_database,
                                           .statements = {"CREATE TABLE shared.videos (id int)"}});
  ASSERT_TRUE(admin) << admin.error().message;
  videos.tables = {"videos", "matches"};
  EXPECT_THAT(Converge(videos, 1).tables_of_others, Contains(Key("videos")));
  videos.adopt = true;
  EXPECT_THAT(Converge(videos, 1).tables_of_others, Not(Contains(Key("videos"))));
  EXPECT_THAT(Observe(videos.layout).tables_of_others, Contains(testing::Pair("matches", monolith.layout.owner)));
  Service(videos).Ask("INSERT INTO shared.videos VALUES (1)");
  EXPECT_ANY_THROW(Service(videos).Ask("SELECT * FROM shared.matches"));
}

TEST_P(Adoption, NeverTakesTheServersOwnDatabases) {
  for (const auto& name :
       {std::string("postgres"), std::string("template1"), access_.shared_database, access_.maintenance_database}) {
    auto store = NewStore(Isolation::kDatabase);
    store.layout.database = name;
    store.adopt = true;
    EXPECT_TRUE(Observe(store.layout).occupied) << name;
    EXPECT_THAT(Plan(store), IsEmpty()) << name;
  }
}

TEST_P(Adoption, OfADatabaseThatIsClosedToTheAdminIsRefusedUnlessAskedFor) {
  MakeLegacy();
  Root().Ask("REVOKE CONNECT ON DATABASE " + store_.layout.database + " FROM PUBLIC");
  const auto seen = Observe(store_.layout);
  EXPECT_TRUE(seen.exists && seen.occupied);
  EXPECT_THAT(Plan(store_), IsEmpty());
  store_.adopt = true;
  Converge(store_, 3);
  EXPECT_EQ(Service(store_).Ask("SELECT name FROM customers"), "Ada");
}

TEST_P(Adoption, NeverTakesARoleThatHasPowerOverTheServer) {
  auto store = NewStore(Isolation::kDatabase);
  Root().Ask("CREATE ROLE " + store.layout.logins[0] + " LOGIN CREATEROLE");
  store.adopt = true;
  EXPECT_THAT(Plan(store), IsEmpty());
}

}  // namespace
}  // namespace freehold::engines::postgres

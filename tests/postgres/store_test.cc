// Making stores, and that nobody else gets in.
#include "tests/postgres/server_fixture.h"

namespace freehold::engines::postgres {
namespace {

using api::Isolation;
using testing::IsEmpty;
using testing::SizeIs;

class Stores : public ServerTest {};

INSTANTIATE_TEST_SUITE_P(, Stores, testing::ValuesIn(AllSites()), PrintSite);

TEST_P(Stores, InDatabaseModeTakeThreeStepsAndThenNone) {
  const auto store = NewStore(Isolation::kDatabase);
  EXPECT_THAT(Plan(store), SizeIs(3));
  Converge(store, 1);
  EXPECT_TRUE(MayLogIn(store));
}

TEST_P(Stores, InSchemaModeTakeOneStepAndThenNone) {
  const auto store = NewStore(Isolation::kSchema);
  EXPECT_THAT(Plan(store), SizeIs(1));
  Converge(store, 1);
  EXPECT_TRUE(MayLogIn(store));
}

TEST_P(Stores, InTablesModeTakeOneStepAndThenNone) {
  const auto store = NewStore(Isolation::kTables);
  EXPECT_THAT(Plan(store), SizeIs(1));
  Converge(store, 1);
  EXPECT_TRUE(MayLogIn(store));
}

TEST_P(Stores, OfWhichTheServerShowsNothingArePlannedWithoutALook) {
  for (const auto isolation : {Isolation::kDatabase, Isolation::kSchema}) {
    const auto store = NewStore(isolation, ToString(isolation) == "Schema" ? "billing" : "orders");
    const auto presumed = engine_.PresumeAbsent(*Snapshot(), store);
    ASSERT_TRUE(presumed);
    EXPECT_EQ(engine_.Plan(store, *presumed), Plan(store));
    Run({Plan(store).front()});
    EXPECT_FALSE(engine_.PresumeAbsent(*Snapshot(), store));
  }
}

TEST_P(Stores, AreSeenRightAfterTheyWereMadeAsALookSeesThem) {
  for (const auto isolation : {Isolation::kDatabase, Isolation::kSchema}) {
    const auto store = NewStore(isolation, ToString(isolation) == "Schema" ? "billing" : "orders");
    const auto snapshot = Snapshot();
    Run(engine_.Plan(store, *engine_.PresumeAbsent(*snapshot, store)));
    const auto made = engine_.ObserveMade(access_, *snapshot, store);
    ASSERT_TRUE(made && *made);
    const auto& presumed = **made;
    const auto seen = Observe(store.layout);
    EXPECT_EQ(engine_.Plan(store, presumed), engine_.Plan(store, seen));
    EXPECT_EQ(presumed.fingerprint, seen.fingerprint);
    EXPECT_EQ(presumed.fingerprint, engine_.Fingerprint(*Snapshot(), store.layout));
    EXPECT_EQ(presumed.exists, seen.exists);
    EXPECT_EQ(presumed.occupied, seen.occupied);
    EXPECT_EQ(presumed.marker, seen.marker);
    EXPECT_EQ(presumed.logins, seen.logins);
    EXPECT_EQ(presumed.foreign, seen.foreign);
    EXPECT_EQ(presumed.feed_access, seen.feed_access);
    EXPECT_EQ(presumed.user_tables, seen.user_tables);
  }
}

TEST_P(Stores, ThatAreOpenByWhatTheSharedDatabaseHasAreSeenSoRightAfterTheyWereMade) {
  auto root = Root(access_.shared_database);
  const auto publication = Unique("everything");
  root.Ask("CREATE PUBLICATION " + publication + " FOR ALL TABLES");
  const auto store = NewStore(Isolation::kSchema);
  const auto snapshot = Snapshot();
  Run(engine_.Plan(store, *engine_.PresumeAbsent(*snapshot, store)));
  const auto made = engine_.ObserveMade(access_, *snapshot, store);
  const auto seen = Observe(store.layout);
  root.Ask("DROP PUBLICATION " + publication);
  ASSERT_TRUE(made && *made);
  EXPECT_THAT(seen.foreign, testing::Not(IsEmpty()));
  EXPECT_EQ((*made)->foreign, seen.foreign);
}

TEST_P(Stores, WithMoreThanTheirOwnTablesAreLookedAtAfterTheyWereMade) {
  auto store = NewStore(Isolation::kSchema);
  store.outbox = OutboxWanted{.types = {"OrderConfirmed"}, .retention = std::chrono::hours(168)};
  const auto made = engine_.ObserveMade(access_, *Snapshot(), store);
  ASSERT_TRUE(made);
  EXPECT_FALSE(*made);
}

class EachIsolation : public ServerTest {
 protected:
  std::vector<Store> Two(Isolation isolation) {
    auto orders = NewStore(isolation, "orders");
    auto payments = NewStore(isolation, "payments");
    payments.marker = {"uid-2", "shop/payments"};
    for (const auto& store : {orders, payments}) Converge(store, 1);
    return {orders, payments};
  }

  void ServicesCannotReadEachOther(Isolation isolation) {
    const auto stores = Two(isolation);
    const std::string schema = "\"" + stores[0].layout.schema + "\"";
    auto orders = Service(stores[0]);
    orders.Ask("CREATE TABLE order_lines (id int PRIMARY KEY)");
    orders.Ask("INSERT INTO order_lines VALUES (1)");
    EXPECT_EQ(orders.Ask("SELECT count(*) FROM " + schema + ".order_lines"), "1");
    EXPECT_EQ(orders.Ask("SELECT tableowner FROM pg_tables WHERE tablename = 'order_lines'"), stores[0].layout.owner);

    const auto intrude = [&] {
      As(stores[1].layout.logins[0], stores[0].layout.database).Ask("SELECT * FROM " + schema + ".order_lines");
    };
    EXPECT_ANY_THROW(intrude());
    for (const auto& store : stores) EXPECT_THAT(Observe(store.layout).foreign, IsEmpty());
  }
};

INSTANTIATE_TEST_SUITE_P(, EachIsolation, testing::ValuesIn(AllSites()), PrintSite);

TEST_P(EachIsolation, KeepsServicesApartByDatabase) { ServicesCannotReadEachOther(Isolation::kDatabase); }
TEST_P(EachIsolation, KeepsServicesApartBySchema) { ServicesCannotReadEachOther(Isolation::kSchema); }
TEST_P(EachIsolation, KeepsServicesApartByTables) { ServicesCannotReadEachOther(Isolation::kTables); }

// docs/security/model.md tells what no right can take away from who may connect to a server, or to a database of it.
TEST_P(EachIsolation, CannotHideNamesAndSessionsByDatabase) {
  const auto stores = Two(Isolation::kDatabase);
  auto orders = Service(stores[0]);
  auto payments = Service(stores[1]);
  const auto& other = stores[0].layout;
  EXPECT_EQ(payments.Ask("SELECT count(*) FROM pg_database WHERE datname = '" + other.database + "'"), "1");
  EXPECT_EQ(payments.Ask("SELECT count(*) FROM pg_roles WHERE rolname = '" + other.owner + "'"), "1");
  EXPECT_EQ(payments.Ask("SELECT count(*) > 0 FROM pg_stat_activity WHERE usename = '" + other.logins[0] + "'"), "t");
}

TEST_P(EachIsolation, CannotHideSourceNamesAndLocksBySchema) {
  const auto stores = Two(Isolation::kSchema);
  auto orders = Service(stores[0]);
  auto payments = Service(stores[1]);
  const auto& schema = stores[0].layout.schema;
  orders.Ask("CREATE TABLE cards (digits text)");
  orders.Ask("CREATE FUNCTION fee() RETURNS int LANGUAGE sql AS 'SELECT 7'");
  const auto in_schema = [&](const std::string& column) { return column + " = '\"" + schema + "\"'::regnamespace"; };
  EXPECT_EQ(payments.Ask("SELECT prosrc FROM pg_proc WHERE " + in_schema("pronamespace")), "SELECT 7");
  EXPECT_EQ(
      payments.Ask("SELECT attname FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid WHERE attnum > 0 AND " +
                   in_schema("relnamespace")),
      "digits");
  EXPECT_EQ(orders.Ask("SELECT pg_try_advisory_lock(hashtext('" + schema + "'))"), "t");
  EXPECT_EQ(payments.Ask("SELECT pg_try_advisory_lock(hashtext('" + schema + "'))"), "f");
}

TEST_P(EachIsolation, HasFingerprintsThatAgreeWithTheServersSnapshot) {
  for (const auto isolation : {Isolation::kDatabase, Isolation::kSchema, Isolation::kTables}) {
    const auto store = NewStore(isolation, "s" + std::to_string(static_cast<int>(isolation)));
    EXPECT_EQ(engine_.Fingerprint(*Snapshot(), store.layout), "");
    EXPECT_EQ(Observe(store.layout).fingerprint, "");
    Converge(store, 1);
    const auto before = Observe(store.layout).fingerprint;
    EXPECT_NE(before, "");
    EXPECT_EQ(engine_.Fingerprint(*Snapshot(), store.layout), before);

    Careless(store, store.layout.owner)
        .Ask("CREATE TABLE t (id int); GRANT SELECT ON t TO " + Stranger("s" + before.substr(0, 4)));
    EXPECT_NE(Observe(store.layout).fingerprint, before);
    EXPECT_EQ(engine_.Fingerprint(*Snapshot(), store.layout), Observe(store.layout).fingerprint);
  }
}

}  // namespace
}  // namespace freehold::engines::postgres

// A store's end of the way to a warehouse, on real servers.
#include "reconcilers/engines/reporting.h"

#include "reconcilers/engines/channel.h"
#include "reconcilers/engines/postgres/names.h"
#include "tests/postgres/server_fixture.h"

namespace freehold::engines::postgres {
namespace {

using testing::Contains;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

class ReportedStore : public ServerTest {
 protected:
  void SetUp() override {
    store_ = NewStore(api::Isolation::kDatabase, "orders");
    Converge(store_, 2);
    store_.logins[0].new_verifier.reset();
    Service(store_).Ask("CREATE TABLE orders (id int PRIMARY KEY, total int, note text, card text)");
    Service(store_).Ask("CREATE TABLE secrets (id int PRIMARY KEY)");
    Service(store_).Ask("INSERT INTO orders VALUES (1, 2, 'n', '4242')");
  }
  void TearDown() override {
    if (!store_.layout.database.empty()) ConvergeRemoval(store_.layout, api::DeletionPolicy::kDelete);
    ServerTest::TearDown();
  }
  bool HasLists() const { return major_ >= 15; }
  void Report() {
    PublishedTable table{.columns = {"id", "note", "total"}};
    if (!HasLists()) table.columns.clear();
    store_.reporting =
        ReportingWanted{.feed = FeedOf(store_.layout), .warehouse = "main", .tables = {{{"orders", std::move(table)}}}};
    store_.new_cdc_verifier = QuickVerifier(kCdcPassword);
    Converge(store_, 3);
    store_.new_cdc_verifier.reset();
  }
  std::string Sent() {
    return Root(store_.layout.database)
        .Ask(HasLists() ? "SELECT coalesce(string_agg(tablename || attnames::text, ' '), '') FROM pg_publication_tables"
                        : "SELECT coalesce(string_agg(tablename, ' '), '') FROM pg_publication_tables");
  }
  Client Replicator() { return Client(ConnectAs(CdcRoleOf(store_.layout), store_.layout.database, kCdcPassword)); }

  Store store_;
  inline static const base::Sensitive kCdcPassword{"only-for-replication"};
};

INSTANTIATE_TEST_SUITE_P(, ReportedStore, testing::ValuesIn(SuperuserSites()), PrintSite);

TEST_P(ReportedStore, IsOpenToItsReplicatorForWhatItPublishesAndNothingElse) {
  Report();
  EXPECT_EQ(Replicator().Ask("SELECT total FROM " + store_.layout.schema + ".orders"), "2");
  if (HasLists()) {
    EXPECT_ANY_THROW(Replicator().Ask("SELECT card FROM " + store_.layout.schema + ".orders"));
  }
  EXPECT_ANY_THROW(Replicator().Ask("SELECT * FROM " + store_.layout.schema + ".secrets"));
  EXPECT_ANY_THROW(Replicator().Ask("DELETE FROM " + store_.layout.schema + ".orders"));
  EXPECT_THAT(Observe(store_.layout).foreign, IsEmpty());
  const auto glance = engine_.AccessAtAGlance(*Snapshot(), store_.layout);
  EXPECT_THAT(glance.foreign, IsEmpty());
  EXPECT_TRUE(glance.needs_look) << "what its role may read only a visit tells";
  EXPECT_THAT(Snapshot()->findings, Not(Contains(HasSubstr("_cdc"))));

  Root(store_.layout.database)
      .Ask("SET freehold.allow_grants = on; GRANT SELECT ON " + store_.layout.schema + ".secrets TO " +
           CdcRoleOf(store_.layout));
  EXPECT_THAT(Observe(store_.layout).foreign, Contains(Field(&ForeignAccess::path, HasSubstr("secrets"))));
  EXPECT_TRUE(IsSuspect(store_.layout));
  EXPECT_THAT(Converge(store_, 2).foreign, IsEmpty());
  EXPECT_EQ(Replicator().Ask("SELECT total FROM " + store_.layout.schema + ".orders"), "2");
}

TEST_P(ReportedStore, ListsItsFeedAsAllowedWithAllThatItReaches) {
  Report();
  const auto role = CdcRoleOf(store_.layout);
  const auto seen = Observe(store_.layout);
  std::vector<std::string> ways;
  for (const auto& way : seen.feed_access) {
    EXPECT_EQ(way.principal, role);
    EXPECT_EQ(way.feed, Feed::kReports);
    EXPECT_NE(way.evidence, "");
    ways.push_back(way.right + " on " + way.path);
  }
  const auto& schema = store_.layout.schema;
  std::vector<std::string> expected = {"REPLICATION on changes of database " + store_.layout.database,
                                       "USAGE on schema " + schema};
  for (const auto* column : {"id", "note", "total"}) {
    if (HasLists()) expected.push_back("SELECT on column " + std::string(column) + " of " + schema + ".orders");
  }
  if (!HasLists()) expected.push_back("SELECT on table " + schema + ".orders");
  EXPECT_THAT(ways, testing::UnorderedElementsAreArray(expected));
  EXPECT_THAT(seen.feed_access[0].evidence, HasSubstr(ReportName(FeedOf(store_.layout))));
  EXPECT_THAT(engine_.AccessAtAGlance(*Snapshot(), store_.layout).feed_access,
              testing::ElementsAre(seen.feed_access[0]));
}

/// One right too many is a finding, whatever else the role is there for, and goes with the next round.
TEST_P(ReportedStore, ExcusesItsFeedForNothingElse) {
  Report();
  const auto role = CdcRoleOf(store_.layout);
  const auto stranger = Stranger("stranger");
  const auto& layout = store_.layout;
  struct TooMany {
    std::string opening;
    const char* right;
    std::string path, principal;
  };
  const std::vector<TooMany> cases = {
      {"GRANT UPDATE ON " + layout.schema + ".orders TO " + role, "UPDATE", "table " + layout.schema + ".orders", role},
      {"GRANT SELECT ON " + layout.schema + ".secrets TO " + role, "SELECT", ".secrets", role},
      {"GRANT INSERT ON freehold.reported TO " + role, "INSERT", "table freehold.reported", role},
      {"GRANT CREATE ON SCHEMA " + layout.schema + " TO " + role, "CREATE", "schema " + layout.schema, role},
      {"GRANT TEMPORARY ON DATABASE " + layout.database + " TO " + role, "TEMPORARY", "database", role},
      {"GRANT " + layout.owner + " TO " + role, "MEMBER", "member of " + layout.owner, role},
      {"GRANT pg_read_all_data TO " + role, "MEMBER", "member of pg_read_all_data", role},
      {"GRANT " + role + " TO " + stranger, "MEMBER", "member of " + role, stranger},
      {"ALTER ROLE " + role + " CREATEROLE", "CREATEROLE", "attribute of " + role, role},
      {"ALTER ROLE " + role + " BYPASSRLS", "BYPASSRLS", "attribute of " + role, role},
      {"ALTER ROLE " + role + " SUPERUSER", "SUPERUSER", "attribute of " + role, role},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.opening);
    const auto before = Observe(layout);
    Root(layout.database).Ask("SET freehold.allow_grants = on; " + one.opening);
    const auto seen = Observe(layout);
    EXPECT_THAT(seen.foreign, Contains(testing::AllOf(Field(&ForeignAccess::right, one.right),
                                                      Field(&ForeignAccess::principal, one.principal),
                                                      Field(&ForeignAccess::path, HasSubstr(one.path)))));
    EXPECT_EQ(seen.feed_access, before.feed_access);
    EXPECT_TRUE(IsSuspect(layout));
    EXPECT_EQ(engine_.Fingerprint(*Snapshot(), layout), seen.fingerprint);
    const auto glance = engine_.AccessAtAGlance(*Snapshot(), layout);
    EXPECT_TRUE(glance.needs_look || !glance.foreign.empty());
    Converge(store_, 3);
    EXPECT_THAT(Observe(layout).foreign, IsEmpty());
    EXPECT_EQ(Observe(layout).feed_access, before.feed_access);
  }
}

TEST_P(ReportedStore, KnowsItsFeedByMoreThanItsName) {
  Report();
  const auto role = CdcRoleOf(store_.layout);
  for (const auto* comment : {"NULL", "'freehold: owned by shop/other, uid uid-other'"}) {
    Root().Ask("COMMENT ON ROLE " + role + " IS " + comment);
    const auto seen = Observe(store_.layout);
    EXPECT_THAT(seen.feed_access, IsEmpty());
    for (const auto* right : {"REPLICATION", "CONNECT", "SELECT"}) {
      EXPECT_THAT(seen.foreign, Contains(testing::AllOf(Field(&ForeignAccess::principal, role),
                                                        Field(&ForeignAccess::right, right))));
    }
    const auto glance = engine_.AccessAtAGlance(*Snapshot(), store_.layout);
    EXPECT_THAT(glance.foreign, Contains(Field(&ForeignAccess::right, "OBJECTS")));
    EXPECT_THAT(glance.feed_access, IsEmpty());
    EXPECT_TRUE(IsSuspect(store_.layout));
  }
  Root().Ask("COMMENT ON ROLE " + role + " IS 'freehold: owned by shop/orders, uid uid-1'");
}

TEST_P(ReportedStore, IsReadByATwoLoginsOfAToolThatTakeTurns) {
  const auto names = ToolLoginsOf(store_.layout);
  const std::array<base::Sensitive, 2> passwords{base::Sensitive("the-first-of-a-tool"),
                                                 base::Sensitive("the-second-of-a-tool")};
  const auto as = [&](int which) { return Client(ConnectAs(names[which], store_.layout.database, passwords[which])); };
  const auto give = [&](std::vector<std::string> columns, ToolWanted tool) {
    if (!HasLists()) columns.clear();
    tool.hold_back_at_most = std::int64_t{1} << 30;
    store_.reporting = ReportingWanted{.feed = FeedOf(store_.layout),
                                       .warehouse = "lake",
                                       .tool = std::move(tool),
                                       .tables = {{{"orders", PublishedTable{.columns = std::move(columns)}}}}};
    Converge(store_, 3);
  };
  give({"id", "note", "total"}, {.logins = {LoginWanted{true, QuickVerifier(passwords[0])}, LoginWanted{}}});
  EXPECT_EQ(as(0).Ask("SELECT total FROM " + store_.layout.schema + ".orders"), "2");
  if (HasLists()) {
    EXPECT_ANY_THROW(as(0).Ask("SELECT card FROM " + store_.layout.schema + ".orders"));
  }
  EXPECT_ANY_THROW(as(0).Ask("SELECT * FROM " + store_.layout.schema + ".secrets"));
  EXPECT_ANY_THROW(as(0).Ask("DELETE FROM " + store_.layout.schema + ".orders"));
  EXPECT_ANY_THROW(as(0).Ask("CREATE PUBLICATION mine"));
  EXPECT_ANY_THROW(Client(ConnectAs(names[0], "postgres", passwords[0])).Ask("SELECT 1"));
  EXPECT_THAT(Observe(store_.layout).foreign, IsEmpty());
  EXPECT_THAT(engine_.AccessAtAGlance(*Snapshot(), store_.layout).foreign, IsEmpty());
  EXPECT_THAT(Snapshot()->findings, Not(Contains(HasSubstr("_cdc_1"))));
  EXPECT_FALSE(Observe(store_.layout).cdc.exists) << "nobody else replicates";

  give({"id", "total"}, {.logins = {LoginWanted{true, {}}, LoginWanted{true, QuickVerifier(passwords[1])}}});
  EXPECT_EQ(as(0).Ask("SELECT total FROM " + store_.layout.schema + ".orders"), "2") << "for the overlap";
  EXPECT_EQ(as(1).Ask("SELECT total FROM " + store_.layout.schema + ".orders"), "2");
  if (HasLists()) {
    EXPECT_ANY_THROW(as(0).Ask("SELECT note FROM " + store_.layout.schema + ".orders"));
  }
  give({"id", "total"}, {.logins = {LoginWanted{}, LoginWanted{true, {}}}});
  EXPECT_ANY_THROW(as(0));
  EXPECT_EQ(as(1).Ask("SELECT total FROM " + store_.layout.schema + ".orders"), "2");
  EXPECT_THAT(Plan(store_), IsEmpty());

  Root(store_.layout.database)
      .Ask("SET freehold.allow_grants = on; GRANT SELECT ON " + store_.layout.schema + ".secrets TO " + names[1]);
  EXPECT_THAT(Observe(store_.layout).foreign, Contains(Field(&ForeignAccess::path, HasSubstr("secrets"))));
  EXPECT_TRUE(IsSuspect(store_.layout));
  EXPECT_THAT(Converge(store_, 2).foreign, IsEmpty());

  store_.reporting.reset();
  Converge(store_, 2);
  auto root = Root(store_.layout.database);
  EXPECT_EQ(root.Ask("SELECT count(*) FROM pg_roles WHERE rolname ~ '" + CdcRoleOf(store_.layout) + "'"), "0");
  EXPECT_EQ(root.Ask("SELECT count(*) FROM pg_replication_slots WHERE database = current_database()"), "0");
  EXPECT_EQ(root.Ask("SELECT count(*) FROM pg_publication"), "0");
  give({"id"}, {.logins = {LoginWanted{true, QuickVerifier(passwords[0])}, LoginWanted{}}});
  ConvergeRemoval(store_.layout, api::DeletionPolicy::kRetain);
  EXPECT_EQ(root.Ask("SELECT count(*) FROM pg_roles WHERE rolname ~ '" + CdcRoleOf(store_.layout) + "'"), "0");
}

TEST_P(ReportedStore, GivesNothingToALoginThatIsOnlyCalledLikeATools) {
  const auto name = ToolLoginsOf(store_.layout)[0];
  auto root = Root(store_.layout.database);
  root.Ask("CREATE ROLE " + name);
  store_.reporting =
      ReportingWanted{.feed = FeedOf(store_.layout),
                      .warehouse = "lake",
                      .tool = ToolWanted{.logins = {LoginWanted{true, QuickVerifier(kCdcPassword)}, LoginWanted{}},
                                         .hold_back_at_most = std::int64_t{1} << 30},
                      .tables = {{{"orders", PublishedTable{}}}}};
  Converge(store_, 2);
  EXPECT_EQ(root.Ask("SELECT has_table_privilege('" + name + "', '" + store_.layout.schema + ".orders', 'SELECT')"),
            "f");
  EXPECT_EQ(root.Ask("SELECT rolcanlogin FROM pg_roles WHERE rolname = '" + name + "'"), "f");
  root.Ask("DROP ROLE " + name);
}

TEST_P(ReportedStore, LosesASlotThatHoldsBackTooMuchAndGetsAnother) {
  const base::Sensitive password{"the-first-of-a-tool"};
  const auto holding_back = [&](std::int64_t at_most) {
    store_.reporting = ReportingWanted{
        .feed = FeedOf(store_.layout),
        .warehouse = "lake",
        .tool = ToolWanted{.logins = {LoginWanted{true, {}}, LoginWanted{}}, .hold_back_at_most = at_most},
        .tables = {{{"orders", PublishedTable{.columns = HasLists() ? std::vector<std::string>{"id"}
                                                                    : std::vector<std::string>{}}}}}};
  };
  holding_back(std::int64_t{1} << 30);
  store_.reporting->tool->logins[0].new_verifier = QuickVerifier(password);
  Converge(store_, 3);
  auto root = Root(store_.layout.database);
  const auto held = [&] {
    return std::stoll(
        root.Ask("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::bigint FROM "
                 "pg_replication_slots WHERE database = current_database()"));
  };
  root.Ask("SELECT pg_logical_emit_message(false, 'bulk', repeat('x', 8000000))");
  root.Ask("SELECT pg_switch_wal()");
  ASSERT_GT(held(), 8000000);
  holding_back(4000000);
  Converge(store_, 1);
  EXPECT_LT(held(), 4000000);
}

TEST_P(ReportedStore, StaysItsOwnersToChange) {
  Report();
  auto owner = Service(store_);
  owner.Ask("ALTER TABLE orders DROP COLUMN note");
  owner.Ask("ALTER TABLE orders ALTER COLUMN total TYPE bigint");
  owner.Ask("DO $$ BEGIN EXECUTE 'ALTER TA' || 'BLE orders ALTER COLUMN total TYPE numeric'; END $$");
  EXPECT_EQ(Sent(), HasLists() ? "orders{id,total}" : "orders");
  store_.reporting->tables->at("orders").columns =
      HasLists() ? std::vector<std::string>{"id", "total"} : std::vector<std::string>{};
  EXPECT_THAT(Converge(store_, 1).foreign, IsEmpty()) << "rights on a dropped column are none";
  owner.Ask("ALTER TABLE orders RENAME COLUMN card TO note");
  EXPECT_EQ(Sent(), HasLists() ? "orders{id,total}" : "orders") << "what was excluded isn't sent under another's name";
  owner.Ask("ALTER TABLE orders DROP CONSTRAINT orders_pkey");
  owner.Ask("UPDATE orders SET total = 3");
  EXPECT_EQ(owner.Ask("SELECT total FROM orders"), "3");
  EXPECT_EQ(Sent(), "");
  owner.Ask("DROP TABLE orders");
}

TEST_P(ReportedStore, MayShareItsDatabase) {
  auto shared = NewStore(api::Isolation::kSchema, "ledger");
  Converge(shared, 2);
  shared.logins[0].new_verifier.reset();
  Service(shared).Ask("CREATE TABLE entries (id int PRIMARY KEY)");
  shared.reporting =
      ReportingWanted{.feed = FeedOf(shared.layout), .warehouse = "main", .tables = {{{"entries", PublishedTable{}}}}};
  shared.new_cdc_verifier = QuickVerifier(kCdcPassword);
  Converge(shared, 3);
  shared.new_cdc_verifier.reset();
  EXPECT_THAT(Observe(shared.layout).foreign, IsEmpty());
  const auto at = ConnectAs(CdcRoleOf(shared.layout), shared.layout.database, kCdcPassword);
  EXPECT_EQ(Client(at).Ask("SELECT count(*) FROM " + shared.layout.schema + ".entries"), "0");
  const auto neighbour = NewStore(api::Isolation::kSchema, "neighbour");
  Converge(neighbour, 2);
  const auto others = Observe(neighbour.layout).feed_access;
  EXPECT_THAT(others, Contains(testing::AllOf(Field(&FeedAccess::principal, std::string(kOtherFeeds)),
                                              Field(&FeedAccess::right, "REPLICATION"))))
      << "what a shared database writes, whoever replicates from it can decode";
  EXPECT_EQ(engine_.AccessAtAGlance(*Snapshot(), neighbour.layout).feed_access, others);
  EXPECT_THAT(Observe(neighbour.layout).foreign, IsEmpty());
  ConvergeRemoval(shared.layout, api::DeletionPolicy::kDelete);
}

TEST_P(ReportedStore, LeavesNothingBehindWhenItReportsNoMore) {
  Report();
  EXPECT_THAT(Plan(store_), IsEmpty());
  store_.reporting.reset();
  Converge(store_, 2);
  auto root = Root(store_.layout.database);
  EXPECT_EQ(root.Ask("SELECT count(*) FROM pg_publication"), "0");
  EXPECT_EQ(root.Ask("SELECT count(*) FROM pg_replication_slots WHERE database = current_database()"), "0");
  EXPECT_EQ(root.Ask("SELECT count(*) FROM pg_event_trigger WHERE evtname ~ 'yield'"), "0");
  EXPECT_EQ(root.Ask("SELECT count(*) FROM pg_roles WHERE rolname = '" + CdcRoleOf(store_.layout) + "'"), "0");
  Report();
  ConvergeRemoval(store_.layout, api::DeletionPolicy::kRetain);
  EXPECT_EQ(root.Ask("SELECT count(*) FROM pg_replication_slots WHERE database = current_database()"), "0");
  EXPECT_EQ(root.Ask("SELECT count(*) FROM pg_publication"), "0");
}

}  // namespace
}  // namespace freehold::engines::postgres

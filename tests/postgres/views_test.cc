// Materialized views of a warehouse, on real servers: whose rights their queries have, and what becomes of them.
#include "reconcilers/engines/views.h"

#include "reconcilers/engines/reporting.h"
#include "tests/postgres/server_fixture.h"
#include "tests/world/await.h"

namespace freehold::engines::postgres {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class WarehouseViews : public ServerTest {
 protected:
  void SetUp() override {
    warehouse_ = {.database = Unique("warehouse"), .comment = WarehouseComment("main", "uid")};
    Run(engine_.PlanWarehouse(warehouse_, {}));
    stay_ = engine_.StayAt(access_, {.database = warehouse_.database});
    wanted_ = {.database = warehouse_.database, .schemas = {"marts"}};
    const auto readers = "\"" + warehouse_.database + "_readers\"";
    Sql("CREATE SCHEMA orders; CREATE TABLE orders.orders (id int PRIMARY KEY, day text, total int, note text); "
        "GRANT USAGE ON SCHEMA orders TO " +
        readers + "; GRANT SELECT ON orders.orders TO " + readers +
        "; INSERT INTO orders.orders VALUES (1, 'mon', 2, 'n'), (2, 'mon', 3, 'secret-note'), (3, 'tue', 5, '7'); "
        "CREATE SCHEMA private; CREATE TABLE private.secrets (id int)");
  }
  void TearDown() override {
    stay_.reset();
    const auto seen = engine_.ObserveWarehouse(access_, warehouse_.database);
    EXPECT_TRUE(seen);
    Run(engine_.PlanWarehouseRemoval(warehouse_, api::DeletionPolicy::kDelete, *seen));
    EXPECT_EQ(Root().Ask("SELECT count(*) FROM pg_roles WHERE rolname LIKE '" + warehouse_.database + "%'"), "0");
    ServerTest::TearDown();
  }

  std::string Sql(const std::string& sql) { return Root(warehouse_.database).Ask(sql); }
  ViewsSeen Look() {
    const auto seen = engine_.ObserveViews(access_, warehouse_.database);
    EXPECT_TRUE(seen) << seen.error().message;
    return seen.value_or(ViewsSeen{});
  }
  ViewWanted& Want(const std::string& name, const std::string& query, std::vector<std::string> unique = {}) {
    std::erase_if(wanted_.views, [&](const auto& view) { return view.name == name; });
    wanted_.views.push_back({.schema = "marts",
                             .name = name,
                             .query = query,
                             .unique = std::move(unique),
                             .digest = std::to_string(std::hash<std::string>()(query)),
                             .statement_timeout = std::chrono::seconds(30)});
    return wanted_.views.back();
  }
  /// Until nothing is left to do, or something fails.
  Result<void> Converge() {
    for (int round = 0; round < 4; ++round) {
      const auto steps = engine_.PlanViews(wanted_, Look());
      if (steps.empty()) return {};
      if (auto done = Try(steps); !done) return done;
    }
    return base::Terminal("NotConverging", "");
  }
  Result<void> Refresh(const std::string& name) {
    for (const auto& view : wanted_.views) {
      if (view.name != name) continue;
      return engine_.Run(access_, engine_.RefreshView(warehouse_.database, view, Look().views.at("marts." + name)));
    }
    return base::Terminal("NoSuchView", name);
  }
  std::string Daily() { return Sql("SELECT string_agg(day || total, ' ' ORDER BY day) FROM marts.daily"); }

  static constexpr const char* kDaily = "SELECT day, sum(total) AS total FROM orders.orders GROUP BY day";
  Warehouse warehouse_;
  Views wanted_;
  std::unique_ptr<Engine::Stay> stay_;
};

INSTANTIATE_TEST_SUITE_P(, WarehouseViews, testing::ValuesIn(SuperuserSites()), PrintSite);

TEST_P(WarehouseViews, AreMadeRefreshedBesideReadersAndRemoved) {
  Want("daily", kDaily, {"day"});
  ASSERT_TRUE(Converge());
  EXPECT_EQ(Daily(), "mon5 tue5");
  EXPECT_TRUE(Look().views.at("marts.daily").unique);
  EXPECT_EQ(Look().views.at("marts.daily").rows, 2);
  EXPECT_EQ(Sql("SELECT pg_get_userbyid(relowner) FROM pg_class WHERE relname = 'daily'"),
            ViewsRoleOf(warehouse_.database));
  const auto reader = Stranger("looker");
  Sql("GRANT \"" + warehouse_.database + "_readers\" TO " + reader);
  auto reads = As(reader, warehouse_.database);
  EXPECT_EQ(reads.Ask("BEGIN; SELECT count(*) FROM marts.daily"), "2");
  Sql("INSERT INTO orders.orders VALUES (4, 'wed', 1, '')");
  const auto refreshed = Refresh("daily");
  EXPECT_TRUE(refreshed) << refreshed.error().message << ": one who reads holds nobody up";
  EXPECT_EQ(Daily(), "mon5 tue5 wed1");
  EXPECT_ANY_THROW(reads.Ask("ROLLBACK; REFRESH MATERIALIZED VIEW marts.daily"));

  const auto other = engine_.ObserveWarehouse(access_, warehouse_.database);
  ASSERT_TRUE(other);
  EXPECT_FALSE(other->logins.contains(ViewsRoleOf(warehouse_.database))) << "it is no reader who would be ended";

  wanted_.views.clear();
  wanted_.schemas.clear();
  ASSERT_TRUE(Converge());
  EXPECT_FALSE(Look().role);
  EXPECT_EQ(Sql("SELECT count(*) FROM pg_namespace WHERE nspname = 'marts'"), "0");
}

/// Texts as a hostile file could have them, had nobody parsed it.
TEST_P(WarehouseViews, RunWithTheRightsOfAReaderWhateverTheirQueryTries) {
  Want("daily", kDaily);
  ASSERT_TRUE(Converge());
  const auto admin = access_.username;
  const auto before = Sql("SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'v', 'f', 'S')");
  for (const auto& query : std::vector<std::string>{
           "SELECT * FROM private.secrets",
           "SELECT rolpassword AS p FROM pg_authid",
           "SELECT subconninfo AS c FROM pg_subscription",
           "SELECT pg_read_file('PG_VERSION') AS f",
           "SELECT lo_import('/etc/hostname') AS o",
           "SELECT set_config('role', '" + admin + "', false) AS r, (SELECT count(*) FROM private.secrets) AS n",
           "SELECT set_config('session_authorization', '" + admin + "', false) AS r",
           "SELECT query_to_xml('CREATE TABLE marts.made ()', true, true, '') AS x",
           "SELECT query_to_xml('SELECT * FROM private.secrets', true, true, '') AS x",
           "WITH gone AS (DELETE FROM orders.orders RETURNING id) SELECT id FROM gone",
           "SELECT pg_reload_conf() AS r",
           "SELECT 1 AS x; RESET ROLE",
           "SELECT 1 AS x; CREATE TABLE marts.made ()",
           "SELECT 1 AS x WITH NO DATA; GRANT ALL ON private.secrets TO PUBLIC; SELECT 1",
           "SELECT 1 AS x INTO marts.made",
           "SELECT id FROM orders.orders FOR UPDATE",
       }) {
    Want("daily", query);
    const auto done = Converge();
    EXPECT_FALSE(done) << query;
    EXPECT_EQ(done.error().kind, base::FailureClass::kTerminal) << query;
    EXPECT_EQ(Daily(), "mon5 tue5") << "the one that was there stays: " << query;
  }
  EXPECT_EQ(Sql("SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'v', 'f', 'S')"), before);
  EXPECT_EQ(Sql("SELECT count(*) FROM orders.orders"), "3");
  EXPECT_TRUE(Refresh("daily"));

  Want("daily", "SELECT pg_sleep(30)::text AS day, 1 AS total").statement_timeout = std::chrono::seconds(1);
  EXPECT_EQ(Converge().error().reason, "ServerBusy");
  // What others may read by the role is what they may read anyway, and nobody logs in as it.
  EXPECT_EQ(Sql("SELECT rolcanlogin FROM pg_roles WHERE rolname = '" + ViewsRoleOf(warehouse_.database) + "'"), "f");
}

TEST_P(WarehouseViews, TellWhatIsWrongWithoutAValueOfARow) {
  Want("daily", "SELECT dya FROM orders.orders");
  EXPECT_THAT(Converge().error().message, HasSubstr("column \"dya\" does not exist"));
  Want("daily", "SELECT note::int AS n FROM orders.orders WHERE id = 2");
  EXPECT_THAT(Converge().error().message, AllOf(HasSubstr("22P02"), Not(HasSubstr("secret-note"))));
  Want("daily", "SELECT note::regclass::text AS n FROM orders.orders WHERE id = 2");
  EXPECT_THAT(Converge().error().message, Not(HasSubstr("secret-note")));
  Want("daily", "SELECT total / (id - 2) AS n FROM orders.orders");
  EXPECT_THAT(Converge().error().message, HasSubstr("division by zero"));
  Want("daily", "SELECT day FROM orders.orders", {"day"});
  EXPECT_THAT(Converge().error().message, AllOf(HasSubstr("could not create unique index"), Not(HasSubstr("mon"))));
  EXPECT_THAT(Look().views, Not(testing::Contains(testing::Key("marts.daily"))));
}

TEST_P(WarehouseViews, AreReplacedWithAllThatReadThem) {
  Want("daily", kDaily);
  Want("best", "SELECT max(total) AS total FROM marts.daily");
  ASSERT_TRUE(Converge());
  EXPECT_EQ(Sql("SELECT total FROM marts.best"), "5");
  Want("daily", "SELECT day, sum(total) * 10 AS total FROM orders.orders GROUP BY day");
  ASSERT_TRUE(Converge());
  EXPECT_EQ(Sql("SELECT total FROM marts.best"), "50");
  EXPECT_THAT(Look().views, SizeIs(2)) << "nothing is left of the former";
  EXPECT_THAT(Look().views.at("marts.best").reads, ElementsAre("marts.daily"));

  // One that can't be made from the new one keeps the old one alive.
  Want("daily", "SELECT day FROM orders.orders GROUP BY day");
  const auto steps = engine_.PlanViews(wanted_, Look());
  ASSERT_TRUE(Try(steps));
  EXPECT_FALSE(Converge());
  EXPECT_EQ(Sql("SELECT total FROM marts.best"), "50");
  EXPECT_EQ(Sql("SELECT count(*) FROM marts.daily"), "2");
  Want("best", "SELECT max(day) AS total FROM marts.daily");
  ASSERT_TRUE(Converge());
  EXPECT_EQ(Sql("SELECT total FROM marts.best"), "tue");
  EXPECT_THAT(Look().views, SizeIs(2));
}

TEST_P(WarehouseViews, NeverKeepATableFromFollowingItsSource) {
  Want("daily", kDaily);
  Want("best", "SELECT max(total) AS total FROM marts.daily");
  ASSERT_TRUE(Converge());
  LandingWanted landing{.feed = "_orders", .source = "shop/orders", .schema = "orders"};
  landing.tables = {{.name = "orders",
                     .columns = {{"id", "integer"}, {"day", "text"}, {"total", "numeric"}},
                     .key = {"id"},
                     .excluded = {"note"}}};
  auto warehouse = warehouse_;
  warehouse.landings = {landing};
  const auto seen = engine_.ObserveWarehouse(access_, warehouse_.database);
  ASSERT_TRUE(seen);
  const auto done = Try(engine_.PlanWarehouse(warehouse, *seen));
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(Sql("SELECT count(*) FROM pg_attribute WHERE attrelid = 'orders.orders'::regclass AND attname = 'note'"),
            "0");
  EXPECT_THAT(Look().views, IsEmpty());
  ASSERT_TRUE(Converge());
  EXPECT_EQ(Sql("SELECT total FROM marts.best"), "5");
}

TEST_P(WarehouseViews, EndWithTheProcess) {
  Want("daily", kDaily);
  ASSERT_TRUE(Converge());
  Want("daily", "SELECT pg_sleep(25)::text AS day, 1 AS total");
  const auto steps = engine_.PlanViews(wanted_, Look());
  ASSERT_THAT(steps, SizeIs(1));
  PostgresEngine engine;
  Result<void> done;
  {
    const std::jthread works([&] { done = engine.Run(access_, steps[0]); });
    const std::string running =
        "FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'REFRESH%' AND datname = '" + warehouse_.database +
        "'";
    EXPECT_TRUE(test::Await(std::chrono::seconds(10), [&] { return Root().Ask("SELECT count(*) " + running) == "1"; }));
    engine.EndLongSteps();
    EXPECT_TRUE(test::Await(std::chrono::seconds(10), [&] { return Root().Ask("SELECT count(*) " + running) == "0"; }));
  }
  EXPECT_FALSE(done);
  EXPECT_EQ(Daily(), "mon5 tue5");
  EXPECT_EQ(engine.Run(access_, engine.RefreshView(warehouse_.database, wanted_.views[0], {})).error().reason,
            "ServerBusy");
}

}  // namespace
}  // namespace freehold::engines::postgres

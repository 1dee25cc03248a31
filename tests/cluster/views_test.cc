// What users see of a warehouse's views, on a real API server with the chart's RBAC and a real PostgreSQL.
#include <gmock/gmock.h>

#include "await.h"
#include "operator_world.h"
#include "reconcilers/api/kinds.h"

namespace freehold::test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

/// Remembers what is done, and dies after one thing.
struct Witness final : runtime::GateObserver {
  explicit Witness(std::string last = "") : last(std::move(last)) {}
  void Before(const runtime::Effect& effect) override { verbs.push_back(effect.verb); }
  void After(const runtime::Effect& effect, std::chrono::steady_clock::duration, const base::Failure*) override {
    if (effect.verb == last) throw Crash{};
  }
  const std::string last;
  std::vector<std::string> verbs;
};

class ReportViews : public testing::Test {
 protected:
  ~ReportViews() override { Remove(); }
  /// The files of the views.
  void Write(const std::map<std::string, std::string>& files) {
    const auto written =
        Cluster::Instance().admin().Apply(views::ConfigMapType(), Files(),
                                          {{"apiVersion", "v1"},
                                           {"kind", "ConfigMap"},
                                           {"metadata", {{"name", world.ns}, {"namespace", Cluster::kNamespace}}},
                                           {"data", files}},
                                          "test", "");
    ASSERT_TRUE(written) << written.error().message;
  }
  void Remove() { (void)Cluster::Instance().admin().Delete(views::ConfigMapType(), Files(), ""); }
  kube::Name Files() const { return {Cluster::kNamespace, world.ns}; }
  void ApplyWarehouse() {
    world.ApplyWarehouse(R"({"readers": [{"name": "looker"}], "views": [{"schema": "marts", "refreshEvery": "15m",
                             "configMap": {"name": ")" +
                         world.ns + "\"}}]}");
  }
  std::vector<std::string> AsReader(const std::string& sql) {
    return Query(world.LoginIn(world.Secret(world.server + "-looker.freehold", Cluster::kNamespace)), sql);
  }
  kube::Condition Ready() {
    const auto warehouse = world.GetWarehouse();
    for (const auto& condition : warehouse->status.conditions) {
      if (condition.type == "ViewsReady") return condition;
    }
    return {};
  }

  OperatorWorld world;
};

TEST_F(ReportViews, AreAsTheirFilesAndAsFreshAsTheirSchedule) {
  const auto orders = world.ns + "_orders.orders";
  const std::string daily = "-- unique: day\nSELECT day, sum(total) AS total FROM " + orders + " GROUP BY day";
  world.Apply("orders", "{}");
  const auto life = world.Start();
  life->Settle();
  Query(world.LoginOf("orders.freehold"),
        "CREATE TABLE orders (id int PRIMARY KEY, day text, total int); INSERT INTO orders VALUES (1, 'mon', 2)");
  Write({{"daily.sql", daily}, {"best.sql", "SELECT max(total) AS total FROM marts.daily"}});
  ApplyWarehouse();
  world.Apply("orders", R"({"reporting": {"warehouse": ")" + world.server + R"(", "tables": [{"name": "orders"}]}})");
  // Views wait for the tables that they read; whoever waits tries again.
  ASSERT_TRUE(Await(std::chrono::seconds(60), [&] {
    world.clock.Advance(std::chrono::seconds(20));
    life->Settle();
    return Ready().reason == "ViewsCurrent";
  })) << Ready().message;
  ASSERT_TRUE(Await(std::chrono::seconds(30), [&] {
    world.clock.Advance(std::chrono::minutes(16));
    life->Settle();
    return AsReader("SELECT day || total FROM marts.daily") == std::vector<std::string>{"mon2"};
  }));
  EXPECT_THROW(AsReader("REFRESH MATERIALIZED VIEW marts.daily"), std::exception);
  auto at_rest = world.Start();
  at_rest->Settle();
  EXPECT_EQ(at_rest->effects(), 0) << "a restart goes on by what the status tells";

  const auto before = world.GetWarehouse()->status.views;
  ASSERT_THAT(before, SizeIs(2));
  EXPECT_EQ(before[1].name, "marts.daily");
  EXPECT_EQ(before[1].next_refresh, *before[1].last_success + std::chrono::minutes(15));
  Query(world.LoginOf("orders.freehold"), "INSERT INTO orders VALUES (2, 'tue', 5)");
  ASSERT_TRUE(Await(std::chrono::seconds(30), [&] {
    return world.Sql("SELECT count(*) FROM " + orders, world.ns + "_warehouse") == std::vector<std::string>{"2"};
  }));
  world.clock.Advance(std::chrono::minutes(16));
  life->Settle();
  EXPECT_THAT(AsReader("SELECT total FROM marts.best"), ElementsAre("5")) << "first what it reads, then it";
  const auto after = world.GetWarehouse()->status.views;
  EXPECT_GT(after[1].last_success, before[1].last_success);
  EXPECT_TRUE(after[1].last_duration);
  EXPECT_EQ(after[1].rows, 2);

  // What is wrong is told with its file, and takes nothing away.
  Write({{"daily.sql", "SELECT dya FROM " + orders}, {"best.sql", "SELECT 1; DROP SCHEMA marts"}});
  life->Settle();
  EXPECT_EQ(Ready().reason, "ViewsFailing");
  EXPECT_THAT(Ready().message, AllOf(HasSubstr("marts.daily: daily.sql: "), HasSubstr("column \"dya\" does not exist"),
                                     HasSubstr("marts.best: best.sql: it has to hold one SELECT")));
  EXPECT_THAT(AsReader("SELECT day || total FROM marts.daily ORDER BY 1"), ElementsAre("mon2", "tue5"));
  EXPECT_THAT(AsReader("SELECT total FROM marts.best"), ElementsAre("5"));

  Write({{"daily.sql", daily}});
  life->Settle();
  EXPECT_EQ(Ready().reason, "ViewsCurrent");
  EXPECT_THAT(world.GetWarehouse()->status.views, SizeIs(1));
  EXPECT_THROW(AsReader("SELECT total FROM marts.best"), std::exception);

  // What a build left behind that was the last thing done is gone, and the build isn't done twice.
  Write({{"daily.sql", daily + " HAVING sum(total) > 2"}});
  Witness dying("build-view"), heir;
  EXPECT_THROW(world.Start(&dying)->Settle(), Crash);
  world.Start(&heir)->Settle();
  EXPECT_THAT(heir.verbs, AllOf(Contains("drop-view"), Not(Contains("build-view"))));
  EXPECT_THAT(AsReader("SELECT day || total FROM marts.daily"), ElementsAre("tue5"));

  // Nothing is dropped for a ConfigMap that is gone.
  Remove();
  life->Settle();
  EXPECT_THAT(Ready().message, HasSubstr("there is no ConfigMap freehold-system/" + world.ns));
  EXPECT_THAT(AsReader("SELECT day || total FROM marts.daily"), ElementsAre("tue5"));

  world.ApplyWarehouse(R"({"readers": [{"name": "looker"}]})");
  life->Settle();
  EXPECT_EQ(Ready().reason, "");
  EXPECT_THAT(world.Sql("SELECT rolname FROM pg_roles WHERE rolname = '" + world.ns + "_warehouse_views'"), IsEmpty());
}

}  // namespace
}  // namespace freehold::test

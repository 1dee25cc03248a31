// What is done about a warehouse's materialized views, by what is wanted and what is there.
#include <gmock/gmock.h>

#include "reconcilers/engines/postgres/plan_views.h"

namespace freehold::engines::postgres {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class PlannedViews : public testing::Test {
 protected:
  PlannedViews() {
    wanted.database = "warehouse";
    wanted.schemas = {"marts"};
    seen.exists = seen.readers = seen.role = true;
    seen.schemas["marts"] = {.ours = true, .open = true};
  }
  void Want(const std::string& name, const std::string& digest, std::vector<std::string> unique = {}) {
    wanted.views.push_back({.schema = "marts",
                            .name = name,
                            .query = "SELECT 1 AS x",
                            .unique = std::move(unique),
                            .digest = digest,
                            .statement_timeout = std::chrono::minutes(1)});
  }
  std::vector<std::string> Plan() const {
    std::vector<std::string> done;
    for (const auto& step : PlanViews(wanted, seen)) done.push_back(step.verb + " " + step.target);
    return done;
  }
  Views wanted;
  ViewsSeen seen;
};

TEST_F(PlannedViews, AreMadeByTheirOwnRoleWithNothingButTheirQuery) {
  Want("daily", "d1", {"x"});
  seen.role = false;
  seen.schemas.clear();
  const auto steps = PlanViews(wanted, seen);
  ASSERT_EQ(steps.size(), 2u);
  EXPECT_EQ(steps[0].verb, "prepare-views");
  EXPECT_FALSE(steps[0].as);
  EXPECT_THAT(steps[0].statements, Contains("CREATE ROLE \"warehouse_views\" NOLOGIN"));
  EXPECT_EQ(steps[1].as, (StepRole{"warehouse_views", std::chrono::minutes(1)}));
  EXPECT_THAT(steps[1].statements, Contains(HasSubstr("AS\nSELECT 1 AS x\nWITH NO DATA")));
  EXPECT_THAT(steps[1].statements, Contains(HasSubstr("CREATE UNIQUE INDEX")));
}

TEST_F(PlannedViews, StayAsTheyAreWhileNothingChanges) {
  Want("daily", "d1");
  seen.views["marts.daily"] = {.digest = "d1"};
  EXPECT_THAT(Plan(), IsEmpty());
  wanted.views[0].digest = "d2";
  EXPECT_THAT(Plan(), ElementsAre("build-view marts.daily"));
}

TEST_F(PlannedViews, AreMadeAgainWhenWhatTheyReadWasReplacedWhichGoesAfterwards) {
  Want("daily", "d2");
  Want("monthly", "m1");
  seen.views["marts.daily"] = {.digest = "d2"};
  seen.views["marts.freehold_old_1"] = {.digest = "d1"};
  seen.views["marts.monthly"] = {.digest = "m1", .reads = {"marts.freehold_old_1"}};
  EXPECT_THAT(Plan(), ElementsAre("build-view marts.monthly"));
  seen.views["marts.monthly"].reads = {"marts.daily"};
  EXPECT_THAT(Plan(), ElementsAre("drop-view marts.freehold_old_1"));
}

TEST_F(PlannedViews, GoWithTheirFilesUnlessOneThatStaysReadsThem) {
  seen.views["marts.daily"] = {.digest = "d1"};
  seen.views["marts.monthly"] = {.digest = "m1", .reads = {"marts.daily"}};
  EXPECT_THAT(Plan(), ElementsAre("drop-view marts.monthly", "drop-view marts.daily"));
  wanted.kept = {"marts.monthly"};
  EXPECT_THAT(Plan(), IsEmpty());
  wanted.kept.clear();
  seen.views["marts.freehold_next_0"] = {};
  EXPECT_THAT(Plan(), Contains("drop-view marts.freehold_next_0")) << "its build died";
  seen.views.erase("marts.freehold_next_0");
  wanted.left_alone = {"marts"};
  EXPECT_THAT(Plan(), IsEmpty()) << "the ConfigMap can't be read";
}

TEST_F(PlannedViews, LeaveNothingBehindWhenNoneIsWantedAnyMore) {
  wanted.schemas.clear();
  seen.views["marts.daily"] = {.digest = "d1"};
  EXPECT_THAT(Plan(), ElementsAre("drop-view marts.daily", "drop-schema marts", "end-views warehouse_views"));
  seen.schemas["orders"] = {.ours = false};
  EXPECT_THAT(Plan(), Not(Contains("drop-schema orders")));
}

TEST_F(PlannedViews, NeverTouchASchemaOfAnother) {
  Want("daily", "d1");
  seen.schemas["marts"].ours = false;
  EXPECT_THAT(Plan(), IsEmpty());
}

TEST_F(PlannedViews, AreReadWhileTheyAreRefreshedWhereRowsCanBeToldApart) {
  Want("daily", "d1");
  EXPECT_EQ(RefreshView("warehouse", wanted.views[0], {.unique = true}).statements[0],
            "REFRESH MATERIALIZED VIEW CONCURRENTLY \"marts\".\"daily\"");
  EXPECT_EQ(RefreshView("warehouse", wanted.views[0], {}).statements[0],
            "REFRESH MATERIALIZED VIEW \"marts\".\"daily\"");
}

}  // namespace
}  // namespace freehold::engines::postgres

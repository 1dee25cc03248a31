// Partitions of an outbox over time.
#include <gmock/gmock.h>

#include "reconcilers/engines/postgres/partitions.h"

namespace freehold::engines::postgres {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using namespace std::chrono;
using namespace std::chrono_literals;

const base::Timestamp kNow = sys_days(2026y / March / 1d);

Rolling Wanted(api::Duration retention, base::Timestamp now = kNow) { return {retention, now}; }

Partition Part(const TimeRange& range) { return {"s", "p", "FOR VALUES " + Bounds(range)}; }

TEST(Partitions, AreReadBackAsTheyWereWritten) {
  const TimeRange range{kNow + 13h, kNow + 14h};
  EXPECT_EQ(Bounds(range), "FROM ('2026-03-01 13:00:00+00') TO ('2026-03-01 14:00:00+00')");
  EXPECT_EQ(ParseBounds("FOR VALUES " + Bounds(range)), range);
  EXPECT_FALSE(ParseBounds("DEFAULT"));
  EXPECT_FALSE(ParseBounds("FOR VALUES FROM (MINVALUE) TO ('2026-03-01 13:00:00+00')"));
  EXPECT_EQ(PartitionName("outbox", range), "outbox_2026030113");
  EXPECT_EQ(PartitionName("outbox", {kNow, kNow + 24h}), "outbox_20260301");
}

TEST(Partitions, AreMadeAhead) {
  EXPECT_THAT(
      PlanPartitions(Wanted(168h), {}).add,
      ElementsAre(TimeRange{kNow, kNow + 24h}, TimeRange{kNow + 24h, kNow + 48h}, TimeRange{kNow + 48h, kNow + 72h}));
  EXPECT_THAT(PlanPartitions(Wanted(24h), {}).add[0], (TimeRange{kNow, kNow + 1h}));
}

TEST(Partitions, ThatAreThereStayUntilTheirRetentionHasPassed) {
  std::vector<Partition> seen;
  for (int day = -9; day <= 2; ++day) seen.push_back(Part({kNow + day * 24h, kNow + (day + 1) * 24h}));
  const auto change = PlanPartitions(Wanted(168h), seen);
  EXPECT_THAT(change.add, IsEmpty());
  EXPECT_THAT(change.drop, SizeIs(2));
}

TEST(Partitions, NeverOverlapWhenTheWidthChanges) {
  const std::vector<Partition> daily = {Part({kNow, kNow + 24h})};
  EXPECT_THAT(PlanPartitions(Wanted(24h, kNow + 22h), daily).add, ElementsAre(TimeRange{kNow + 24h, kNow + 25h}));
  const std::vector<Partition> hourly = {Part({kNow + 3h, kNow + 4h})};
  EXPECT_THAT(PlanPartitions(Wanted(168h), hourly).add, SizeIs(2));
}

TEST(CheckOnTypes, IsNamedByWhatItAllows) {
  EXPECT_EQ(CheckName({"A", "B"}), CheckName({"A", "B"}));
  EXPECT_NE(CheckName({"A", "B"}), CheckName({"AB"}));
}

}  // namespace
}  // namespace freehold::engines::postgres

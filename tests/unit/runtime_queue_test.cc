// The work queue and its back-off, by tables: no threads, no clock.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "operator/runtime/backoff.h"
#include "operator/runtime/queue.h"
#include "operator/runtime/queue_state.h"
#include "tests/unit/manual_clock.h"

namespace freehold::runtime {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;

QueueState::Time At(int second) { return QueueState::Time(seconds(second)); }
kube::Name N(const std::string& name) { return {"shop", name}; }

/// Takes all that can be taken, without giving anything back.
std::vector<std::string> TakeAll(QueueState& queue, QueueState::Time now = At(0)) {
  std::vector<std::string> names;
  while (const auto taken = queue.Take(now)) names.push_back(taken->name.name);
  return names;
}

TEST(QueueState, HandsOutItemsInTheOrderOfArrival) {
  QueueState queue(9);
  for (const char* name : {"c", "a", "b"}) queue.Add(N(name), "main", Priority::kFresh, At(0));
  EXPECT_THAT(TakeAll(queue), ElementsAre("c", "a", "b"));
}

TEST(QueueState, HoldsAnItemOnceHoweverOftenItIsAdded) {
  QueueState queue(9);
  EXPECT_TRUE(queue.Add(N("a"), "main", Priority::kFresh, At(0)));
  EXPECT_FALSE(queue.Add(N("a"), "main", Priority::kFresh, At(1)));
  EXPECT_EQ(queue.depth(), 1);
  EXPECT_THAT(TakeAll(queue), ElementsAre("a"));
}

TEST(QueueState, PutsFreshChangesBeforeResyncs) {
  QueueState queue(9);
  queue.Add(N("old"), "main", Priority::kResync, At(0));
  queue.Add(N("new"), "main", Priority::kFresh, At(1));
  EXPECT_THAT(TakeAll(queue), ElementsAre("new", "old"));
}

TEST(QueueState, LiftsAQueuedResyncThatChanged) {
  QueueState queue(9);
  queue.Add(N("a"), "main", Priority::kResync, At(0));
  queue.Add(N("b"), "main", Priority::kResync, At(0));
  queue.Add(N("b"), "main", Priority::kFresh, At(1));
  EXPECT_THAT(TakeAll(queue), ElementsAre("b", "a"));
}

TEST(QueueState, DoesNotLowerAChangeThatIsResynced) {
  QueueState queue(9);
  queue.Add(N("a"), "main", Priority::kFresh, At(0));
  queue.Add(N("b"), "main", Priority::kFresh, At(0));
  queue.Add(N("a"), "main", Priority::kResync, At(1));
  EXPECT_THAT(TakeAll(queue), ElementsAre("a", "b"));
}

TEST(QueueState, NeverGivesOneItemToTwoWorkers) {
  QueueState queue(9);
  queue.Add(N("a"), "main", Priority::kFresh, At(0));
  ASSERT_TRUE(queue.Take(At(0)));
  EXPECT_TRUE(queue.Add(N("a"), "main", Priority::kFresh, At(1)));
  EXPECT_FALSE(queue.Add(N("a"), "main", Priority::kFresh, At(1)));
  EXPECT_FALSE(queue.Take(At(1)));
  EXPECT_EQ(queue.takeable(), 0);
}

TEST(QueueState, QueuesAgainWhatWasAddedWhileBeingWorkedOn) {
  QueueState queue(9);
  queue.Add(N("a"), "main", Priority::kFresh, At(0));
  ASSERT_TRUE(queue.Take(At(0)));
  queue.Add(N("a"), "main", Priority::kFresh, At(1));
  queue.Finish(N("a"), At(3));
  const auto again = queue.Take(At(4));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->waited, seconds(3));
  queue.Finish(N("a"), At(5));
  EXPECT_FALSE(queue.Take(At(6)));
}

TEST(QueueState, NeverGivesOneItemToTwoWorkersEvenWhenItsLaneChanges) {
  QueueState queue(9);
  queue.Add(N("a"), "dead", Priority::kFresh, At(0));
  ASSERT_TRUE(queue.Take(At(0)));
  queue.Add(N("a"), "alive", Priority::kFresh, At(1));
  EXPECT_FALSE(queue.Take(At(1)));
  queue.Finish(N("a"), At(2));
  EXPECT_THAT(TakeAll(queue), ElementsAre("a"));
}

TEST(QueueState, MovesAQueuedItemToItsNewLane) {
  QueueState queue(1);
  queue.Add(N("blocker"), "dead", Priority::kFresh, At(0));
  ASSERT_TRUE(queue.Take(At(0)));
  queue.Add(N("a"), "dead", Priority::kFresh, At(0));
  EXPECT_EQ(queue.takeable(), 0);
  queue.Add(N("a"), "alive", Priority::kFresh, At(1));
  EXPECT_EQ(queue.takeable(), 1);
  EXPECT_EQ(queue.depth(), 1);
  EXPECT_THAT(TakeAll(queue), ElementsAre("a"));
}

TEST(QueueState, GivesALaneNoMoreThanItsSlots) {
  QueueState queue(2);
  for (const char* name : {"a", "b", "c"}) queue.Add(N(name), "dead", Priority::kFresh, At(0));
  queue.Add(N("x"), "alive", Priority::kFresh, At(0));
  EXPECT_EQ(queue.takeable(), 3);
  EXPECT_THAT(TakeAll(queue), ElementsAre("a", "b", "x"));
  EXPECT_EQ(queue.depth(), 1);
  queue.Finish(N("a"), At(1));
  EXPECT_THAT(TakeAll(queue), ElementsAre("c"));
}

TEST(QueueState, HoldsADelayedItemUntilItIsDue) {
  QueueState queue(9);
  queue.AddAt(N("a"), "main", Priority::kFresh, At(10));
  EXPECT_EQ(queue.Promote(At(9)), 0);
  EXPECT_FALSE(queue.Take(At(9)));
  EXPECT_EQ(queue.NextDue(), At(10));
  EXPECT_EQ(queue.Promote(At(10)), 1);
  EXPECT_EQ(queue.NextDue(), std::nullopt);
  EXPECT_THAT(TakeAll(queue, At(10)), ElementsAre("a"));
}

TEST(QueueState, KeepsTheEarliestOfSeveralDelays) {
  struct Case {
    int first, second, due;
  };
  for (const Case& c : {Case{10, 5, 5}, Case{5, 10, 5}, Case{5, 5, 5}}) {
    QueueState queue(9);
    queue.AddAt(N("a"), "main", Priority::kFresh, At(c.first));
    queue.AddAt(N("a"), "main", Priority::kFresh, At(c.second));
    EXPECT_EQ(queue.NextDue(), At(c.due));
    EXPECT_EQ(queue.Promote(At(99)), 1);
    EXPECT_THAT(TakeAll(queue), ElementsAre("a"));
  }
}

TEST(QueueState, ForgetsADelayWhenTheItemIsAddedNow) {
  QueueState queue(9);
  queue.AddAt(N("a"), "main", Priority::kResync, At(10));
  queue.Add(N("a"), "main", Priority::kFresh, At(1));
  EXPECT_EQ(queue.NextDue(), std::nullopt);
  queue.AddAt(N("a"), "main", Priority::kFresh, At(10));
  EXPECT_EQ(queue.NextDue(), std::nullopt) << "it is queued already, which is earlier";
}

TEST(QueueState, KeepsADelayThatWasAskedForWhileBeingWorkedOn) {
  QueueState queue(9);
  queue.Add(N("a"), "main", Priority::kFresh, At(0));
  ASSERT_TRUE(queue.Take(At(0)));
  queue.AddAt(N("a"), "main", Priority::kResync, At(10));
  EXPECT_FALSE(queue.Take(At(1)));
  queue.Finish(N("a"), At(2));
  EXPECT_FALSE(queue.Take(At(2)));
  EXPECT_EQ(queue.Promote(At(10)), 1);
  EXPECT_EQ(queue.Take(At(10))->priority, Priority::kResync);
}

TEST(QueueState, QueuesWhatBecomesDueWhileBeingWorkedOnOnceItIsGivenBack) {
  QueueState queue(9);
  queue.Add(N("a"), "main", Priority::kFresh, At(0));
  ASSERT_TRUE(queue.Take(At(0)));
  queue.AddAt(N("a"), "main", Priority::kFresh, At(1));
  EXPECT_EQ(queue.Promote(At(2)), 1);
  EXPECT_FALSE(queue.Take(At(2)));
  queue.Finish(N("a"), At(3));
  EXPECT_THAT(TakeAll(queue), ElementsAre("a"));
}

TEST(QueueState, TellsOfALaneWhetherItHasNothingToDoNow) {
  QueueState queue(1);
  EXPECT_TRUE(queue.IsIdle("main"));
  queue.Add(N("a"), "main", Priority::kFresh, At(0));
  queue.AddAt(N("later"), "other", Priority::kFresh, At(5));
  EXPECT_FALSE(queue.IsIdle("main"));
  EXPECT_TRUE(queue.IsIdle("other"));
  TakeAll(queue);
  EXPECT_FALSE(queue.IsIdle("main"));
  queue.Finish(N("a"), At(1));
  EXPECT_TRUE(queue.IsIdle("main"));
}

TEST(QueueState, MeasuresWaitingAndWork) {
  QueueState queue(9);
  queue.Add(N("a"), "main", Priority::kFresh, At(0));
  queue.Add(N("b"), "main", Priority::kFresh, At(0));
  EXPECT_EQ(queue.Take(At(2))->waited, seconds(2));
  ASSERT_TRUE(queue.Take(At(3)));
  EXPECT_EQ(queue.LongestRunning(At(10)), seconds(8));
  EXPECT_EQ(queue.Unfinished(At(10)), seconds(15));
  EXPECT_EQ(queue.Finish(N("a"), At(10)), seconds(8));
  EXPECT_EQ(queue.running(), 1);
  EXPECT_EQ(queue.LongestRunning(At(10)), seconds(7));
}

TEST(Backoff, DoublesFromFiveMillisecondsToAThousandSeconds) {
  Backoff backoff;
  for (const int wait : {5, 10, 20, 40, 80, 160}) EXPECT_EQ(backoff.Failed(N("a")), milliseconds(wait));
  for (int i = 0; i < 100; ++i) backoff.Failed(N("a"));
  EXPECT_EQ(backoff.Failed(N("a")), seconds(1000));
}

TEST(Backoff, StartsAfreshOnceForgottenAndCountsPerItem) {
  Backoff backoff;
  backoff.Failed(N("a"));
  backoff.Failed(N("a"));
  EXPECT_EQ(backoff.Failed(N("b")), milliseconds(5));
  backoff.Forget(N("a"));
  EXPECT_EQ(backoff.Failed(N("a")), milliseconds(5));
}

class QueueTest : public testing::Test {
 protected:
  Metrics metrics;
  ManualClock clock;
  Queue queue{"stores", {}, clock, metrics};
};

TEST_F(QueueTest, AsksForAWorkerWhenMoreCanBeTakenThanWait) {
  queue.Add(N("a"), "main", Priority::kFresh);
  queue.Add(N("b"), "main", Priority::kFresh);
  EXPECT_TRUE(queue.AwaitShortage());
  EXPECT_TRUE(queue.AwaitShortage());
  EXPECT_TRUE(queue.Take(milliseconds(0)));
  EXPECT_TRUE(queue.Take(milliseconds(0)));
  queue.Shut();
  EXPECT_FALSE(queue.AwaitShortage());
}

TEST_F(QueueTest, AsksForNoMoreWorkersThanThereMayBe) {
  Queue small("small", {.slots_per_lane = 9, .workers = 1}, clock, metrics);
  small.Add(N("a"), "main", Priority::kFresh);
  small.Add(N("b"), "main", Priority::kFresh);
  EXPECT_TRUE(small.AwaitShortage());
  bool more = true;
  std::jthread dispatcher([&] { more = small.AwaitShortage(); });
  EXPECT_EQ(small.Take(milliseconds(0))->name, N("a"));
  small.Finish(N("a"));
  EXPECT_EQ(small.Take(milliseconds(0))->name, N("b"));
  small.Shut();
  dispatcher.join();
  EXPECT_FALSE(more);
}

TEST_F(QueueTest, HandsOutADelayedItemWhenTheClockReachesIt) {
  queue.AddAfter(N("a"), "main", Priority::kResync, seconds(60));
  clock.Advance(seconds(60));
  ASSERT_TRUE(queue.AwaitShortage());
  EXPECT_EQ(queue.Take(milliseconds(0))->name, N("a"));
}

TEST_F(QueueTest, DropsWhatIsQueuedWhenShut) {
  queue.Add(N("a"), "main", Priority::kFresh);
  queue.Shut();
  queue.Add(N("b"), "main", Priority::kFresh);
  EXPECT_FALSE(queue.Take(milliseconds(0)));
  EXPECT_TRUE(queue.AwaitIdle(std::chrono::steady_clock::now()));
}

TEST_F(QueueTest, ShowsItsSeriesAsZeroFromTheStart) {
  const std::string text = metrics.Text();
  for (const char* series : {
           R"(workqueue_depth{controller="stores",name="stores"} 0)",
           R"(workqueue_adds_total{controller="stores",name="stores"} 0)",
           R"(workqueue_retries_total{controller="stores",name="stores"} 0)",
           R"(workqueue_unfinished_work_seconds{controller="stores",name="stores"} 0)",
           R"(workqueue_longest_running_processor_seconds{controller="stores",name="stores"} 0)",
           R"(workqueue_queue_duration_seconds_count{controller="stores",name="stores"} 0)",
           R"(workqueue_work_duration_seconds_count{controller="stores",name="stores"} 0)",
       }) {
    EXPECT_THAT(text, testing::HasSubstr(series));
  }
}

TEST_F(QueueTest, CountsAddsRetriesDepthAndWork) {
  queue.Add(N("a"), "main", Priority::kFresh);
  queue.Add(N("a"), "main", Priority::kFresh);
  queue.Add(N("b"), "main", Priority::kFresh);
  queue.AddRateLimited(N("c"), "main", Priority::kFresh);
  ASSERT_TRUE(queue.AwaitShortage());
  ASSERT_TRUE(queue.Take(milliseconds(0)));
  clock.Advance(seconds(7));
  const std::string text = metrics.Text();
  for (const char* series : {
           R"(workqueue_depth{controller="stores",name="stores"} 1)",
           R"(workqueue_adds_total{controller="stores",name="stores"} 2)",
           R"(workqueue_retries_total{controller="stores",name="stores"} 1)",
           R"(workqueue_longest_running_processor_seconds{controller="stores",name="stores"} 7)",
       }) {
    EXPECT_THAT(text, testing::HasSubstr(series));
  }
}

}  // namespace
}  // namespace freehold::runtime

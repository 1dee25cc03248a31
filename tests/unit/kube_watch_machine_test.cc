#include <gmock/gmock.h>

#include "operator/kube/watch_machine.h"

namespace freehold::kube::watch {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const std::chrono::steady_clock::time_point kNow{std::chrono::hours(1)};

base::Failure Fault(const std::string& reason) { return {base::FailureClass::kRetryable, reason, reason, {}, 0}; }
Failed Fails(const std::string& reason) { return {Fault(reason)}; }

struct Row {
  std::string name;
  State before;
  Event event;
  State after;
  std::vector<Action> actions;
  bool streaming_lists = true;
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

class Transition : public testing::TestWithParam<Row> {};

TEST_P(Transition, LeadsToStateAndActions) {
  const Row& row = GetParam();
  const auto [machine, actions] =
      Advance({.state = row.before, .streaming_lists = row.streaming_lists, .healthy_since = kNow - seconds(60)},
              row.event, {kNow, 0});
  EXPECT_TRUE(machine.state == row.after) << "state " << machine.state.index() << " instead of " << row.after.index();
  EXPECT_TRUE(actions == row.actions) << actions.size() << " actions instead of " << row.actions.size();
}

const Wait kFirstWait{milliseconds(800)};

INSTANTIATE_TEST_SUITE_P(
    Watch, Transition,
    testing::Values(
        Row{"StartsWithAStreamedList", Empty{}, Started{}, InitialStream{}, {ClearBuffer{}, OpenStream{"", true}}},
        Row{"StartsWithPagesWhereStreamsAreNotOffered",
            Empty{},
            Started{},
            Listing{},
            {ClearBuffer{}, ReadPage{""}},
            false},
        Row{"ReadsTheNextPage", Listing{}, PageRead{"7", "more"}, Listing{"more"}, {BufferItems{}, ReadPage{"more"}}},
        Row{"CommitsAfterTheLastPageAndWatches",
            Listing{"more"},
            PageRead{"7", ""},
            Watching{"7"},
            {BufferItems{}, CommitBuffer{}, OpenStream{"7", false}}},
        Row{"StartsOverWhenAContinueTokenExpired",
            Listing{"more"},
            Fails("Gone"),
            BackingOff{Empty{}},
            {Report{Fault("Gone")}, kFirstWait}},
        Row{"BuffersWhatTheInitialStreamBrings",
            InitialStream{},
            ObjectSeen{Change::kAdded, "3"},
            InitialStream{},
            {BufferItems{}}},
        Row{"ForgetsWhatIsDeletedDuringTheInitialStream",
            InitialStream{},
            ObjectSeen{Change::kDeleted, "3"},
            InitialStream{},
            {UnbufferObject{}}},
        Row{"IgnoresPlainBookmarksInTheInitialStream", InitialStream{}, BookmarkSeen{"3", false}, InitialStream{}, {}},
        Row{"CommitsAtTheAnnotatedBookmarkAndGoesOnInTheSameStream",
            InitialStream{},
            BookmarkSeen{"9", true},
            Watching{"9"},
            {CommitBuffer{}}},
        Row{"ListsWhenTheInitialStreamIsRefused",
            InitialStream{},
            Fails("Invalid"),
            Listing{},
            {ClearBuffer{}, ReadPage{""}}},
        Row{"ListsWhenTheInitialStreamEndsWithoutItsBookmark",
            InitialStream{},
            StreamEnded{},
            Listing{},
            {ClearBuffer{}, ReadPage{""}}},
        Row{"TriesTheInitialStreamAgainAfterAFailure",
            InitialStream{},
            Fails("ApiUnreachable"),
            BackingOff{Empty{}},
            {Report{Fault("ApiUnreachable")}, kFirstWait}},
        Row{"PutsWhatChanges", Watching{"7"}, ObjectSeen{Change::kModified, "8"}, Watching{"8", true}, {PutObject{}}},
        Row{"RemovesWhatIsDeleted",
            Watching{"7"},
            ObjectSeen{Change::kDeleted, "8"},
            Watching{"8", true},
            {RemoveObject{}}},
        Row{"AdvancesByBookmarks", Watching{"7"}, BookmarkSeen{"12", false}, Watching{"12", true}, {}},
        Row{"ResumesWhereTheStreamEnded",
            Watching{"12", true},
            StreamEnded{},
            Watching{"12"},
            {OpenStream{"12", false}}},
        Row{"WaitsWhenStreamsEndAsSoonAsTheyBegin",
            Watching{"12"},
            StreamEnded{true},
            BackingOff{Watching{"12"}},
            {Report{Fault("ApiUnavailable")}, kFirstWait}},
        Row{"StartsOverWhenTheVersionExpired",
            Watching{"12"},
            Fails("Gone"),
            InitialStream{},
            {ClearBuffer{}, OpenStream{"", true}}},
        Row{"KeepsItsPlaceThroughOtherFailures",
            Watching{"12"},
            Fails("ApiUnavailable"),
            BackingOff{Watching{"12"}},
            {Report{Fault("ApiUnavailable")}, kFirstWait}},
        Row{"GoesOnFromItsPlaceAfterTheWait",
            BackingOff{Watching{"12"}},
            WaitedOut{},
            Watching{"12"},
            {OpenStream{"12", false}}},
        Row{"BeginsAnewAfterTheWaitWhenItHadNoPlace",
            BackingOff{Empty{}},
            WaitedOut{},
            InitialStream{},
            {ClearBuffer{}, OpenStream{"", true}}},
        Row{"IgnoresWhatMakesNoSense", Watching{"12"}, PageRead{"1", ""}, Watching{"12"}, {}}),
    [](const auto& info) { return info.param.name; });

milliseconds PauseOf(const std::vector<Action>& actions) {
  for (const Action& action : actions) {
    if (const auto* wait = std::get_if<Wait>(&action)) return wait->pause;
  }
  return milliseconds(-1);
}

TEST(WatchPauses, DoubleUpToTheLongest) {
  Machine machine{.state = Watching{"1"}};
  std::vector<int> pauses;
  for (int i = 0; i < 8; ++i) {
    auto [failed, actions] = Advance(machine, Fails("ApiUnreachable"), {kNow, 0});
    pauses.push_back(static_cast<int>(PauseOf(actions).count()));
    machine = Advance(failed, WaitedOut{}, {kNow, 0}).machine;
  }
  EXPECT_THAT(pauses, testing::ElementsAre(800, 1600, 3200, 6400, 12800, 25600, 30000, 30000));
}

TEST(WatchPauses, AreSpreadByChance) {
  const auto step = Advance({.state = Watching{"1"}}, Fails("ApiUnreachable"), {kNow, 0.5});
  EXPECT_EQ(PauseOf(step.actions), milliseconds(1200));
}

/// After failures enough for the next pause to be 16 s, and as long since it is well.
milliseconds PauseAfter(State state, std::chrono::milliseconds well) {
  Machine machine{.state = std::move(state), .healthy_since = kNow - well};
  machine.pauses.next = seconds(16);
  return PauseOf(Advance(machine, Fails("ApiUnreachable"), {kNow, 0}).actions);
}

TEST(WatchPauses, StartAnewAfterTwoHealthyMinutes) {
  EXPECT_EQ(PauseAfter(InitialStream{}, seconds(121)), milliseconds(800));
  EXPECT_EQ(PauseAfter(InitialStream{}, seconds(119)), seconds(16));
}

TEST(WatchPauses, AreShortAfterAStreamThatLastedOrBroughtSomething) {
  EXPECT_EQ(PauseAfter(Watching{"1"}, seconds(16)), milliseconds(800));
  EXPECT_EQ(PauseAfter(Watching{"1"}, seconds(15)), seconds(16));
  EXPECT_EQ(PauseAfter(Watching{"1", true}, milliseconds(1)), milliseconds(800));
}

TEST(WatchPauses, GrowThoughThereWasAStreamThatBroughtSomething) {
  Machine machine{.state = Watching{"1", true}, .healthy_since = kNow - seconds(60)};
  std::vector<int> pauses;
  for (int i = 0; i < 4; ++i) {
    auto [failed, actions] = Advance(machine, Fails("ApiUnreachable"), {kNow, 0});
    pauses.push_back(static_cast<int>(PauseOf(actions).count()));
    machine = Advance(failed, WaitedOut{}, {kNow, 0}).machine;
  }
  EXPECT_THAT(pauses, testing::ElementsAre(800, 800, 1600, 3200));
}

TEST(WatchPauses, AreNeverShorterThanTheServerAsked) {
  Failed busy = Fails("TooManyRequests");
  busy.failure.after = seconds(7);
  EXPECT_EQ(PauseOf(Advance({.state = Watching{"1"}}, busy, {kNow, 0}).actions), seconds(7));
}

TEST(WatchPauses, HoldBackAVersionThatExpiresAtOnce) {
  const Machine young{.state = Watching{"1"}, .healthy_since = kNow - milliseconds(10)};
  const auto step = Advance(young, Fails("Gone"), {kNow, 0});
  EXPECT_TRUE(step.machine.state == State(BackingOff{Empty{}}));
}

TEST(WatchPauses, GrowFromListToListThatExpiresAtOnceAndNoOtherTroubleCountsThen) {
  Machine machine{.state = InitialStream{}};
  machine.pauses.next = seconds(16);
  std::vector<int> pauses;
  for (int i = 0; i < 3; ++i) {
    const auto listed = Advance(machine, BookmarkSeen{"1", true}, {kNow, 0}).machine;
    const auto [expired, actions] = Advance(listed, Fails("Gone"), {kNow, 0});
    pauses.push_back(static_cast<int>(PauseOf(actions).count()));
    machine = Advance(expired, WaitedOut{}, {kNow, 0}).machine;
  }
  EXPECT_THAT(pauses, testing::ElementsAre(800, 1600, 3200));
  EXPECT_EQ(PauseOf(Advance(machine, Fails("ApiUnreachable"), {kNow, 0}).actions), milliseconds(800));
}

TEST(WatchMachine, AsksForNoStreamedListAgainOnceItWasRefused) {
  const auto refused = Advance({.state = InitialStream{}}, Fails("Invalid"), {kNow, 0});
  EXPECT_FALSE(refused.machine.streaming_lists);
}

}  // namespace
}  // namespace freehold::kube::watch

// Every story is told once undisturbed, and the effects of each chapter are counted. Then it is told again and again:
// in each chapter the process dies before the first effect, the next time after the first, after the second and so on
// (which leaves what dying before the next leaves: only effects outlive a process). Others go on without it. A new one
// starts and comes to rest, and the end is compared: the same end, no effect lost, nothing made or removed twice. After
// every fourth crash, and at the end of all, one more starts and finds nothing left to do.
#include <gtest/gtest.h>
#include <unistd.h>

#include <iomanip>
#include <iostream>

#include "await.h"
#include "end.h"
#include "story.h"

namespace freehold::test {
namespace {

/// Counts what makes or removes something, over several lives.
class Tally : public runtime::GateObserver {
 public:
  void Before(const runtime::Effect&) override {}
  void After(const runtime::Effect& effect, std::chrono::steady_clock::duration,
             const base::Failure* failure) override {
    // Other verbs name what is missing of something, which is less after a crash.
    static const std::set<std::string> kWhole = {
        "create-database", "create-secret",  "create-report",    "drop-database", "delete-secret",
        "delete-report",   "make-connector", "delete-connector", "make-spare",    "drop-spare"};
    if (kWhole.contains(effect.verb) && !failure) ++counts_[effect.verb];
  }
  const std::map<std::string, int>& counts() const { return counts_; }

 private:
  std::map<std::string, int> counts_;
};

/// Dies once so many effects are done.
class Dying final : public runtime::GateObserver {
 public:
  Dying(int effects, Tally& tally) : effects_(effects), tally_(tally) {}

  void Before(const runtime::Effect& effect) override {
    if (effects_ == 0) Die("before " + effect.verb);
    ++count_;
  }
  void After(const runtime::Effect& effect, std::chrono::steady_clock::duration took,
             const base::Failure* failure) override {
    tally_.After(effect, took, failure);
    if (count_ == effects_) Die("after " + effect.verb);
  }
  const std::string& place() const { return place_; }

 private:
  void Die(const std::string& place) {
    place_ = place;
    throw Crash{};
  }

  const int effects_;
  Tally& tally_;
  int count_ = 0;
  std::string place_;
};

/// One line of the table.
struct Row {
  std::string story, chapter;
  int effects = 0, crashes = 0;
  bool well = true;
};

std::vector<Row>& Table() {
  static std::vector<Row> table;
  return table;
}

class CrashSweep : public testing::TestWithParam<Story> {
 protected:
  /// What is known of a chapter.
  struct Known {
    End end;
    std::map<std::string, int> made;
    bool tried = false;  ///< at every effect
    Row row;
  };

  static void TearDownTestSuite() {
    std::cout << "    " << std::left << std::setw(28) << "story" << std::setw(34) << "chapter" << std::right
              << std::setw(8) << "effects" << std::setw(9) << "crashes"
              << "  end\n";
    for (const auto& row : Table()) {
      std::cout << "    " << std::left << std::setw(28) << row.story << std::setw(34) << row.chapter << std::right
                << std::setw(8) << row.effects << std::setw(9) << row.crashes << (row.well ? "  same" : "  ANOTHER")
                << "\n";
    }
    Table().clear();
  }
  void TearDown() override {
    for (auto& known : known_) {
      known.row.well = known.tried && !HasFailure();
      Table().push_back(known.row);
    }
  }

  Plot Begin() {
    // A day that ends in the midst of a story would be one effect more.
    const auto now = world_.clock.Wall();
    if (std::chrono::ceil<std::chrono::days>(now) - now < std::chrono::hours(1)) {
      world_.clock.Advance(std::chrono::hours(-2));
    }
    world_.Start()->Settle();
    return GetParam().begin(world_);
  }
  End EndOfWorld() {
    auto end = EndOf(world_);
    if (plot_.also) end["beside"] = plot_.also();
    return end;
  }
  /// Throws std::runtime_error when it takes too long, Crash when the observer does.
  void Rest(Operator& life, const Chapter& chapter) {
    const bool rests = Await(std::chrono::seconds(60), [&] {
      life.Settle();
      return !chapter.until || chapter.until();
    });
    if (!rests) throw std::runtime_error("what should come by itself did not come\n" + Difference(EndOfWorld(), {}));
    if (chapter.until) life.Settle();
  }
  bool Dies(const Chapter& chapter, Dying& dying) {
    try {
      Rest(*world_.Start(&dying), chapter);
      return false;
    } catch (const Crash&) {
      return true;
    }
  }

  void TellUndisturbed(const Chapter& chapter) {
    chapter.change();
    Tally tally;
    const auto life = world_.Start(&tally);
    Rest(*life, chapter);
    known_.push_back({.end = EndOfWorld(),
                      .made = tally.counts(),
                      .row = {.story = GetParam().name, .chapter = chapter.name, .effects = life->effects()}});
    ASSERT_GT(life->effects(), 0) << chapter.name;
  }

  /// From a chapter on.
  bool AllTried(std::size_t from = 0) const {
    return std::ranges::all_of(known_.begin() + static_cast<std::ptrdiff_t>(from), known_.end(), &Known::tried);
  }
  /// What is aside, once neither it nor what comes later has anything to show.
  bool IsLeftOut(std::size_t at) const {
    const auto& chapters = plot_.chapters;
    if (!chapters[at].aside) return false;
    while (at > 0 && chapters[at - 1].aside) --at;
    return AllTried(at);
  }

  /// Dies after so many effects; a chapter that was tried at every effect only leads on to the next one.
  void Tell(const Chapter& chapter, Known& known, int effects) {
    chapter.change();
    if (known.tried) return Rest(*world_.Start(), chapter);
    Tally tally;
    Dying dying(effects, tally);
    // What happens by itself is awaited in more effects or fewer; of everything else the number is known.
    const bool over = !chapter.until && effects > known.row.effects;
    if (!over && Dies(chapter, dying)) {
      ++known.row.crashes;
    } else {
      known.tried = true;
    }
    SCOPED_TRACE(chapter.name + ", crashed " + dying.place() + " (effect " + std::to_string(effects) + " of " +
                 std::to_string(known.row.effects) + ")");
    world_.meanwhile();
    ASSERT_NO_THROW(Rest(*world_.Start(&tally), chapter));
    const auto end = EndOfWorld();
    ASSERT_EQ(Difference(end, known.end), "");
    ASSERT_EQ(tally.counts(), known.made);
    if (effects % 4 != 0 && !known.tried) return;
    const auto quiet = world_.Start();
    quiet->Settle();
    ASSERT_EQ(quiet->effects(), 0) << "work is left after the world came to rest";
  }

  OperatorWorld world_{"t" + std::to_string(::getpid()), GetParam().major, GetParam().server_spec, GetParam().admin};
  Plot plot_ = Begin();
  std::vector<Known> known_;
};

TEST_P(CrashSweep, EndsAsTheUndisturbedRunDoes) {
  for (const auto& chapter : plot_.chapters) ASSERT_NO_FATAL_FAILURE(TellUndisturbed(chapter));
  for (int effects = 0; !AllTried(); ++effects) {
    for (std::size_t at = 0; at < known_.size(); ++at) {
      if (IsLeftOut(at)) continue;
      ASSERT_NO_FATAL_FAILURE(Tell(plot_.chapters[at], known_[at], effects));
    }
  }
  for (std::size_t at = 0; at < known_.size(); ++at) {
    const auto& [story, chapter, effects, crashes, well] = known_[at].row;
    EXPECT_EQ(crashes, plot_.chapters[at].until ? crashes : effects + 1) << chapter;
  }
}

std::string NameOf(const testing::TestParamInfo<Story>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(Stores, CrashSweep, testing::ValuesIn(StoresStories()), NameOf);
INSTANTIATE_TEST_SUITE_P(Events, CrashSweep, testing::ValuesIn(EventsStories()), NameOf);
INSTANTIATE_TEST_SUITE_P(Reporting, CrashSweep, testing::ValuesIn(ReportingStories()), NameOf);
INSTANTIATE_TEST_SUITE_P(Upkeep, CrashSweep, testing::ValuesIn(UpkeepStories()), NameOf);

}  // namespace

std::ostream& operator<<(std::ostream& out, const Story& story) { return out << story.name; }

}  // namespace freehold::test

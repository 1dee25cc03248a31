// Every story is told once undisturbed, and the effects of each chapter are kept. Then it is told again and again,
// until there is no place in a chapter where no process died: before its first effect, and after each. (Dying before an
// effect leaves what dying after the one before leaves: only effects outlive a process.) Others go on without it. The
// next process dies as well, at the first place it comes to where none did. The third comes to rest, and the end is
// compared: the same end, no effect lost, nothing made or removed twice. After every second telling, and at the end of
// all, one more starts and finds nothing left to do.
#include <gtest/gtest.h>
#include <unistd.h>

#include <iomanip>
#include <iostream>

#include "await.h"
#include "end.h"
#include "story.h"

namespace freehold::test {
namespace {

/// What was done, over several lives.
class Tally : public runtime::GateObserver {
 public:
  void Before(const runtime::Effect&) override {}
  void After(const runtime::Effect& effect, std::chrono::steady_clock::duration,
             const base::Failure* failure) override {
    const auto name = effect.verb + " " + effect.target;
    done_.push_back(name + ", time " + std::to_string(++times_[name]));
    // Other verbs name what is missing of something, which is less after a crash.
    static const std::set<std::string> kWhole = {
        "create-database", "create-secret",  "create-report",    "drop-database", "delete-secret",
        "delete-report",   "make-connector", "delete-connector", "make-spare",    "drop-spare"};
    if (kWhole.contains(effect.verb) && !failure) ++counts_[effect.verb];
  }
  const std::vector<std::string>& done() const { return done_; }
  /// Of what makes or removes something whole.
  const std::map<std::string, int>& counts() const { return counts_; }

 private:
  std::vector<std::string> done_;
  std::map<std::string, int> times_, counts_;
};

/// Dies where it is told to.
class Dying final : public runtime::GateObserver {
 public:
  /// Whether here: asked before its first effect, and after each with how many it has done and the name of the last.
  using Where = std::function<bool(std::size_t effects, const std::string& last)>;
  Dying(Where where, Tally& tally) : where_(std::move(where)), tally_(tally) {}

  void Before(const runtime::Effect& effect) override {
    if (effects_ == 0 && where_(0, "")) Die("before " + effect.verb);
  }
  void After(const runtime::Effect& effect, std::chrono::steady_clock::duration took,
             const base::Failure* failure) override {
    tally_.After(effect, took, failure);
    const auto& last = tally_.done().back();
    if (where_(++effects_, last)) Die("after " + last);
  }
  /// In words; empty while it lives.
  const std::string& death() const { return death_; }

 private:
  void Die(const std::string& death) {
    death_ = death;
    throw Crash{};
  }

  const Where where_;
  Tally& tally_;
  std::size_t effects_ = 0;
  std::string death_;
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
    /// The first place where none died, by the number of effects before it.
    std::size_t NextPlace() const {
      std::size_t place = 0;
      while (places.contains(place)) ++place;
      return place;
    }
    bool IsTried() const { return NextPlace() > effects.size(); }
    /// Takes the place after this effect, unless there is none or it is taken.
    bool Take(const std::string& effect) {
      const auto found = std::ranges::find(effects, effect);
      return found != effects.end() && places.insert(static_cast<std::size_t>(found - effects.begin()) + 1).second;
    }

    End end;
    std::map<std::string, int> made;
    std::vector<std::string> effects;  ///< of the undisturbed run
    std::set<std::size_t> places;      ///< taken: a process died there, or did less than that
    int tellings = 0;
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
      known.row.well = known.IsTried() && !HasFailure();
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
      world_.meanwhile();
      return true;
    }
  }

  void TellUndisturbed(const Chapter& chapter) {
    chapter.change();
    Tally tally;
    Rest(*world_.Start(&tally), chapter);
    ASSERT_FALSE(tally.done().empty()) << chapter.name;
    const auto effects = static_cast<int>(tally.done().size());
    known_.push_back({.end = EndOfWorld(),
                      .made = tally.counts(),
                      .effects = tally.done(),
                      .row = {.story = GetParam().name, .chapter = chapter.name, .effects = effects}});
  }

  /// From a chapter on.
  bool AllTried(std::size_t from = 0) const {
    return std::ranges::all_of(known_.begin() + static_cast<std::ptrdiff_t>(from), known_.end(), &Known::IsTried);
  }
  /// What is aside, once neither it nor what comes later has anything to show.
  bool IsLeftOut(std::size_t at) const {
    const auto& chapters = plot_.chapters;
    if (!chapters[at].aside) return false;
    while (at > 0 && chapters[at - 1].aside) --at;
    return AllTried(at);
  }

  /// A chapter that was tried at every place only leads on to the next one.
  void Tell(const Chapter& chapter, Known& known) {
    chapter.change();
    if (known.IsTried()) return Rest(*world_.Start(), chapter);
    Tally tally;
    const auto place = known.NextPlace();
    Dying first([place](std::size_t effects, const std::string&) { return effects == place; }, tally);
    Dying second([&known](std::size_t, const std::string& last) { return known.Take(last); }, tally);
    known.places.insert(place);
    for (auto* life : {&first, &second}) known.row.crashes += Dies(chapter, *life);
    SCOPED_TRACE(chapter.name + ", crashed " + first.death() + " (effect " + std::to_string(place) + " of " +
                 std::to_string(known.effects.size()) + "), then " + second.death());
    // What happens by itself is awaited in more effects or fewer; of everything else the number is known.
    EXPECT_TRUE(chapter.until || !first.death().empty()) << "fewer effects than undisturbed";
    ASSERT_NO_THROW(Rest(*world_.Start(&tally), chapter));
    const auto end = EndOfWorld();
    ASSERT_EQ(Difference(end, known.end), "");
    ASSERT_EQ(tally.counts(), known.made);
    if (++known.tellings % 2 != 0 && !known.IsTried()) return;
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
  while (!AllTried()) {
    for (std::size_t at = 0; at < known_.size(); ++at) {
      if (IsLeftOut(at)) continue;
      ASSERT_NO_FATAL_FAILURE(Tell(plot_.chapters[at], known_[at]));
    }
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

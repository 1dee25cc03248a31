// How consumers of one publisher share a look at its database.
#include <gmock/gmock.h>

#include "reconcilers/channels/looks.h"
#include "tests/unit/manual_clock.h"

namespace freehold::channels {
namespace {

using testing::ElementsAre;

class SharedLooks : public testing::Test {
 protected:
  using Answers = std::map<std::string, base::Result<int>>;

  base::Result<int> Take(const std::string& channel) { return looks.Take(server, "orders_db", channel); }

  /// Tells how often it was asked; channel "broken" can't be looked at.
  base::Result<Answers> Ask(const std::vector<std::string>& channels) {
    asked.push_back(channels);
    if (down) return base::Retryable("ServerUnreachable", "down");
    Answers answers;
    for (const auto& channel : channels) {
      base::Result<int> one = static_cast<int>(asked.size());
      if (channel == "broken") one = base::Retryable("StatementFailed", "no");
      answers.emplace(channel, one);
    }
    return answers;
  }

  const engines::ServerAccess server{.name = "main"};
  std::vector<std::vector<std::string>> asked;
  bool down = false;
  ManualClock clock;
  Looks<int> looks{[this](const auto&, const auto&, const auto& channels) { return Ask(channels); }, clock,
                   std::chrono::seconds(1)};
};

TEST_F(SharedLooks, AreTakenForAllWhoAskedBefore) {
  EXPECT_EQ(*Take("a"), 1);
  EXPECT_EQ(*Take("b"), 2) << "nobody knew of it";
  clock.Advance(std::chrono::seconds(15));
  EXPECT_EQ(*Take("a"), 3);
  EXPECT_EQ(*Take("b"), 3);
  EXPECT_THAT(asked, ElementsAre(ElementsAre("a"), ElementsAre("a", "b"), ElementsAre("a", "b")));
}

TEST_F(SharedLooks, AreHandedOutOnceAndWhileTheyAreFresh) {
  Take("a");
  Take("b");
  EXPECT_EQ(*Take("a"), 2) << "taken with b";
  EXPECT_EQ(*Take("a"), 3) << "who asks again wants to know what is now";
  clock.Advance(std::chrono::seconds(2));
  EXPECT_EQ(*Take("b"), 4);
}

TEST_F(SharedLooks, FailForOneAloneOrForAllWithoutBeingKept) {
  Take("a");
  EXPECT_FALSE(Take("broken"));
  EXPECT_TRUE(Take("a"));
  down = true;
  clock.Advance(std::chrono::seconds(2));
  EXPECT_FALSE(Take("a"));
  down = false;
  EXPECT_TRUE(Take("a"));
}

TEST_F(SharedLooks, AreNotTakenForThoseWhoCameNoMore) {
  Take("a");
  Take("b");
  clock.Advance(std::chrono::seconds(61));
  Take("a");
  EXPECT_THAT(asked.back(), ElementsAre("a"));
}

}  // namespace
}  // namespace freehold::channels

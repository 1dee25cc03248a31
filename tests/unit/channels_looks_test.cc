// How consumers of one publisher share a look at its database.
#include <gmock/gmock.h>

#include "reconcilers/channels/looks.h"
#include "tests/unit/fake_engine.h"
#include "tests/unit/manual_clock.h"

namespace freehold::channels {
namespace {

using testing::ElementsAre;

/// Tells by `written` how often it was asked; channel "broken" can't be looked at.
class Publisher : public engines::FakeEngine {
 public:
  base::Result<std::map<std::string, base::Result<engines::ChannelSeen>>> ObserveChannels(
      const engines::ServerAccess&, const std::string&, const std::vector<std::string>& channels) override {
    asked.push_back(channels);
    if (down) return base::Retryable("ServerUnreachable", "down");
    std::map<std::string, base::Result<engines::ChannelSeen>> seen;
    for (const auto& channel : channels) {
      base::Result<engines::ChannelSeen> one = engines::ChannelSeen{.written = static_cast<int>(asked.size())};
      if (channel == "broken") one = base::Retryable("StatementFailed", "no");
      seen.emplace(channel, one);
    }
    return seen;
  }

  std::vector<std::vector<std::string>> asked;
  bool down = false;
};

class SharedLooks : public testing::Test {
 protected:
  base::Result<engines::ChannelSeen> Take(const std::string& channel) {
    return looks.Take(server, "orders_db", channel);
  }

  const engines::ServerAccess server{.name = "main"};
  Publisher publisher;
  ManualClock clock;
  Looks looks{publisher, clock, std::chrono::seconds(1)};
};

TEST_F(SharedLooks, AreTakenForAllWhoAskedBefore) {
  EXPECT_EQ(Take("a")->written, 1);
  EXPECT_EQ(Take("b")->written, 2) << "nobody knew of it";
  clock.Advance(std::chrono::seconds(15));
  EXPECT_EQ(Take("a")->written, 3);
  EXPECT_EQ(Take("b")->written, 3);
  EXPECT_THAT(publisher.asked, ElementsAre(ElementsAre("a"), ElementsAre("a", "b"), ElementsAre("a", "b")));
}

TEST_F(SharedLooks, AreHandedOutOnceAndWhileTheyAreFresh) {
  Take("a");
  Take("b");
  EXPECT_EQ(Take("a")->written, 2) << "taken with b";
  EXPECT_EQ(Take("a")->written, 3) << "who asks again wants to know what is now";
  clock.Advance(std::chrono::seconds(2));
  EXPECT_EQ(Take("b")->written, 4);
}

TEST_F(SharedLooks, FailForOneAloneOrForAllWithoutBeingKept) {
  Take("a");
  EXPECT_FALSE(Take("broken"));
  EXPECT_TRUE(Take("a"));
  publisher.down = true;
  clock.Advance(std::chrono::seconds(2));
  EXPECT_FALSE(Take("a"));
  publisher.down = false;
  EXPECT_TRUE(Take("a"));
}

TEST_F(SharedLooks, AreNotTakenForThoseWhoCameNoMore) {
  Take("a");
  Take("b");
  clock.Advance(std::chrono::seconds(61));
  Take("a");
  EXPECT_THAT(publisher.asked.back(), ElementsAre("a"));
}

}  // namespace
}  // namespace freehold::channels

#include <gmock/gmock.h>

#include <sstream>

#include "operator/base/clock.h"
#include "operator/base/json.h"
#include "operator/base/sensitive.h"

namespace freehold::base {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(Time, IsReadAsItIsWritten) {
  for (const char* text : {"2026-03-01T12:00:00Z", "1970-01-01T00:00:00Z", "2024-02-29T23:59:59Z"}) {
    const auto time = ParseTime(text);
    ASSERT_TRUE(time) << text;
    EXPECT_EQ(FormatTime(*time), text);
  }
}

TEST(Time, TakesOffsetsAndDropsFractions) {
  const Timestamp noon = *ParseTime("2026-03-01T12:00:00Z");
  EXPECT_EQ(ParseTime("2026-03-01T14:00:00+02:00"), noon);
  EXPECT_EQ(ParseTime("2026-03-01T06:30:00-05:30"), noon);
  EXPECT_EQ(ParseTime("2026-03-01T12:00:00.999999Z"), noon);
}

TEST(Time, RefusesWhatIsNone) {
  for (const char* text : {"", "tomorrow", "2026-03-01", "2026-02-30T12:00:00Z", "2026-03-01T25:00:00Z",
                           "2026-03-01T12:00:00", "2026-03-01T12:00:00+0200", "2026-03-01T12:00:00Zx"}) {
    const auto time = ParseTime(text);
    ASSERT_FALSE(time) << text;
    EXPECT_EQ(time.error().reason, "InvalidTime");
    EXPECT_EQ(time.error().kind, FailureClass::kTerminal);
  }
}

TEST(Duration, FollowsGosSyntax) {
  EXPECT_EQ(ParseDuration("720h"), hours(720));
  EXPECT_EQ(ParseDuration("1h30m"), minutes(90));
  EXPECT_EQ(ParseDuration("500ms"), milliseconds(500));
  EXPECT_EQ(ParseDuration("1.5s"), milliseconds(1500));
  EXPECT_EQ(ParseDuration("0s"), milliseconds(0));
}

TEST(Duration, RefusesWhatIsNone) {
  for (const char* text : {"", "h", "12", "-1h", "1d", "1h ", "one hour"}) EXPECT_FALSE(ParseDuration(text)) << text;
}

TEST(Duration, IsReadAsItIsWritten) {
  for (const milliseconds length : {milliseconds(0), milliseconds(1), milliseconds(1500), milliseconds(hours(720)),
                                    milliseconds(hours(1) + minutes(2) + seconds(3) + milliseconds(4))}) {
    EXPECT_EQ(ParseDuration(FormatDuration(length)), length) << FormatDuration(length);
  }
  EXPECT_EQ(FormatDuration(hours(720)), "720h");
  EXPECT_EQ(FormatDuration(minutes(90)), "1h30m");
}

TEST(SystemClock, MovesOn) {
  const auto before = SystemClock().Steady();
  EXPECT_GE(SystemClock().Steady(), before);
  EXPECT_GT(SystemClock().Now(), *ParseTime("2024-01-01T00:00:00Z"));
}

TEST(ParseJson, KeepsOrderAndKinds) {
  const auto json = ParseJson(R"({"z":1,"a":[true,null,-2,1.5,"\u00e4",18446744073709551615]})");
  ASSERT_TRUE(json) << json.error().message;
  EXPECT_EQ(json->dump(), R"({"z":1,"a":[true,null,-2,1.5,"ä",18446744073709551615]})");
}

TEST(ParseJson, RefusesWhatIsNone) {
  for (const char* text : {"", "{", "{\"a\":1}x", "nul", "{'a':1}", "\"\xff\""}) {
    const auto json = ParseJson(text);
    ASSERT_FALSE(json) << text;
    EXPECT_EQ(json.error().reason, "InvalidJson");
  }
}

TEST(ParseJson, RefusesWhatIsNestedTooDeep) {
  EXPECT_FALSE(ParseJson(std::string(100'000, '[') + std::string(100'000, ']')));
}

TEST(Sensitive, IsNeverPrinted) {
  const Sensitive secret("hunter2");
  std::ostringstream out;
  out << secret;
  EXPECT_EQ(out.str(), "***");
  EXPECT_EQ(secret.Reveal(), "hunter2");
  EXPECT_EQ(secret, Sensitive("hunter2"));
  EXPECT_FALSE(secret.empty());
}

}  // namespace
}  // namespace freehold::base

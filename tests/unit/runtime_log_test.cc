// Log lines: one event, one line, nothing that breaks out of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "operator/base/json.h"
#include "operator/runtime/log.h"
#include "operator/runtime/log_line.h"

namespace freehold::runtime::log {
namespace {

using std::string_literals::operator""s;
using testing::ElementsAre;

const auto kNoon = std::chrono::sys_days(std::chrono::year(2026) / 3 / 1) + std::chrono::milliseconds(43200007);

static_assert(!std::is_constructible_v<Value, base::Sensitive>);
static_assert(!std::is_constructible_v<Value, const base::Sensitive&>);

std::string Json(std::string_view message, Fields fields) {
  return JsonLine({kNoon, Level::kInfo, "stores", message, fields});
}
std::string Text(std::string_view message, Fields fields) {
  return TextLine({kNoon, Level::kInfo, "stores", message, fields});
}

TEST(JsonLine, HoldsTimeLevelLoggerMessageAndTypedFields) {
  EXPECT_EQ(Json("credential rotated", {{"store", kube::Name{"shop", "orders"}},
                                        {"attempt", 2},
                                        {"took", std::chrono::milliseconds(1500)},
                                        {"first", false}}),
            R"({"ts":"2026-03-01T12:00:00.007Z","level":"info","logger":"stores","msg":"credential rotated",)"
            R"("store":"shop/orders","attempt":2,"took":1.5,"first":false})");
}

TEST(JsonLine, IsOneLineOfValidJsonWhateverTheValues) {
  for (const std::string& value : std::vector<std::string>{"two\nlines", "a \"quote\"", "back\\slash", "\x1b[31mred",
                                                           "nul\0byte"s, "\xff\xfe not UTF-8", "\xe2\x80\xa8", ""}) {
    const std::string line = Json(value, {{"value", value}});
    EXPECT_EQ(line.find('\n'), line.npos) << line;
    const auto parsed = base::ParseJson(line);
    ASSERT_TRUE(parsed) << line;
    EXPECT_EQ(parsed->size(), 5u) << line;
  }
}

TEST(JsonLine, GivesBackExactlyWhatWasLogged) {
  const std::string value = "tab\t \"quoted\" \\ café \u2028 \x01";
  EXPECT_EQ((*base::ParseJson(Json("m", {{"value", value}})))["value"], value);
}

TEST(JsonLine, KeepsFieldsApartFromItsOwnKeys) {
  const auto parsed = base::ParseJson(
      Json("m", {{"msg", "other"}, {"level", 3}, {"number", std::numeric_limits<double>::quiet_NaN()}}));
  ASSERT_TRUE(parsed);
  EXPECT_EQ((*parsed)["msg"], "m");
  EXPECT_EQ((*parsed)["msg_"], "other");
  EXPECT_EQ((*parsed)["level_"], 3);
  EXPECT_TRUE((*parsed)["number"].is_null());
}

TEST(TextLine, ReadsWell) {
  EXPECT_EQ(Text("credential rotated", {{"store", kube::Name{"shop", "orders"}}, {"attempt", 2}}),
            "2026-03-01T12:00:00.007Z INFO  stores  credential rotated  store=shop/orders attempt=2");
  EXPECT_EQ(Text("started", {}), "2026-03-01T12:00:00.007Z INFO  stores  started");
}

TEST(TextLine, QuotesWhatIsNotOneWord) {
  struct Case {
    std::string value, shown;
  };
  for (const Case& c :
       {Case{"word", "word"}, Case{"", R"("")"}, Case{"two words", R"("two words")"}, Case{"a=b", R"("a=b")"},
        Case{"x\ny", R"("x\ny")"}, Case{"say \"hi\"", R"("say \"hi\"")"}, Case{"\x1b[31m", R"("\u001b[31m")"}}) {
    EXPECT_EQ(Text("m", {{"value", c.value}}), "2026-03-01T12:00:00.007Z INFO  stores  m  value=" + c.shown);
  }
}

TEST(TextLine, KeepsAMessageOnItsLine) {
  EXPECT_EQ(Text("one\ntwo", {}), R"(2026-03-01T12:00:00.007Z INFO  stores  one\ntwo)");
}

class LogTest : public testing::Test {
 protected:
  ~LogTest() override { Configure({}); }

  void Collect(Format format, Level level) {
    Configure({format, level, [this](std::string_view line) { lines.emplace_back(line); }});
  }

  std::vector<std::string> lines;
};

TEST_F(LogTest, WritesWhatReachesItsLevel) {
  Collect(Format::kText, Level::kWarn);
  Debug("a");
  Info("b");
  Warn("c");
  Error("d");
  EXPECT_THAT(lines, ElementsAre(testing::EndsWith("WARN  freehold  c"), testing::EndsWith("ERROR freehold  d")));
}

TEST_F(LogTest, DoesNotReadMessagesAsFormats) {
  Collect(Format::kText, Level::kInfo);
  Info("{} %s {0} %v", {{"value", "{}%d"}});
  EXPECT_THAT(lines, ElementsAre(testing::EndsWith("{} %s {0} %v  value={}%d")));
}

TEST_F(LogTest, NeverMixesTheLinesOfThreads) {
  Collect(Format::kJson, Level::kInfo);
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([] {
        for (int i = 0; i < 200; ++i) Logger("stress").Info("line", {{"i", i}});
      });
    }
  }
  EXPECT_EQ(lines.size(), 800u);
  for (const auto& line : lines) EXPECT_TRUE(base::ParseJson(line)) << line;
}

TEST(LogSettings, AreParsed) {
  EXPECT_EQ(ParseLevel("debug"), Level::kDebug);
  EXPECT_EQ(ParseLevel("loud").error().reason, "InvalidLogLevel");
  EXPECT_EQ(ParseFormat("json"), Format::kJson);
  EXPECT_EQ(ParseFormat("xml").error().reason, "InvalidLogFormat");
}

}  // namespace
}  // namespace freehold::runtime::log

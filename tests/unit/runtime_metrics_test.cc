// The registry, the series every process has, and what the gate counts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "operator/runtime/gate_metrics.h"
#include "operator/runtime/metrics.h"
#include "operator/runtime/process.h"
#include "operator/runtime/standard_metrics.h"
#include "tests/unit/manual_clock.h"

namespace freehold::runtime {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// The value of a series, by its line.
double ValueOf(const std::string& text, const std::string& series) {
  const auto at = text.find("\n" + series + " ");
  return at == text.npos ? -1 : std::stod(text.substr(at + series.size() + 2));
}

TEST(Metrics, ShowSeriesAsZeroFromTheMomentTheyAreAdded) {
  Metrics metrics;
  metrics.AddCounter("b_total", "B", {{"kind", "x"}});
  metrics.AddGauge("a", "A");
  EXPECT_EQ(metrics.Text(),
            "# HELP a A\n# TYPE a gauge\na 0\n"
            "# HELP b_total B\n# TYPE b_total counter\nb_total{kind=\"x\"} 0\n");
}

TEST(Metrics, GiveTheSameSeriesForTheSameNameAndLabels) {
  Metrics metrics;
  metrics.AddCounter("a_total", "A", {{"kind", "x"}}).Add(2);
  metrics.AddCounter("a_total", "A", {{"kind", "x"}}).Add();
  metrics.AddCounter("a_total", "A", {{"kind", "y"}}).Add();
  EXPECT_EQ(ValueOf(metrics.Text(), R"(a_total{kind="x"})"), 3);
  EXPECT_EQ(ValueOf(metrics.Text(), R"(a_total{kind="y"})"), 1);
}

TEST(Metrics, CountObservationsInCumulativeBuckets) {
  Metrics metrics;
  auto histogram = metrics.AddHistogram("t_seconds", "T", {0.1, 1});
  histogram.Observe(0.05);
  histogram.Observe(std::chrono::milliseconds(500));
  histogram.Observe(7);
  const std::string text = metrics.Text();
  EXPECT_EQ(ValueOf(text, R"(t_seconds_bucket{le="0.1"})"), 1);
  EXPECT_EQ(ValueOf(text, R"(t_seconds_bucket{le="1"})"), 2);
  EXPECT_EQ(ValueOf(text, R"(t_seconds_bucket{le="+Inf"})"), 3);
  EXPECT_EQ(ValueOf(text, "t_seconds_count"), 3);
}

TEST(Metrics, EscapeLabelValues) {
  Metrics metrics;
  metrics.AddGauge("a", "A", {{"path", "a\"b\\c\nd"}});
  EXPECT_THAT(metrics.Text(), HasSubstr(R"(a{path="a\"b\\c\nd"} 0)"));
}

TEST(Metrics, RefreshBeforeEachTextUntilTheSubscriptionEnds) {
  Metrics metrics;
  auto gauge = metrics.AddGauge("asked", "How often the text was asked for");
  auto subscription = metrics.BeforeText([&] { gauge.Add(1); });
  EXPECT_EQ(ValueOf(metrics.Text(), "asked"), 1);
  EXPECT_EQ(ValueOf(metrics.Text(), "asked"), 2);
  subscription.reset();
  EXPECT_EQ(ValueOf(metrics.Text(), "asked"), 2);
}

TEST(Metrics, ForgetGaugesThatAreNotShownAnyMore) {
  Metrics metrics;
  auto gauges = metrics.AddGauges("freehold_late", "Who is late");
  EXPECT_EQ(metrics.Text().find("freehold_late{"), std::string::npos);
  gauges.Show({{{{"who", "a"}}, 1}, {{{"who", "b"}}, 2}});
  EXPECT_THAT(metrics.Text(), HasSubstr("freehold_late{who=\"b\"} 2"));
  gauges.Show({{{{"who", "a"}}, 3}});
  EXPECT_THAT(metrics.Text(), HasSubstr("freehold_late{who=\"a\"} 3"));
  EXPECT_EQ(metrics.Text().find("who=\"b\""), std::string::npos);
}

TEST(StandardMetrics, TellOfTheProcess) {
  Metrics metrics;
  const auto shown = ShowProcess(metrics);
  const std::string text = metrics.Text();
  EXPECT_GT(ValueOf(text, "process_resident_memory_bytes"), 1e6);
  EXPECT_GE(ValueOf(text, "process_cpu_seconds_total"), 0);
  EXPECT_GE(ValueOf(text, "process_open_fds"), 3);
  EXPECT_GE(ValueOf(text, "process_threads"), 1);
  const double now = std::chrono::duration<double>(base::SystemClock().Wall().time_since_epoch()).count();
  EXPECT_GT(ValueOf(text, "process_start_time_seconds"), now - 3600);
  EXPECT_LT(ValueOf(text, "process_start_time_seconds"), now + 5);
}

TEST(StandardMetrics, HaveTheNamesThatDashboardsKnow) {
  Metrics metrics;
  ShowBuild(metrics, "1.2.3");
  LeaderMetrics leader(metrics, "freehold");
  RestClientMetrics requests(metrics);
  requests.Count(200, "GET", "10.0.0.1:443");
  requests.Count(0, "POST", "10.0.0.1:443");
  EXPECT_THAT(metrics.Text(), HasSubstr(R"(leader_election_master_status{name="freehold"} 0)"));
  leader.Leading(true);
  for (const char* series : {R"(leader_election_master_status{name="freehold"} 1)", R"(version="1.2.3"} 1)",
                             R"(rest_client_requests_total{code="200",host="10.0.0.1:443",method="GET"} 1)",
                             R"(rest_client_requests_total{code="<error>",host="10.0.0.1:443",method="POST"} 1)"}) {
    EXPECT_THAT(metrics.Text(), HasSubstr(series));
  }
}

TEST(ProcessStat, IsReadWhateverTheCommandIsCalled) {
  const std::string rest = "S 1 2 3 4 5 6 7 8 9 10 250 150 0 0 20 0 7 0 12345 8192000 512 99 1 1";
  for (const std::string command : {"(freehold)", "(a b)", "(a) S 1 (b)"}) {
    const auto stat = ParseProcessStat("42 " + command + " " + rest, 100);
    ASSERT_TRUE(stat) << command;
    EXPECT_EQ(stat->cpu_seconds, 4);
    EXPECT_EQ(stat->threads, 7);
    EXPECT_EQ(stat->start_ticks, 12345);
    EXPECT_EQ(stat->virtual_bytes, 8192000);
    EXPECT_EQ(stat->resident_pages, 512);
  }
  for (const char* bad :
       {"", "42", "42 (freehold) S 1 2", "42 (freehold) S a b c d e f g h i j k l m n o p q r s t u"}) {
    EXPECT_FALSE(ParseProcessStat(bad, 100)) << bad;
  }
}

/// Remembers what it was told.
class Recorder final : public GateObserver {
 public:
  void Before(const Effect& effect) override { seen.push_back("before " + effect.verb); }
  void After(const Effect& effect, std::chrono::steady_clock::duration, const base::Failure* failure) override {
    seen.push_back("after " + effect.verb + (failure ? ": " + failure->reason : ""));
  }

  std::vector<std::string> seen;
};

TEST(GateMetrics, CountEffectsByKindVerbAndResult) {
  Metrics metrics;
  ManualClock clock;
  Recorder recorder;
  GateMetrics observer(metrics, &recorder);
  bool leading = true;
  Gate gate([&] { return leading; }, clock, &observer);
  const auto slow = [&]() -> base::Result<int> {
    clock.Advance(std::chrono::milliseconds(300));
    return 1;
  };
  const auto lost = [&]() -> base::Result<void> { return base::InDoubt("ReplyLost", "no reply"); };
  EXPECT_TRUE(gate.Pass({"sql", "create-database", "main/orders_db"}, slow));
  EXPECT_FALSE(gate.Pass({"api", "apply-secret", "shop/orders"}, lost));
  leading = false;
  EXPECT_EQ(gate.Pass({"api", "apply-secret", "shop/orders"}, lost).error().kind, base::FailureClass::kNotLeader);

  const std::string text = metrics.Text();
  EXPECT_EQ(ValueOf(text, R"(freehold_effects_total{kind="sql",result="ok",verb="create-database"})"), 1);
  EXPECT_EQ(ValueOf(text, R"(freehold_effects_total{kind="api",result="in_doubt",verb="apply-secret"})"), 1);
  EXPECT_EQ(ValueOf(text, R"(freehold_effect_seconds_sum{kind="sql",verb="create-database"})"), 0.3);
  EXPECT_THAT(recorder.seen, ElementsAre("before create-database", "after create-database", "before apply-secret",
                                         "after apply-secret: ReplyLost"));
}

}  // namespace
}  // namespace freehold::runtime

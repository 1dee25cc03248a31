#include <gmock/gmock.h>

#include "operator/kube/events.h"
#include "tests/unit/manual_clock.h"

namespace freehold::kube {
namespace {

using base::Result;
using testing::IsEmpty;
using testing::SizeIs;
using namespace std::chrono_literals;

Happening Rotated(const std::string& note = "password renewed", const std::string& object = "orders") {
  return {.about = {"freehold.dev/v1alpha1", "ServiceDatabase", {"shop", object}, "uid-" + object},
          .reason = "CredentialsRotated",
          .action = "Rotate",
          .note = note};
}

class Series : public testing::Test {
 protected:
  EventSeries series{{.instance = "pod-1"}};
  EventSeries::Time now{std::chrono::hours(1)};
};

TEST_F(Series, BeginsWithAWholeEvent) {
  const auto writes = series.Add(Rotated(), now);
  ASSERT_THAT(writes, SizeIs(1));
  EXPECT_EQ(writes[0].kind, EventWrite::Kind::kCreate);
  EXPECT_EQ(writes[0].name.ns, "shop");
  EXPECT_THAT(writes[0].name.name, testing::StartsWith("orders."));
  EXPECT_EQ(writes[0].body.at("regarding").at("uid"), "uid-orders");
  EXPECT_EQ(writes[0].body.at("eventTime"), "1970-01-01T01:00:00.000000Z");
}

TEST_F(Series, CountsRepetitionsInTheSameEvent) {
  const Name first = series.Add(Rotated(), now)[0].name;
  EXPECT_THAT(series.Add(Rotated(), now + 1s), IsEmpty()) << "too soon to be written";
  EXPECT_TRUE(series.Owes());
  const auto later = series.Add(Rotated(), now + 31s);
  ASSERT_THAT(later, SizeIs(1));
  EXPECT_EQ(later[0].kind, EventWrite::Kind::kPatch);
  EXPECT_EQ(later[0].name, first);
  EXPECT_EQ(later[0].body.at(0).at("value").at("count"), 3);
  EXPECT_FALSE(series.Owes());
}

TEST_F(Series, PaysWhatItOwesWhenDue) {
  series.Add(Rotated(), now);
  series.Add(Rotated(), now + 1s);
  EXPECT_THAT(series.Due(now + 2s), IsEmpty());
  EXPECT_THAT(series.Due(now + 2s, true), SizeIs(1));
  EXPECT_THAT(series.Due(now + 60s), IsEmpty()) << "nothing is owed twice";
}

TEST_F(Series, EndsAfterAPause) {
  const Name first = series.Add(Rotated(), now)[0].name;
  const auto later = series.Add(Rotated(), now + 10min);
  ASSERT_THAT(later, SizeIs(1));
  EXPECT_EQ(later[0].kind, EventWrite::Kind::kCreate);
  EXPECT_NE(later[0].name, first);
}

TEST_F(Series, CutsChatterAboutOneObjectOnly) {
  int written = 0;
  for (int i = 0; i < 100; ++i) written += static_cast<int>(series.Add(Rotated(std::to_string(i)), now).size());
  EXPECT_EQ(written, 25);
  EXPECT_THAT(series.Add(Rotated("x", "cart"), now), SizeIs(1));
  EXPECT_THAT(series.Add(Rotated("later"), now + 300s), SizeIs(1)) << "one more after the refill";
  EXPECT_THAT(series.Add(Rotated("and another"), now + 300s), IsEmpty());
}

TEST_F(Series, CutsLongNotesAtACharacter) {
  std::string note(1020, 'x');
  note += "ää ää";
  const auto writes = series.Add(Rotated(note), now);
  EXPECT_EQ(writes[0].body.at("note").get<std::string>(), std::string(1020, 'x') + "...");
}

TEST_F(Series, PutsEventsOfClusterScopedObjectsIntoDefault) {
  Happening server = Rotated();
  server.about.name = {"", "main"};
  const auto writes = series.Add(server, now);
  EXPECT_EQ(writes[0].name.ns, "default");
  EXPECT_FALSE(writes[0].body.at("regarding").contains("namespace"));
}

/// Keeps what is written; refuses as often as it is told to.
class Sink final : public Writer {
 public:
  Result<Json> Create(const ResourceType&, const std::string&, const Json& object) override {
    const std::lock_guard lock(mutex);
    blocked.wait(mutex, [this] { return open; });
    if (refusals > 0 && refusals--) return base::Retryable("ApiUnavailable", "not now");
    notes.push_back(object.at("note"));
    return object;
  }
  Result<Json> JsonPatch(const ResourceType&, const Name&, const Json& patch, std::string_view) override {
    const std::lock_guard lock(mutex);
    notes.push_back("count " + patch.at(0).at("value").at("count").dump());
    return patch;
  }
  Result<Json> Apply(const ResourceType&, const Name&, const Json&, std::string_view, std::string_view) override {
    return base::Terminal("Invalid", "not offered");
  }
  Result<Json> Replace(const ResourceType&, const Name&, const Json&) override {
    return base::Terminal("Invalid", "not offered");
  }
  Result<void> Delete(const ResourceType&, const Name&, const std::string&) override {
    return base::Terminal("Invalid", "not offered");
  }

  void Open() {
    const std::lock_guard lock(mutex);
    open = true;
    blocked.notify_all();
  }

  std::mutex mutex;
  std::condition_variable_any blocked;
  bool open = true;
  int refusals = 0;
  std::vector<std::string> notes;
};

TEST(EventRecorder, WritesEverythingBeforeItIsDrained) {
  Sink sink;
  EventRecorder recorder(sink, {});
  recorder.Record(Rotated("one"));
  recorder.Record(Rotated("two"));
  recorder.Record(Rotated("two"));
  ASSERT_TRUE(recorder.Drain(10s));
  EXPECT_THAT(sink.notes, testing::ElementsAre("one", "two", "count 2"));
}

TEST(EventRecorder, TriesAgainWhenTheServerIsBusy) {
  Sink sink;
  sink.refusals = 1;
  EventRecorder recorder(sink, {});
  recorder.Record(Rotated("one"));
  ASSERT_TRUE(recorder.Drain(10s));
  EXPECT_THAT(sink.notes, testing::ElementsAre("one"));
}

TEST(EventRecorder, NeverBlocksItsCallers) {
  Sink sink;
  sink.open = false;
  EventRecorder recorder(sink, {});
  for (int i = 0; i < 5000; ++i) recorder.Record(Rotated("x", std::to_string(i)));
  EXPECT_FALSE(recorder.Drain(10ms)) << "the server hangs";
  sink.Open();
  EXPECT_TRUE(recorder.Drain(60s));
}

}  // namespace
}  // namespace freehold::kube

// The watcher against a scripted source.
#include <gmock/gmock.h>

#include <deque>

#include "operator/kube/watcher.h"

namespace freehold::kube {
namespace {

using base::Result;
using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::chrono_literals;

struct Thing {
  ObjectMeta meta;
};

Result<Thing> ParseThing(const Json& json) {
  if (json.contains("broken")) return base::Terminal("InvalidObject", "broken");
  auto meta = ParseMeta(json);
  if (!meta) return std::unexpected(meta.error());
  return Thing{std::move(*meta)};
}

Json Object(const std::string& name, const std::string& version, const std::string& uid = "u") {
  return {{"metadata", {{"namespace", "n"}, {"name", name}, {"resourceVersion", version}, {"uid", uid}}}};
}

Json Broken(const std::string& name, const std::string& version) {
  Json object = Object(name, version);
  object["broken"] = true;
  return object;
}

class Feeding : public testing::Test {
 protected:
  Store<Thing> store;
  std::vector<std::string> told;
  std::vector<std::string> unreadable;
  StoreFeed<Thing> feed{store, &ParseThing,
                        [this](const Name& name, ObjectChange change, bool initial) {
                          static constexpr const char* kSigns[] = {"+", "~", "-"};
                          told.push_back(kSigns[static_cast<int>(change)] + name.name + (initial ? "!" : ""));
                        },
                        [this](const Name& name, const base::Failure&) { unreadable.push_back(name.name); }};

  void Relist(const std::vector<Json>& objects) {
    feed.Clear();
    for (const Json& object : objects) feed.Buffer(object);
    told.clear();
    feed.Commit();
  }
};

TEST_F(Feeding, TellsTheFirstListAsInitial) {
  feed.Buffer(Object("a", "1"));
  feed.Buffer(Object("b", "2"));
  EXPECT_EQ(store.All().size(), 0u) << "nothing is visible before the commit";
  feed.Commit();
  EXPECT_THAT(told, ElementsAre("+a!", "+b!"));
  feed.Put(Object("c", "3"));
  EXPECT_THAT(told, ElementsAre("+a!", "+b!", "+c"));
}

TEST_F(Feeding, TellsOnlyTheDifferenceAfterARelist) {
  Relist({Object("a", "1"), Object("b", "2"), Object("c", "3")});
  Relist({Object("a", "1"), Object("b", "9"), Object("d", "4")});
  EXPECT_THAT(told, testing::UnorderedElementsAre("-c", "~b", "+d"));
  EXPECT_EQ(store.Find({"n", "c"}), nullptr);
  EXPECT_EQ(store.Find({"n", "b"})->meta.resource_version, "9");
}

TEST_F(Feeding, TellsARemadeObjectAsDeletedAndAdded) {
  Relist({Object("a", "1", "first")});
  Relist({Object("a", "5", "second")});
  EXPECT_THAT(told, ElementsAre("-a", "+a"));
}

TEST_F(Feeding, LeavesOutWhatIsOlderThanWhatItKeeps) {
  Relist({Object("a", "9"), Object("b", "first")});
  told.clear();
  feed.Put(Object("a", "10"));
  feed.Put(Object("a", "9"));
  feed.Remove(Object("a", "8", "of one before"));
  EXPECT_THAT(told, ElementsAre("~a"));
  EXPECT_EQ(store.Find({"n", "a"})->meta.resource_version, "10");
  feed.Put(Object("b", "another"));
  feed.Remove(Object("a", "11"));
  EXPECT_THAT(told, ElementsAre("~a", "~b", "-a")) << "words are not compared";
  Relist({Object("b", "2")});
  Relist({Object("b", "1")});
  EXPECT_EQ(store.Find({"n", "b"})->meta.resource_version, "1") << "the list is right, of a server that was restored";
  Relist({Object("b", "3"), Object("b", "2")});
  EXPECT_EQ(store.Find({"n", "b"})->meta.resource_version, "3") << "a list is streamed, too";
}

TEST_F(Feeding, KeepsTheLastReadableFormOfWhatCanNoLongerBeRead) {
  Relist({Object("a", "1")});
  feed.Put(Broken("a", "2"));
  EXPECT_EQ(store.Find({"n", "a"})->meta.resource_version, "1");
  Relist({Broken("a", "2")});
  EXPECT_THAT(told, IsEmpty()) << "an object that can't be read is not gone";
  EXPECT_EQ(store.Find({"n", "a"})->meta.resource_version, "1");
  EXPECT_THAT(unreadable, ElementsAre("a", "a"));
}

TEST_F(Feeding, LeavesTheStoreAloneWhenARelistIsGivenUp) {
  Relist({Object("a", "1")});
  feed.Clear();
  feed.Buffer(Object("b", "2"));
  feed.Clear();
  EXPECT_NE(store.Find({"n", "a"}), nullptr);
  EXPECT_EQ(store.Find({"n", "b"}), nullptr);
}

/// Answers calls in the order of its script; then streams stay open until the stop.
class ScriptedSource final : public WatchSource {
 public:
  using Call = std::function<Result<void>(const std::function<bool(const Json&)>& sink)>;
  std::deque<Result<Page>> pages;
  std::deque<Call> streams;
  std::vector<std::string> asked;
  std::mutex mutex;

  Result<Page> ListPage(const ResourceType&, const ListOptions&, const std::string& token, std::stop_token) override {
    const std::lock_guard lock(mutex);
    Note("list " + token);
    if (pages.empty()) return base::Retryable("ApiUnreachable", "the script has no more pages");
    auto page = pages.front();
    pages.pop_front();
    return page;
  }

  Result<void> Watch(const ResourceType&, const ListOptions&, const WatchOptions& options, std::stop_token stop,
                     const std::function<bool(const Json& event)>& sink) override {
    std::unique_lock lock(mutex);
    Note(options.initial_list ? "stream" : "watch " + options.resource_version);
    if (streams.empty()) {
      std::condition_variable_any never;
      never.wait(lock, stop, [] { return false; });
      return {};
    }
    const Call call = streams.front();
    streams.pop_front();
    lock.unlock();
    return call(sink);
  }

  bool WaitAsked(std::size_t count) {
    std::unique_lock lock(mutex);
    return called.wait_for(lock, 10s, [&] { return asked.size() >= count; });
  }

 private:
  void Note(std::string call) {
    asked.push_back(std::move(call));
    called.notify_all();
  }

  std::condition_variable_any called;
};

Json Event(const std::string& type, Json object) { return {{"type", type}, {"object", std::move(object)}}; }

Json EndOfList(const std::string& version) {
  return Event(
      "BOOKMARK",
      {{"metadata", {{"resourceVersion", version}, {"annotations", {{"k8s.io/initial-events-end", "true"}}}}}});
}

ScriptedSource::Call Send(std::vector<Json> events, Result<void> end = {}) {
  return [=](const std::function<bool(const Json&)>& sink) -> Result<void> {
    for (const Json& event : events) {
      if (!sink(event)) return {};
    }
    return end;
  };
}

class Watching : public testing::Test {
 protected:
  ScriptedSource source;
  Store<Thing> store;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::string> told;

  std::unique_ptr<Watcher<Thing>> Start(bool streaming_lists = true) {
    WatchSettings settings{.type = {"", "v1", "things", "Thing"}, .streaming_lists = streaming_lists};
    settings.pauses = {.first = 1ms, .longest = 2ms};
    return std::make_unique<Watcher<Thing>>(source, settings, store, &ParseThing,
                                            [this](const Name& name, ObjectChange change, bool) {
                                              const std::lock_guard lock(mutex);
                                              static constexpr const char* kSigns[] = {"+", "~", "-"};
                                              told.push_back(kSigns[static_cast<int>(change)] + name.name);
                                              changed.notify_all();
                                            });
  }

  bool WaitTold(std::size_t count) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, 10s, [&] { return told.size() >= count; });
  }
};

TEST_F(Watching, FillsTheStoreFromAStreamedListAndFollows) {
  source.streams.push_back(Send({Event("ADDED", Object("a", "1")), EndOfList("5"), Event("ADDED", Object("b", "6")),
                                 Event("DELETED", Object("a", "7"))}));
  const auto watcher = Start();
  ASSERT_TRUE(watcher->WaitSynced(10s));
  ASSERT_TRUE(source.WaitAsked(2));
  watcher->Stop();
  EXPECT_THAT(told, ElementsAre("+a", "+b", "-a"));
  EXPECT_THAT(source.asked, ElementsAre("stream", "watch 7"));
}

TEST_F(Watching, FallsBackToPagesWhenStreamsAreRefused) {
  source.streams.push_back(Send({}, base::Terminal("Invalid", "sendInitialEvents is forbidden")));
  source.pages.push_back(Page{{Object("a", "1")}, "3", "next"});
  source.pages.push_back(Page{{Object("b", "2")}, "3", ""});
  source.streams.push_back(Send({Event("MODIFIED", Object("a", "4"))}));
  const auto watcher = Start();
  ASSERT_TRUE(source.WaitAsked(5));
  watcher->Stop();
  EXPECT_THAT(told, ElementsAre("+a", "+b", "~a"));
  EXPECT_THAT(source.asked, ElementsAre("stream", "list ", "list next", "watch 3", "watch 4"));
}

TEST_F(Watching, StartsOverAfterAnExpiredVersionAndTellsWhatVanished) {
  source.pages.push_back(Page{{Object("a", "1"), Object("b", "2")}, "3", ""});
  source.streams.push_back(Send({}, base::Terminal("Gone", "too old resource version")));
  source.pages.push_back(Page{{Object("b", "2")}, "9", ""});
  const auto watcher = Start(false);
  ASSERT_TRUE(WaitTold(3));
  watcher->Stop();
  EXPECT_THAT(told, ElementsAre("+a", "+b", "-a"));
}

TEST_F(Watching, StartsOverWhenAnErrorEventSaysExpired) {
  source.pages.push_back(Page{{Object("a", "1")}, "3", ""});
  source.streams.push_back(Send({Event("ERROR", {{"kind", "Status"}, {"code", 410}, {"reason", "Expired"}})}));
  source.pages.push_back(Page{{}, "9", ""});
  const auto watcher = Start(false);
  ASSERT_TRUE(WaitTold(2));
  watcher->Stop();
  EXPECT_THAT(told, ElementsAre("+a", "-a"));
}

TEST_F(Watching, SurvivesNonsenseAndFailures) {
  source.pages.push_back(base::Retryable("ApiUnreachable", "refused"));
  source.pages.push_back(Page{{Broken("x", "1")}, "3", ""});
  source.streams.push_back(Send({Json{{"type", "SURPRISE"}}}));
  source.streams.push_back(Send({Json::array()}));
  source.streams.push_back(Send({Event("ADDED", Broken("y", "4")), Event("ADDED", Object("a", "5"))}));
  const auto watcher = Start(false);
  ASSERT_TRUE(WaitTold(1));
  watcher->Stop();
  EXPECT_THAT(told, ElementsAre("+a"));
}

TEST_F(Watching, StopsAtOnceInTheMiddleOfAStream) {
  source.streams.push_back(Send({EndOfList("1")}));
  const auto watcher = Start();
  ASSERT_TRUE(watcher->WaitSynced(10s));
  const auto began = std::chrono::steady_clock::now();
  watcher->Stop();
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
}

TEST_F(Watching, IsNotSyncedWhileNothingCouldBeListed) {
  const auto watcher = Start(false);
  EXPECT_FALSE(watcher->WaitSynced(20ms));
  EXPECT_FALSE(watcher->Synced());
}

}  // namespace
}  // namespace freehold::kube

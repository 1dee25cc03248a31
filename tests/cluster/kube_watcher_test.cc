// The watcher against a real API server.
#include <gmock/gmock.h>

#include <condition_variable>
#include <mutex>

#include "operator/kube/watcher.h"
#include "tests/cluster/kube_fixture.h"

namespace freehold::kube {
namespace {

using namespace std::chrono_literals;

struct Value {
  ObjectMeta meta;
  std::string value;
};

base::Result<Value> ParseValue(const Json& json) {
  auto meta = ParseMeta(json);
  if (!meta) return std::unexpected(meta.error());
  return Value{std::move(*meta), json.at("data").at("value").get<std::string>()};
}

class KubeWatcher : public ApiServerTest, public testing::WithParamInterface<bool> {
 protected:
  std::unique_ptr<Watcher<Value>> Watch() {
    return std::make_unique<Watcher<Value>>(
        *client,
        WatchSettings{.type = kConfigMaps,
                      .options = {.ns = ns, .label_selector = "test=yes", .limit = 3},
                      .streaming_lists = GetParam()},
        store, &ParseValue, [this](const Name&, ObjectChange, bool) {
          const std::lock_guard lock(mutex);
          ++changes;
          changed.notify_all();
        });
  }

  bool WaitUntil(const std::function<bool()>& holds) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, 20s, holds);
  }

  std::string ValueOf(const std::string& name) const {
    const auto found = store.Find({ns, name});
    return found ? found->value : "(absent)";
  }

  Store<Value> store;
  std::mutex mutex;
  std::condition_variable changed;
  int changes = 0;
};

TEST_P(KubeWatcher, HoldsWhatIsThereAndFollowsWhatHappens) {
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(client->Create(kConfigMaps, ns, ConfigMap("cm-" + std::to_string(i), "x")));
  const auto watcher = Watch();
  ASSERT_TRUE(watcher->WaitSynced(20s));
  EXPECT_EQ(store.All().size(), 10u);

  ASSERT_TRUE(client->Apply(kConfigMaps, {ns, "cm-3"}, ConfigMap("cm-3", "y"), "kube-test", {}));
  ASSERT_TRUE(client->Create(kConfigMaps, ns, ConfigMap("new", "z")));
  ASSERT_TRUE(client->Delete(kConfigMaps, {ns, "cm-0"}, {}));
  EXPECT_TRUE(
      WaitUntil([&] { return ValueOf("cm-3") == "y" && ValueOf("new") == "z" && ValueOf("cm-0") == "(absent)"; }));
}

TEST_P(KubeWatcher, IsSyncedOnAnEmptyCollection) {
  const auto watcher = Watch();
  ASSERT_TRUE(watcher->WaitSynced(20s));
  EXPECT_TRUE(store.All().empty());
}

TEST_P(KubeWatcher, DropsWhatNoLongerMatchesItsSelector) {
  ASSERT_TRUE(client->Create(kConfigMaps, ns, ConfigMap("a", "1")));
  const auto watcher = Watch();
  ASSERT_TRUE(watcher->WaitSynced(20s));
  const Json patch = Json::array({{{"op", "remove"}, {"path", "/metadata/labels/test"}}});
  ASSERT_TRUE(client->JsonPatch(kConfigMaps, {ns, "a"}, patch, {}));
  EXPECT_TRUE(WaitUntil([&] { return ValueOf("a") == "(absent)"; }));
}

TEST_P(KubeWatcher, StopsAtOnce) {
  const auto watcher = Watch();
  ASSERT_TRUE(watcher->WaitSynced(20s));
  const auto began = std::chrono::steady_clock::now();
  watcher->Stop();
  EXPECT_LT(std::chrono::steady_clock::now() - began, 2s);
}

INSTANTIATE_TEST_SUITE_P(Initial, KubeWatcher, testing::Values(true, false),
                         [](const auto& info) { return info.param ? "StreamedList" : "Pages"; });

}  // namespace
}  // namespace freehold::kube

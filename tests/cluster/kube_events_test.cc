// The recorder against a real API server.
#include <gmock/gmock.h>

#include "operator/kube/events.h"
#include "tests/cluster/kube_fixture.h"

namespace freehold::kube {
namespace {

using namespace std::chrono_literals;

const ResourceType kEvents{"events.k8s.io", "v1", "events", "Event", true};

class KubeEvents : public ApiServerTest {};

TEST_F(KubeEvents, AreAcceptedAndCountedByTheServer) {
  const auto made = client->Create(kConfigMaps, ns, ConfigMap("a", "1"));
  ASSERT_TRUE(made);
  const Happening happening{.about = {"v1", "ConfigMap", {ns, "a"}, ParseMeta(*made)->uid},
                            .type = EventType::kWarning,
                            .reason = "ServerUnreachable",
                            .action = "Observe",
                            .note = std::string(2000, 'x')};
  EventRecorder recorder(*client, {.instance = "kube-test"});
  recorder.Record(happening);
  recorder.Record(happening);
  recorder.Record(happening);
  ASSERT_TRUE(recorder.Drain(20s));

  std::vector<Json> events;
  ASSERT_TRUE(client->List(kEvents, {.ns = ns}, [&](const Json& event) { events.push_back(event); }));
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].at("reason"), "ServerUnreachable");
  EXPECT_EQ(events[0].at("type"), "Warning");
  EXPECT_EQ(events[0].at("regarding").at("name"), "a");
  EXPECT_EQ(events[0].at("series").at("count"), 3);
  EXPECT_EQ(events[0].at("note").get<std::string>().size(), 1024u);
}

TEST_F(KubeEvents, AboutClusterScopedObjectsAreAcceptedToo) {
  EventRecorder recorder(*client, {.instance = "kube-test"});
  recorder.Record({.about = {"v1", "Namespace", {"", ns}, ""}, .reason = "Seen", .action = "Look", .note = ns});
  ASSERT_TRUE(recorder.Drain(20s));
  std::vector<std::string> notes;
  ASSERT_TRUE(client->List(kEvents, {.ns = "default", .field_selector = "reason=Seen"},
                           [&](const Json& event) { notes.push_back(event.at("note")); }));
  EXPECT_THAT(notes, testing::Contains(ns));
}

}  // namespace
}  // namespace freehold::kube

// What is asked of Strimzi, and what is made of its answers. The API server is played by hand; tests/pipeline has real
// workers behind it.
#include "reconcilers/connect/strimzi_client.h"

#include <gmock/gmock.h>

namespace freehold::connect {
namespace {

using base::Json;
using testing::HasSubstr;
using testing::IsEmpty;

/// Keeps one resource.
class OneResource final : public kube::Client {
 public:
  base::Result<Json> Get(const kube::ResourceType&, const kube::Name&) override { return Found(); }
  base::Result<std::string> List(const kube::ResourceType&, const kube::ListOptions& options,
                                 const std::function<void(const Json&)>& visit) override {
    listed = options.ns + " " + options.label_selector;
    if (failure) return std::unexpected(*failure);
    if (!object.is_null()) visit(object);
    return "1";
  }
  base::Result<Json> Create(const kube::ResourceType&, const std::string&, const Json&) override { return Found(); }
  base::Result<Json> Apply(const kube::ResourceType&, const kube::Name& name, const Json& wanted, std::string_view,
                           std::string_view) override {
    if (failure) return std::unexpected(*failure);
    applied = name;
    object.merge_patch(wanted);
    return object;
  }
  base::Result<Json> JsonPatch(const kube::ResourceType&, const kube::Name&, const Json& patch,
                               std::string_view) override {
    if (object.is_null()) return Found();
    return object = object.patch(patch);
  }
  base::Result<Json> Replace(const kube::ResourceType&, const kube::Name&, const Json&) override { return Found(); }
  base::Result<void> Delete(const kube::ResourceType&, const kube::Name&, const std::string&) override {
    object = Json();
    return {};
  }

  Json object;
  kube::Name applied;
  std::string listed;
  std::optional<base::Failure> failure;

 private:
  base::Result<Json> Found() const {
    if (!object.is_null()) return object;
    return std::unexpected(base::Failure{base::FailureClass::kTerminal, "NotFound", "not there", {}, 404});
  }
};

class Connector : public testing::Test {
 protected:
  Connector() { EXPECT_TRUE(client.Put(kName, kConfig)); }

  std::string Annotation(const char* key) { return api.object["metadata"]["annotations"].value(key, ""); }
  void Report(const std::string& state, const Json& tasks) {
    api.object["status"] = {{"connectorStatus", {{"connector", {{"state", state}}}, {"tasks", tasks}}}};
  }
  ConnectorSeen Seen() { return client.List()->at(kName); }

  const std::string kName = "shop.orders_db_to_kafka_1f2e3d4c";
  const Config kConfig{{"connector.class", "io.debezium.Source"}, {"tasks.max", "1"}, {"slot.name", "freehold_x"}};
  OneResource api;
  StrimziClient client{api, api, "kafka", "events"};
};

TEST_F(Connector, IsAResourceOfItsClusterWithANameThatKubernetesTakes) {
  EXPECT_EQ(ToString(api.applied), "kafka/shop.orders-db-to-kafka-1f2e3d4c");
  EXPECT_EQ(api.object["metadata"]["labels"]["strimzi.io/cluster"], "events");
  EXPECT_EQ(api.object["spec"], Json::parse(R"({"class": "io.debezium.Source", "tasksMax": 1,
                                                "config": {"slot.name": "freehold_x"}})"));
  EXPECT_EQ(Seen().config, kConfig) << "by the name that it has elsewhere";
  EXPECT_EQ(api.listed, "kafka strimzi.io/cluster=events");
}

TEST_F(Connector, OfSomebodyElseIsNotSeen) {
  api.object["metadata"]["annotations"] = Json::object();
  EXPECT_THAT(*client.List(), IsEmpty());
}

TEST_F(Connector, HasTheStateThatWasAskedForOnceConnectReportsIt) {
  Report("RUNNING", Json::parse(R"([{"id": 0, "state": "FAILED", "trace": "because"}])"));
  EXPECT_EQ(Seen().state, "RUNNING");
  EXPECT_EQ(Seen().tasks, (std::vector<TaskSeen>{{"FAILED", "because"}}));
  EXPECT_TRUE(client.Stop(kName));
  EXPECT_EQ(Seen().state, "STOPPING");
  Report("STOPPED", Json::array());
  EXPECT_EQ(Seen().state, "STOPPED");
  EXPECT_TRUE(client.Put(kName, kConfig));
  EXPECT_EQ(Seen().state, "STOPPED") << "another configuration doesn't start it";
  EXPECT_TRUE(client.Resume(kName));
  EXPECT_EQ(Seen().state, "RESUMING");
}

TEST_F(Connector, HasItsOffsetsResetOncePerStop) {
  Report("STOPPED", Json::array());
  for (int stop = 0; stop < 2; ++stop) {
    EXPECT_TRUE(client.Stop(kName));
    EXPECT_EQ(client.DeleteOffsets(kName).error().reason, "ConnectBusy");
    EXPECT_EQ(Annotation("strimzi.io/connector-offsets"), "reset");
    EXPECT_EQ(client.DeleteOffsets(kName).error().reason, "ConnectBusy") << "Strimzi hasn't done it";
    api.object["metadata"]["annotations"].erase("strimzi.io/connector-offsets");
    EXPECT_TRUE(client.DeleteOffsets(kName));
    EXPECT_TRUE(client.DeleteOffsets(kName));
    EXPECT_TRUE(client.Resume(kName));
  }
}

TEST_F(Connector, IsStartedAgainWithItsTasks) {
  EXPECT_TRUE(client.RestartFailed(kName));
  EXPECT_EQ(Annotation("strimzi.io/restart"), "includeTasks,onlyFailed");
}

TEST_F(Connector, ThatStrimziRefusesHasFailedForItsReason) {
  api.object["metadata"]["generation"] = 2;
  api.object["status"] = Json::parse(R"({"observedGeneration": 1, "conditions": [
      {"type": "NotReady", "status": "True", "message": "no such class"}]})");
  EXPECT_EQ(Seen().state, "") << "that was about another configuration";
  api.object["status"]["observedGeneration"] = 2;
  EXPECT_EQ(Seen().state, "FAILED");
  EXPECT_EQ(Seen().trace, "no such class");
}

TEST_F(Connector, ThatIsGoneIsNotMadeByHalves) {
  EXPECT_TRUE(client.Delete(kName));
  EXPECT_TRUE(client.Delete(kName));
  EXPECT_EQ(client.Stop(kName).error().reason, "ConnectorMissing");
  EXPECT_EQ(client.DeleteOffsets(kName).error().reason, "ConnectorMissing");
  EXPECT_TRUE(api.object.is_null());
}

TEST_F(Connector, FailuresTellWhatIsMissing) {
  api.failure = base::Failure{base::FailureClass::kTerminal, "NotFound", "no such kind", {}, 404};
  EXPECT_EQ(client.List().error().reason, "ConnectUnavailable");
  EXPECT_THAT(client.List().error().message, HasSubstr("install Strimzi"));
  api.failure = base::Failure{base::FailureClass::kTerminal, "Forbidden", "you may not", {}, 403};
  EXPECT_EQ(client.List().error().reason, "ConnectDenied");
  EXPECT_EQ(client.Put(kName, kConfig).error().reason, "ConnectDenied");
  api.failure = base::Failure{base::FailureClass::kTerminal, "Invalid", "tasksMax", {}, 422};
  EXPECT_EQ(client.Put(kName, kConfig).error().reason, "ConnectorRefused");
}

}  // namespace
}  // namespace freehold::connect

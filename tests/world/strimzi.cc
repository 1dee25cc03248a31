#include "strimzi.h"

#include <algorithm>

#include "operator_world.h"
#include "reconcilers/connect/strimzi_client.h"
#include "strimzi_kinds.h"

namespace freehold::test {
namespace {

using base::Json;

const kube::ResourceType& Kind() { return connect::KafkaConnectorType(); }

/// The part of Strimzi's schema that a connector of ours uses.
Json ConnectorSpec() {
  return {{"type", "object"},
          {"properties",
           {{"class", {{"type", "string"}}},
            {"tasksMax", {{"type", "integer"}, {"minimum", 1}}},
            {"state", {{"type", "string"}, {"enum", {"paused", "stopped", "running"}}}},
            {"config", AnyObject()}}}};
}

connect::Config ConfigOf(const Json& spec) {
  auto config = spec.at("config").get<connect::Config>();
  config["connector.class"] = spec.at("class").get<std::string>();
  config["tasks.max"] = std::to_string(spec.at("tasksMax").get<int>());
  return config;
}

Json StatusOf(const connect::ConnectorSeen& seen) {
  Json tasks = Json::array();
  for (const auto& task : seen.tasks) tasks.push_back({{"state", task.state}, {"trace", task.trace}});
  return {{"connectorStatus", {{"connector", {{"state", seen.state}, {"trace", seen.trace}}}, {"tasks", tasks}}}};
}

}  // namespace

Strimzi::Strimzi(std::string ns, std::string cluster, connect::Client& workers)
    : ns_(std::move(ns)), cluster_(std::move(cluster)), workers_(workers) {
  InstallKind(Kind(), ConnectorSpec());
}

void Strimzi::Keep() {
  const auto seen = workers_.List();
  if (!seen) return;
  std::set<std::string> there;
  (void)Cluster::Instance().admin().List(
      Kind(), {.ns = ns_, .label_selector = "strimzi.io/cluster=" + cluster_, .field_selector = {}},
      [&](const Json& object) {
        there.insert(object.at("metadata").at("name"));
        KeepOne(object, *seen);
      });
  for (const auto& name : made_) {
    if (!there.contains(name)) (void)workers_.Delete(name);
  }
  made_ = there;
}

void Strimzi::KeepOne(const Json& object, const std::map<std::string, connect::ConnectorSeen>& seen) {
  const std::string name = object.at("metadata").at("name");
  const auto& spec = object.at("spec");
  const auto found = seen.find(name);
  const auto config = ConfigOf(spec);
  if (found == seen.end() || found->second.config != config) return (void)workers_.Put(name, config);

  const bool stop = spec.value("state", "running") == "stopped", stopped = found->second.state == "STOPPED";
  if (stop && !stopped) (void)workers_.Stop(name);
  if (!stop && stopped) (void)workers_.Resume(name);
  if (stop && stopped) Obey("strimzi.io/connector-offsets", object, resets_, &connect::Client::DeleteOffsets);
  Obey("strimzi.io/restart", object, restarts_, &connect::Client::RestartFailed);
  const auto status = StatusOf(found->second);
  if (object.value("status", Json()) == status) return;
  (void)Cluster::Instance().admin().Apply(Kind(), {ns_, name},
                                          {{"apiVersion", Kind().api_version()},
                                           {"kind", Kind().kind},
                                           {"metadata", {{"name", name}, {"namespace", ns_}}},
                                           {"status", status}},
                                          "strimzi", "status");
}

void Strimzi::Obey(const std::string& annotation, const Json& object, int& count,
                   base::Result<void> (connect::Client::*act)(const std::string&)) {
  const auto& meta = object.at("metadata");
  if (!meta.at("annotations").contains(annotation)) return;
  const std::string name = meta.at("name");
  if (!(workers_.*act)(name)) return;
  ++count;
  auto path = annotation;
  path.replace(path.find('/'), 1, "~1");
  (void)Cluster::Instance().admin().JsonPatch(
      Kind(), {ns_, name}, Json::array({{{"op", "remove"}, {"path", "/metadata/annotations/" + path}}}), "");
}

int Strimzi::connectors() const {
  int count = 0;
  (void)Cluster::Instance().admin().List(Kind(), {.ns = ns_, .label_selector = {}, .field_selector = {}},
                                         [&](const Json&) { ++count; });
  return count;
}

}  // namespace freehold::test

#include "reconcilers/connect/strimzi_client.h"

#include <algorithm>

namespace freehold::connect {
namespace {

using base::Json;

constexpr const char* kCluster = "strimzi.io/cluster";
constexpr const char* kOffsets = "strimzi.io/connector-offsets";
constexpr const char* kRestart = "strimzi.io/restart";
// What the connector is called in topics and logs; a resource's name has no underscores.
constexpr const char* kConnector = "freehold.dev/connector";
// Strimzi takes its own annotation away once offsets are reset. This one stays until the connector goes on.
constexpr const char* kOffsetsAsked = "freehold.dev/offsets";

constexpr const char* kManager = "freehold-connector";

// Strimzi has fields of its own for these two, and refuses them among the others.
constexpr const char* kClass = "connector.class";
constexpr const char* kTasks = "tasks.max";

constexpr const char* kState = "/spec/state";

/// RFC 6901.
std::string PathOf(std::string annotation) {
  annotation.replace(annotation.find('/'), 1, "~1");
  return "/metadata/annotations/" + annotation;
}

Json Set(const std::string& path, const std::string& value) {
  return {{"op", "add"}, {"path", path}, {"value", value}};
}

const Json& At(const Json& object, const char* key) {
  static const Json kNothing = Json::object();
  if (!object.is_object()) return kNothing;
  const auto found = object.find(key);
  return found == object.end() ? kNothing : *found;
}

std::string TextAt(const Json& object, const char* key) {
  const auto& value = At(object, key);
  return value.is_string() ? value.get<std::string>() : value.is_number() ? value.dump() : std::string();
}

/// What Strimzi says against the resource as it is now; empty: nothing.
std::string RefusalOf(const Json& object) {
  const auto& status = At(object, "status");
  if (TextAt(status, "observedGeneration") != TextAt(At(object, "metadata"), "generation")) return {};
  for (const auto& condition : At(status, "conditions")) {
    if (TextAt(condition, "type") == "NotReady" && TextAt(condition, "status") == "True") {
      return TextAt(condition, "message");
    }
  }
  return {};
}

Config ConfigIn(const Json& spec) {
  Config config{{kClass, TextAt(spec, "class")}, {kTasks, TextAt(spec, "tasksMax")}};
  for (const auto& [key, value] : At(spec, "config").items()) {
    config[key] = value.is_string() ? value.get<std::string>() : value.dump();
  }
  return config;
}

/// A state counts once what was asked for and what is agree.
std::string StateOf(const std::string& asked, const std::string& reported) {
  const bool stopped = reported == "STOPPED";
  if (asked == "stopped") return stopped ? "STOPPED" : "STOPPING";
  return stopped ? "RESUMING" : reported;
}

ConnectorSeen Read(const Json& object) {
  const auto& spec = At(object, "spec");
  const auto& status = At(At(object, "status"), "connectorStatus");
  const auto& connector = At(status, "connector");
  ConnectorSeen seen{.config = ConfigIn(spec),
                     .state = StateOf(TextAt(spec, "state"), TextAt(connector, "state")),
                     .trace = TextAt(connector, "trace"),
                     .tasks = {}};
  for (const auto& task : At(status, "tasks")) seen.tasks.push_back({TextAt(task, "state"), TextAt(task, "trace")});
  if (const auto refusal = RefusalOf(object); !refusal.empty() && seen.state != "STOPPED") {
    seen.state = "FAILED";
    if (seen.trace.empty()) seen.trace = refusal;
  }
  return seen;
}

base::Failure AsOfConnect(base::Failure failure) {
  if (failure.http_status == 403) failure.reason = "ConnectDenied";
  if (failure.http_status == 404) failure.reason = "ConnectorMissing";
  if (failure.http_status == 422 || failure.http_status == 400) failure.reason = "ConnectorRefused";
  return failure;
}

}  // namespace

const kube::ResourceType& KafkaConnectorType() {
  static const kube::ResourceType type{"kafka.strimzi.io", "v1", "kafkaconnectors", "KafkaConnector", true};
  return type;
}

kube::Name StrimziClient::NameOf(const std::string& connector) const {
  auto name = connector;
  std::ranges::replace(name, '_', '-');
  return {ns_, name};
}

Result<void> StrimziClient::Patch(const std::string& connector, const Json& patch) {
  auto patched = writer_.JsonPatch(KafkaConnectorType(), NameOf(connector), patch);
  if (!patched) return std::unexpected(AsOfConnect(std::move(patched.error())));
  return {};
}

Result<std::map<std::string, ConnectorSeen>> StrimziClient::List() {
  std::map<std::string, ConnectorSeen> connectors;
  const auto visit = [&](const Json& object) {
    const auto name = TextAt(At(At(object, "metadata"), "annotations"), kConnector);
    if (!name.empty()) connectors[name] = Read(object);
  };
  auto listed =
      reader_.List(KafkaConnectorType(),
                   {.ns = ns_, .label_selector = kCluster + std::string("=") + cluster_, .field_selector = {}}, visit);
  if (listed) return connectors;
  if (listed.error().http_status == 404) {
    return base::Retryable("ConnectUnavailable",
                           "the API server knows no KafkaConnector of kafka.strimzi.io/v1; install Strimzi");
  }
  return std::unexpected(AsOfConnect(std::move(listed.error())));
}

Result<void> StrimziClient::Put(const std::string& name, const Config& config) {
  auto rest = config;
  const auto take = [&](const char* key) {
    auto taken = rest.extract(key);
    return taken ? taken.mapped() : std::string();
  };
  const auto type = take(kClass), tasks = take(kTasks);
  const auto resource = NameOf(name);
  const Json object = {{"apiVersion", KafkaConnectorType().api_version()},
                       {"kind", KafkaConnectorType().kind},
                       {"metadata",
                        {{"name", resource.name},
                         {"namespace", resource.ns},
                         {"labels", {{kCluster, cluster_}}},
                         {"annotations", {{kConnector, name}}}}},
                       {"spec", {{"class", type}, {"tasksMax", std::stoi(tasks)}, {"config", rest}}}};
  auto applied = writer_.Apply(KafkaConnectorType(), resource, object, kManager);
  if (!applied) return std::unexpected(AsOfConnect(std::move(applied.error())));
  return {};
}

Result<void> StrimziClient::Stop(const std::string& name) { return Patch(name, Json::array({Set(kState, "stopped")})); }

Result<void> StrimziClient::Resume(const std::string& name) {
  const auto mark = PathOf(kOffsetsAsked);
  // Set first: what is not there can't be removed.
  return Patch(name, Json::array({Set(mark, ""), {{"op", "remove"}, {"path", mark}}, Set(kState, "running")}));
}

Result<void> StrimziClient::DeleteOffsets(const std::string& name) {
  const auto object = reader_.Get(KafkaConnectorType(), NameOf(name));
  if (!object) return std::unexpected(AsOfConnect(object.error()));
  const auto& annotations = At(At(*object, "metadata"), "annotations");
  const bool asked = annotations.contains(kOffsetsAsked);
  if (asked && !annotations.contains(kOffsets)) return {};
  if (!asked) {
    auto patched = Patch(name, Json::array({Set(PathOf(kOffsets), "reset"), Set(PathOf(kOffsetsAsked), "reset")}));
    if (!patched) return patched;
  }
  return base::Retryable("ConnectBusy", "Strimzi has not reset the offsets of " + name + " yet");
}

Result<void> StrimziClient::RestartFailed(const std::string& name) {
  return Patch(name, Json::array({Set(PathOf(kRestart), "includeTasks,onlyFailed")}));
}

Result<void> StrimziClient::Delete(const std::string& name) {
  auto deleted = writer_.Delete(KafkaConnectorType(), NameOf(name));
  if (!deleted) return std::unexpected(AsOfConnect(std::move(deleted.error())));
  return {};
}

}  // namespace freehold::connect

#include "reconcilers/connect/rest_client.h"

#include "operator/base/json.h"

namespace freehold::connect {
namespace {

using base::Json;

constexpr std::size_t kTraceShown = 300;
constexpr const char* kNoSuchClass = "Failed to find any class that implements Connector";

std::string TextAt(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// Connect says {"error_code": 409, "message": "…"}; a proxy before it may say anything.
std::string MessageOf(const std::string& body) {
  const auto json = base::ParseJson(body);
  const auto message = json && json->is_object() ? TextAt(*json, "message") : std::string();
  return message.empty() ? body.substr(0, kTraceShown) : message;
}

base::Failure FailureOf(const http::Response& reply, const std::string& what) {
  const auto message = what + ": " + MessageOf(reply.body) + " (HTTP " + std::to_string(reply.status) + ")";
  const auto failure = [&](base::FailureClass kind, const char* reason) {
    return base::Failure{kind, reason, message, {}, reply.status};
  };
  // Asked to validate, it says so with 500.
  if (message.find(kNoSuchClass) != std::string::npos) return failure(base::FailureClass::kTerminal, "PluginMissing");
  if (reply.status == 401 || reply.status == 403) return failure(base::FailureClass::kTerminal, "ConnectDenied");
  if (reply.status == 404) return failure(base::FailureClass::kTerminal, "ConnectorMissing");
  if (reply.status == 409 || reply.status == 429) return failure(base::FailureClass::kRetryable, "ConnectBusy");
  if (reply.status >= 500) return failure(base::FailureClass::kRetryable, "ConnectUnavailable");
  return failure(base::FailureClass::kTerminal, "ConnectorRefused");
}

ConnectorSeen Read(const Json& entry) {
  ConnectorSeen seen;
  const Json nothing = Json::object();
  const auto part = [&](const Json& object, const char* key) -> const Json& {
    const auto found = object.find(key);
    return found != object.end() && found->is_object() ? *found : nothing;
  };
  for (const auto& [key, value] : part(part(entry, "info"), "config").items()) {
    if (key != "name" && value.is_string()) seen.config[key] = value.get<std::string>();
  }
  const auto& status = part(entry, "status");
  seen.state = TextAt(part(status, "connector"), "state");
  seen.trace = TextAt(part(status, "connector"), "trace");
  const auto tasks = status.find("tasks");
  if (tasks == status.end() || !tasks->is_array()) return seen;
  for (const auto& task : *tasks) seen.tasks.push_back({TextAt(task, "state"), TextAt(task, "trace")});
  return seen;
}

/// Our names need no encoding: letters, digits, '-', '_', '.'.
std::string Of(const std::string& name, const char* verb = "") { return "/connectors/" + name + verb; }

}  // namespace

Result<std::string> RestClient::Ask(const std::string& method, const std::string& target, const std::string& body) {
  http::Request request{.method = method, .target = target, .headers = {{"Accept", "application/json"}}, .body = body};
  if (!body.empty()) request.headers.emplace("Content-Type", "application/json");
  auto reply = transport_->Send(request);
  if (!reply) return std::unexpected(std::move(reply.error()));
  if (reply->status >= 200 && reply->status < 300) return std::move(reply->body);
  return std::unexpected(FailureOf(*reply, method + " " + target));
}

Result<std::map<std::string, ConnectorSeen>> RestClient::List() {
  const auto body = Ask("GET", "/connectors?expand=info&expand=status");
  if (!body) return std::unexpected(body.error());
  const auto json = base::ParseJson(*body);
  if (!json || !json->is_object()) {
    return base::Retryable("ConnectUnavailable", "GET /connectors: the reply is no list of connectors");
  }
  std::map<std::string, ConnectorSeen> connectors;
  for (const auto& [name, entry] : json->items()) connectors[name] = Read(entry);
  return connectors;
}

Result<void> RestClient::Validate(const Config& config) {
  const auto& type = config.at("connector.class");
  const auto body = Ask("PUT", "/connector-plugins/" + type + "/config/validate", Json(config).dump());
  if (!body) return std::unexpected(body.error());
  const auto json = base::ParseJson(*body);
  if (!json || !json->is_object() || !json->contains("configs")) {
    return base::Retryable("ConnectUnavailable", "the reply is no judgement of a configuration of " + type);
  }
  std::string faults;
  for (const auto& entry : json->at("configs")) {
    const auto value = entry.find("value");
    if (value == entry.end() || !value->is_object() || !value->contains("errors")) continue;
    for (const auto& error : value->at("errors")) {
      if (error.is_string())
        faults += (faults.empty() ? "" : "; ") + TextAt(*value, "name") + ": " + error.get<std::string>();
    }
  }
  if (faults.empty()) return {};
  return base::Terminal("ConnectorRefused", type + " refuses its configuration: " + faults);
}

Result<void> RestClient::Put(const std::string& name, const Config& config) {
  auto done = Ask("PUT", Of(name, "/config"), Json(config).dump());
  if (!done) return std::unexpected(std::move(done.error()));
  return {};
}

Result<void> RestClient::Stop(const std::string& name) {
  auto done = Ask("PUT", Of(name, "/stop"));
  if (!done) return std::unexpected(std::move(done.error()));
  return {};
}

Result<void> RestClient::Resume(const std::string& name) {
  auto done = Ask("PUT", Of(name, "/resume"));
  if (!done) return std::unexpected(std::move(done.error()));
  return {};
}

Result<void> RestClient::DeleteOffsets(const std::string& name) {
  auto done = Ask("DELETE", Of(name, "/offsets"));
  if (!done) return std::unexpected(std::move(done.error()));
  return {};
}

Result<void> RestClient::RestartFailed(const std::string& name) {
  auto done = Ask("POST", Of(name, "/restart?includeTasks=true&onlyFailed=true"));
  if (!done) return std::unexpected(std::move(done.error()));
  return {};
}

Result<void> RestClient::Delete(const std::string& name) {
  auto done = Ask("DELETE", Of(name));
  if (!done && done.error().reason != "ConnectorMissing") return std::unexpected(std::move(done.error()));
  return {};
}

}  // namespace freehold::connect

#include "tests/world/played_connect.h"

namespace freehold::test {

using base::Json;

base::Result<http::Response> PlayedConnect::Send(const http::Request& request) {
  if (down) return base::Retryable("Unreachable", "nobody is there");
  if (request.method == "GET") return http::Response{200, {}, List().dump()};
  const std::string path = request.target.substr(std::string("/connectors/").size());
  const auto name = path.substr(0, path.find('/'));
  const auto verb = path.substr(name.size());
  const int status = Answer(request.method, name, verb, request.body);
  return http::Response{status, {}, status < 300 ? "{}" : R"({"message": "no"})"};
}

base::Result<http::Response> PlayedConnect::Stream(const http::Request&, const http::StreamLimits&,
                                                   const http::LineSink&) {
  return base::Terminal("NotSupported", "there is nothing to stream");
}

int PlayedConnect::Answer(const std::string& method, const std::string& name, const std::string& verb,
                          const std::string& body) {
  if (verb == "/config") return Put(name, body);
  if (!connectors.contains(name)) return 404;
  if (verb == "/stop") return End(name), 204;
  if (verb == "/resume") return Begin(name), 202;
  if (verb.starts_with("/restart")) return Restart(name), 202;
  if (verb == "/offsets") {
    if (connectors[name].state != "STOPPED") return 400;
    return ForgetOffsets(name), 200;
  }
  if (method != "DELETE" || !verb.empty()) return 405;
  connectors.erase(name);
  return 204;
}

int PlayedConnect::Put(const std::string& name, const std::string& body) {
  const auto json = base::ParseJson(body);
  if (!json) return 500;
  if (!json->contains("connector.class")) return 400;
  const bool made = !connectors.contains(name);
  auto& connector = connectors[name];
  connector.config = json->get<connect::Config>();
  if (made) return Begin(name), 201;
  if (connector.state != "STOPPED") Restart(name);
  return 200;
}

void PlayedConnect::Run(const std::string& name) {
  connectors[name].state = "RUNNING";
  connectors[name].tasks = {{"RUNNING", ""}};
}

void PlayedConnect::Fail(const std::string& name, const std::string& trace) {
  connectors[name].tasks = {{"FAILED", trace}};
}

void PlayedConnect::End(const std::string& name) {
  connectors[name].state = "STOPPED";
  connectors[name].tasks.clear();
}

Json PlayedConnect::List() const {
  Json list = Json::object();
  for (const auto& [name, seen] : connectors) {
    Json tasks = Json::array();
    for (const auto& task : seen.tasks) tasks.push_back({{"state", task.state}, {"trace", task.trace}});
    list[name] = {{"info", {{"config", seen.config}}},
                  {"status", {{"connector", {{"state", seen.state}}}, {"tasks", tasks}}}};
  }
  return list;
}

}  // namespace freehold::test

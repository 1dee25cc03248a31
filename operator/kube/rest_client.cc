#include "operator/kube/rest_client.h"

#include <spdlog/spdlog.h>

#include "operator/kube/api_reply.h"
#include "operator/kube/url.h"

namespace freehold::kube {
namespace {

constexpr int kListAttempts = 5;
constexpr std::size_t kRememberedWarnings = 1000;
constexpr auto kDeadPeer = std::chrono::seconds(5);  // a watch is silent longer than it asked to last: nobody is there
const std::string kJsonType = "application/json";

bool IsWrite(const std::string& method) { return method != "GET"; }

std::string What(const char* verb, const ResourceType& type, const Name& name) {
  return std::string(verb) + " " + type.plural + " " + ToString(name);
}

void DropManagedFields(Json& object) {
  const auto metadata = object.find("metadata");
  if (metadata != object.end() && metadata->is_object()) metadata->erase("managedFields");
}

std::string TextAt(const Json& object, const char* parent, const char* key) {
  const auto outer = object.find(parent);
  if (outer == object.end() || !outer->is_object()) return {};
  const auto inner = outer->find(key);
  return inner != outer->end() && inner->is_string() ? inner->get<std::string>() : std::string();
}

/// Items of a list carry neither kind nor apiVersion: they are those of the list.
Json TakeItem(Json& item, const ResourceType& type) {
  Json object{{"apiVersion", type.api_version()}, {"kind", type.kind}};
  for (auto& [key, value] : item.items()) object[key] = std::move(value);
  DropManagedFields(object);
  return object;
}

}  // namespace

RestClient::RestClient(std::shared_ptr<http::Transport> calls, std::shared_ptr<http::Transport> streams,
                       RestSettings settings)
    : calls_(std::move(calls)), streams_(std::move(streams)), settings_(std::move(settings)) {}

Result<Json> RestClient::Get(const ResourceType& type, const Name& name) {
  return Call(Prepare("GET", ObjectPath(type, name)), {}, {}, What("get", type, name));
}

Result<std::string> RestClient::List(const ResourceType& type, const ListOptions& options,
                                     const std::function<void(const Json&)>& visit) {
  std::string token;
  for (int attempt = 1; true;) {
    const auto page = ListPage(type, options, token, {});
    if (!page && page.error().reason == "Gone" && attempt++ < kListAttempts) {
      token.clear();
      continue;
    }
    if (!page) return std::unexpected(page.error());
    for (const Json& item : page->items) visit(item);
    if (page->next.empty()) return page->resource_version;
    token = page->next;
  }
}

Result<Page> RestClient::ListPage(const ResourceType& type, const ListOptions& options,
                                  const std::string& continue_token, std::stop_token stop) {
  const std::string target = CollectionPath(type, options.ns) + Query({{"limit", std::to_string(options.limit)},
                                                                       {"labelSelector", options.label_selector},
                                                                       {"fieldSelector", options.field_selector},
                                                                       {"continue", continue_token}});
  http::Request request = Prepare("GET", target);
  request.stop = std::move(stop);
  auto list = Call(std::move(request), {}, {}, "list " + type.plural);
  if (!list) return std::unexpected(list.error());
  const auto items = list->find("items");
  Page page{{}, TextAt(*list, "metadata", "resourceVersion"), TextAt(*list, "metadata", "continue")};
  if (items == list->end() || !items->is_array()) return page;
  page.items.reserve(items->size());
  for (Json& item : *items) {
    if (item.is_object()) page.items.push_back(TakeItem(item, type));
  }
  return page;
}

Result<void> RestClient::Watch(const ResourceType& type, const ListOptions& options, const WatchOptions& watch,
                               std::stop_token stop, const std::function<bool(const Json& event)>& sink) {
  const std::string target =
      CollectionPath(type, options.ns) + Query({{"watch", "true"},
                                                {"allowWatchBookmarks", "true"},
                                                {"sendInitialEvents", watch.initial_list ? "true" : ""},
                                                {"resourceVersionMatch", watch.initial_list ? "NotOlderThan" : ""},
                                                {"resourceVersion", watch.resource_version},
                                                {"labelSelector", options.label_selector},
                                                {"fieldSelector", options.field_selector},
                                                {"timeoutSeconds", std::to_string(watch.timeout.count())}});
  const std::string what = "watch " + type.plural;
  http::Request request = Prepare("GET", target);
  request.stop = stop;
  std::optional<base::Failure> garbage;
  const auto reply = streams_->Stream(request, {.idle = watch.timeout + kDeadPeer}, [&](std::string_view line) {
    auto event = base::ParseJson(line);
    if (!event) {
      garbage = base::Failure{base::FailureClass::kRetryable, "ApiUnavailable", what + ": " + event.error().message};
      return false;
    }
    if (const auto object = event->find("object"); object != event->end() && object->is_object())
      DropManagedFields(*object);
    return sink(*event);
  });
  if (reply && stop.stop_requested()) return {};
  Note(reply, request);
  if (garbage) return std::unexpected(*garbage);
  if (!reply) return std::unexpected(FailureOf(reply.error(), what));
  if (reply->status < 200 || reply->status > 299) return std::unexpected(FailureOf(*reply, false, what));
  return {};
}

Result<Json> RestClient::Create(const ResourceType& type, const std::string& ns, const Json& object) {
  const std::string target = CollectionPath(type, ns) + Query({{"fieldValidation", "Strict"}});
  const Name name{ns, TextAt(object, "metadata", "name")};
  return Call(Prepare("POST", target), kJsonType, object.dump(), What("create", type, name));
}

Result<Json> RestClient::Apply(const ResourceType& type, const Name& name, const Json& object,
                               std::string_view field_manager, std::string_view subresource) {
  const std::string target =
      ObjectPath(type, name, subresource) +
      Query({{"fieldManager", std::string(field_manager)}, {"force", "true"}, {"fieldValidation", "Strict"}});
  return Call(Prepare("PATCH", target), "application/apply-patch+yaml", object.dump(), What("apply", type, name));
}

Result<Json> RestClient::JsonPatch(const ResourceType& type, const Name& name, const Json& patch,
                                   std::string_view subresource) {
  const std::string target = ObjectPath(type, name, subresource) + Query({{"fieldValidation", "Strict"}});
  return Call(Prepare("PATCH", target), "application/json-patch+json", patch.dump(), What("patch", type, name));
}

Result<Json> RestClient::Replace(const ResourceType& type, const Name& name, const Json& object) {
  const std::string target = ObjectPath(type, name) + Query({{"fieldValidation", "Strict"}});
  return Call(Prepare("PUT", target), kJsonType, object.dump(), What("replace", type, name));
}

Result<void> RestClient::Delete(const ResourceType& type, const Name& name, const std::string& uid) {
  std::string body;
  if (!uid.empty()) {
    body = Json{{"apiVersion", "v1"}, {"kind", "DeleteOptions"}, {"preconditions", {{"uid", uid}}}}.dump();
  }
  const auto reply = Call(Prepare("DELETE", ObjectPath(type, name)), kJsonType, body, What("delete", type, name));
  if (reply || reply.error().reason == "NotFound") return {};
  return std::unexpected(reply.error());
}

http::Request RestClient::Prepare(const std::string& method, std::string target) const {
  return {.method = method,
          .target = std::move(target),
          .headers = {{"Accept", "application/json"}, {"User-Agent", settings_.user_agent}},
          .deadline = settings_.deadline};
}

Result<Json> RestClient::Call(http::Request request, const std::string& content_type, std::string body,
                              const std::string& what) {
  const bool write = IsWrite(request.method);
  if (!body.empty()) request.headers["Content-Type"] = content_type;
  request.body = std::move(body);

  const auto reply = calls_->Send(request);
  Note(reply, request);
  if (!reply) return std::unexpected(FailureOf(reply.error(), what));
  if (reply->status < 200 || reply->status > 299) return std::unexpected(FailureOf(*reply, write, what));
  auto json = base::ParseJson(reply->body);
  if (json && json->is_object()) {
    DropManagedFields(*json);
    return json;
  }
  const std::string garbage = what + ": the API server's reply is no JSON object";
  if (write) return base::InDoubt("ApiReplyLost", garbage);
  return base::Retryable("ApiUnavailable", garbage);
}

void RestClient::Note(const Result<http::Response>& reply, const http::Request& request) {
  if (settings_.count) {
    settings_.count(reply ? std::to_string(reply->status) : "<error>", request.method, settings_.host);
  }
  if (!reply) return;
  for (const std::string& warning : WarningsOf(reply->headers)) {
    const std::lock_guard lock(warned_mutex_);
    if (warned_.size() >= kRememberedWarnings || !warned_.insert(warning).second) continue;
    spdlog::warn("the API server warns: {}", warning);
  }
}

}  // namespace freehold::kube

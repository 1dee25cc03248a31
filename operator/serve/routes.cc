#include <exception>
#include <utility>

#include "operator/runtime/log.h"
#include "operator/serve/http.h"

namespace freehold::serve {
namespace {

constexpr runtime::log::Logger kLog("serve");

Response Failed(const Request& request, std::string_view what) {
  kLog.Error("bug: a handler threw", {{"path", request.path}, {"exception", what}});
  return {.status = 500, .body = "internal error\n"};
}

std::string Known(const std::map<std::string, Handler>& methods) {
  std::string list;
  for (const auto& [method, handler] : methods) list += (list.empty() ? "" : ", ") + method;
  return list;
}

}  // namespace

void Routes::Add(const std::string& method, const std::string& path, Handler handler) {
  by_path_[path][method] = std::move(handler);
}

Response Routes::Answer(const Request& request) const {
  const auto methods = by_path_.find(request.path);
  if (methods == by_path_.end()) return {.status = 404, .body = "not found\n"};
  const auto handler = methods->second.find(request.method == "HEAD" ? "GET" : request.method);
  if (handler == methods->second.end()) {
    return {.status = 405, .body = "method not allowed\n", .headers = {{"Allow", Known(methods->second)}}};
  }
  try {
    return handler->second(request);
  } catch (const std::exception& known) {
    return Failed(request, known.what());
  } catch (...) {
    return Failed(request, "an exception of unknown type");
  }
}

}  // namespace freehold::serve

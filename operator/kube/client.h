// The API server, as far as a controller needs it. Interfaces are split by right: ask for the least.
#pragma once

#include <chrono>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "operator/base/failure.h"
#include "operator/base/json.h"
#include "operator/kube/object.h"

namespace freehold::kube {

using base::Json;
using base::Result;

struct ListOptions {
  std::string ns;  ///< empty: all namespaces
  std::string label_selector;
  std::string field_selector;
  int limit = 500;  ///< page size
};

/// Failures of every call: Retryable "ApiUnreachable" (nothing was sent), Retryable "TooManyRequests" /
/// "ApiUnavailable" with `after` when the server named one, InDoubt "ApiReplyLost" (a write was sent, no reply came),
/// Terminal "NotFound", "Conflict", "AlreadyExists", "Forbidden", "Invalid", "Gone" otherwise; http_status is set.
/// Messages are the server's own (metav1.Status.message). Thread-safe.
class Reader {
 public:
  virtual ~Reader() = default;
  virtual Result<Json> Get(const ResourceType&, const Name&) = 0;
  /// Reads all pages; `visit` is called with each item. Returns the list's resourceVersion. 410 in the middle starts
  /// over, so `visit` must tolerate seeing an item twice.
  virtual Result<std::string> List(const ResourceType&, const ListOptions&,
                                   const std::function<void(const Json&)>& visit) = 0;
};

/// See Reader for failures. Field validation is Strict. Thread-safe.
class Writer {
 public:
  virtual ~Writer() = default;
  virtual Result<Json> Create(const ResourceType&, const std::string& ns, const Json& object) = 0;
  /// Server-side apply with force. `subresource` is empty or "status".
  virtual Result<Json> Apply(const ResourceType&, const Name&, const Json& object, std::string_view field_manager,
                             std::string_view subresource = {}) = 0;
  /// RFC 6902. A `test` operation that fails is Terminal "Invalid" (422).
  virtual Result<Json> JsonPatch(const ResourceType&, const Name&, const Json& patch,
                                 std::string_view subresource = {}) = 0;
  virtual Result<Json> Replace(const ResourceType&, const Name&, const Json& object) = 0;
  /// Preconditions on the UID when `uid` is not empty. An object that is already gone is success.
  virtual Result<void> Delete(const ResourceType&, const Name&, const std::string& uid = {}) = 0;
};

class Client : public Reader, public Writer {};

/// For callers who only ask whether it succeeded.
inline Result<void> Dropping(Result<Json> reply) {
  if (!reply) return std::unexpected(std::move(reply.error()));
  return {};
}

}  // namespace freehold::kube

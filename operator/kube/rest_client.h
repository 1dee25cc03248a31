// The API server over HTTP.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "operator/http/transport.h"
#include "operator/kube/client.h"
#include "operator/kube/watch_source.h"

namespace freehold::kube {

struct RestSettings {
  std::string user_agent = "freehold/" FREEHOLD_VERSION;
  std::string host;  ///< of the API server, for the counter
  std::chrono::milliseconds deadline{30'000};
  /// Counts requests; `code` is "<error>" when no reply came. Called from the calling thread; unset: nobody counts.
  std::function<void(const std::string& code, const std::string& method, const std::string& host)> count;
};

/// Managed fields are dropped from everything that is read. Warnings of the server are logged, each text once.
/// Thread-safe.
class RestClient final : public Client, public WatchSource {
 public:
  /// `calls` and `streams` may be the same; separate ones keep dead watch connections away from calls.
  RestClient(std::shared_ptr<http::Transport> calls, std::shared_ptr<http::Transport> streams, RestSettings settings);

  // Reader
  Result<Json> Get(const ResourceType&, const Name&) override;
  Result<std::string> List(const ResourceType&, const ListOptions&,
                           const std::function<void(const Json&)>& visit) override;

  // Writer
  Result<Json> Create(const ResourceType&, const std::string& ns, const Json& object) override;
  Result<Json> Apply(const ResourceType&, const Name&, const Json& object, std::string_view field_manager,
                     std::string_view subresource) override;
  Result<Json> JsonPatch(const ResourceType&, const Name&, const Json& patch, std::string_view subresource) override;
  Result<Json> Replace(const ResourceType&, const Name&, const Json& object) override;
  Result<void> Delete(const ResourceType&, const Name&, const std::string& uid) override;

  // WatchSource
  Result<Page> ListPage(const ResourceType&, const ListOptions&, const std::string& continue_token,
                        std::stop_token stop) override;
  Result<void> Watch(const ResourceType&, const ListOptions&, const WatchOptions&, std::stop_token,
                     const std::function<bool(const Json& event)>& sink) override;

 private:
  /// `content_type` is that of the body; empty: there is none.
  Result<Json> Call(http::Request request, const std::string& content_type, std::string body, const std::string& what);
  http::Request Prepare(const std::string& method, std::string target) const;
  void Note(const Result<http::Response>&, const http::Request&);

  const std::shared_ptr<http::Transport> calls_;
  const std::shared_ptr<http::Transport> streams_;
  const RestSettings settings_;
  std::mutex warned_mutex_;
  std::set<std::string> warned_;
};

}  // namespace freehold::kube

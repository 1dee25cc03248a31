// Where a watcher gets its pages and streams from.
#pragma once

#include <chrono>
#include <functional>
#include <stop_token>
#include <string>

#include "operator/kube/client.h"

namespace freehold::kube {

struct Page {
  std::vector<Json> items;  ///< each with the list's apiVersion and kind filled in, without managedFields
  std::string resource_version;
  std::string next;  ///< the continue token; empty on the last page
};

struct WatchOptions {
  std::string resource_version;  ///< events after it; empty together with `initial_list`
  bool initial_list = false;     ///< ask for the list itself as events, ended by an annotated bookmark
  std::chrono::seconds timeout{290};
};

/// Failures as Reader's; "Gone" when a resourceVersion or continue token has expired, "Invalid" when the server knows
/// no initial list. Thread-safe.
class WatchSource {
 public:
  virtual ~WatchSource() = default;
  virtual Result<Page> ListPage(const ResourceType&, const ListOptions&, const std::string& continue_token,
                                std::stop_token stop) = 0;
  /// `sink` gets each watch event ({"type": …, "object": …}) and returns false to end. Success: the server ended the
  /// stream, the sink did, or a stop was requested.
  virtual Result<void> Watch(const ResourceType&, const ListOptions&, const WatchOptions&, std::stop_token,
                             const std::function<bool(const Json& event)>& sink) = 0;
};

}  // namespace freehold::kube

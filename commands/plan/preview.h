// What the controller would do now: the same planner, with nothing behind it that could change the world.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "operator/kube/client.h"
#include "reconcilers/documents/resources.h"
#include "reconcilers/stores/decide.h"

namespace freehold::commands::plan {

/// What would happen to one object, or to what is made for it apart, as views and connectors are: steps, a refusal, or
/// a failure to look; none of them when it is in sync.
struct Entry {
  std::string object;              ///< "ServiceDatabase shop/orders"
  std::vector<std::string> steps;  ///< as stores::Describe tells them
  std::optional<stores::Refusal> refusal;
  std::optional<base::Failure> failure;

  bool in_sync() const { return steps.empty() && !refusal && !failure; }
};

struct Counts {
  int in_sync = 0, to_do = 0, refused = 0, unseen = 0;
};
Counts CountOf(const std::vector<Entry>&);

base::Json ToJson(const std::vector<Entry>&);

/// Servers are asked as their admins, whose Secrets are read in `operator_namespace`.
std::vector<Entry> PreviewOfCluster(const documents::Resources&, kube::Client&, const std::string& operator_namespace);

/// Without cluster and servers: as if nothing of it had been made yet; of warehouses and connectors, which come after
/// stores, as if those had. ConfigMaps are those of the files.
std::vector<Entry> PreviewFromNothing(const documents::Resources&, const std::string& operator_namespace);

}  // namespace freehold::commands::plan

// What people ask of the controller: a new value of an annotation, which it answers in the object's status.
#pragma once

#include <functional>

#include "commands/cluster.h"
#include "reconcilers/api/service_database.h"

namespace freehold::commands {

struct Wish {
  const char* annotation;
  const char* what;  ///< for people: "the rotation"
  /// Does this object say that the wish with this value was fulfilled?
  std::function<bool(const api::ServiceDatabase&, const std::string& value)> fulfilled;
};

/// "NAMESPACE/NAME" of a ServiceDatabase. Terminal "Usage" when it isn't that.
base::Result<kube::Name> ParseName(const std::string& text);

/// Asks, and follows the object until it is fulfilled. Retryable "TimedOut".
base::Result<api::ServiceDatabase> Ask(kube::RestClient&, const kube::Name&, const Wish&, std::chrono::seconds timeout);

/// Adds "object" and "--timeout" to a command that asks.
struct WishFlags {
  std::string object;
  std::chrono::seconds timeout{60};
  ClusterFlags cluster;
};
void AddFlags(CLI::App&, const std::shared_ptr<WishFlags>&);

}  // namespace freehold::commands

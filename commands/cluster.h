// A connection to the API server, as commands and the controller use it.
#pragma once

#include <memory>

#include "commands/command.h"
#include "operator/kube/config.h"
#include "operator/kube/rest_client.h"

namespace freehold::commands {

/// Counts one request; see kube::RestSettings::count.
using CountRequest = decltype(kube::RestSettings::count);

/// Reads and writes, watches, and the lease each have connections of their own.
struct Cluster {
  std::unique_ptr<kube::RestClient> client;
  std::unique_ptr<kube::RestClient> lease_client;
  std::string origin;  ///< for people: where the configuration came from
};

base::Result<Cluster> Connect(const ClusterFlags&, CountRequest count = {});

}  // namespace freehold::commands

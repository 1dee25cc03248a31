// The ACLs that services need which read topics, for those who keep Kafka's users themselves. Pure.
#pragma once

#include "operator/base/json.h"
#include "reconcilers/topics/grants.h"

namespace freehold::topics {

/// Commands for Kafka's own tool, one a line. REQUIRES: the bus has kafkaConnect.brokers.
std::string AclCommands(const api::EventBus&, const std::vector<Grant>&);

/// The same as a list of {bus, service, principal, operation, resourceType, resourceName, patternType, host}.
base::Json AclsToJson(const api::EventBus&, const std::vector<Grant>&);

}  // namespace freehold::topics

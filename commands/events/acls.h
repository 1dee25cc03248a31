// The ACLs that services need which read topics, printed.
#pragma once

#include "operator/base/failure.h"
#include "reconcilers/documents/resources.h"

namespace freehold::commands::events {

/// Of all buses of type KafkaConnect that say where Kafka is. `output`: "commands" or "json".
std::string AclsOf(const documents::Resources&, const std::string& output);

}  // namespace freehold::commands::events

// Who is to read which topics of a bus. Reads caches only.
#pragma once

#include <string>
#include <vector>

#include "operator/kafka/admin.h"
#include "reconcilers/stores/world.h"

namespace freehold::topics {

/// What one service may do in Kafka, and nothing else.
struct Grant {
  kube::Name consumer;  ///< the ServiceDatabase
  std::string uid;      ///< of it
  kube::Name secret;
  std::string reader;                 ///< what it is called there: as a user, and as a consumer group
  std::vector<std::string> topics;    ///< sorted
  std::vector<std::string> channels;  ///< those of the topics
  std::string rotation;               ///< the value of freehold.dev/rotate: with another one, another password
  bool operator==(const Grant&) const = default;
};

/// One for each service that reads topics of the bus and whose store was made, by reader. None of a bus that is being
/// deleted. REQUIRES: IsOnConnect of the bus.
std::vector<Grant> GrantsOf(const api::EventBus&, const stores::World&);

/// The rights that it takes: Read and Describe of each topic, Read of the group, each by its whole name.
std::vector<kafka::Acl> AclsOf(const Grant&);

/// Who is called so by ReaderOf; absent: it is none of Freehold's.
std::optional<kube::Name> ConsumerOf(const api::EventBusSpec&, const std::string& reader);

}  // namespace freehold::topics

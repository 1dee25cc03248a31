// Who may read and write the topics that hold what stores publish.
#pragma once

#include <span>

#include "operator/kube/client.h"
#include "reconcilers/documents/resources.h"
#include "reconcilers/isolation/topic_paths.h"

namespace freehold::commands::audit {

struct TopicsLook {
  const documents::Resources& resources;
  std::span<const isolation::StoreAsked> stores;
  kube::Reader& reader;
  const std::string& operator_namespace;
  base::Timestamp now;
};

/// Asks the Kafka of each bus once, as its administrator; with Strimzi, its KafkaUsers. What can't be seen becomes an
/// Unknown of the stores that publish by it.
void LookAtTopics(const TopicsLook&, isolation::AccessModel&);

}  // namespace freehold::commands::audit

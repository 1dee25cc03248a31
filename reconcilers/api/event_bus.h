// EventBus (bus): by which means events travel from one database to another. Cluster-scoped; written by the platform
// team.
#pragma once

#include "reconcilers/api/common.h"

namespace freehold::api {

enum class BusType {
  kPostgreSQL,  ///< the databases themselves, where they can
  kPolling,     ///< the operator
};
std::string ToString(BusType);

struct EventBusSpec {
  BusType type = BusType::kPostgreSQL;
  bool is_default = false;
  bool operator==(const EventBusSpec&) const = default;
};

struct EventBusStatus {
  std::int64_t observed_generation = 0;
  std::vector<kube::Condition> conditions;
  int publishers = 0;  ///< how many stores publish by it
  bool operator==(const EventBusStatus&) const = default;
};

struct EventBus {
  kube::ObjectMeta meta;
  EventBusSpec spec;
  EventBusStatus status;
};

const kube::ResourceType& EventBusType();

}  // namespace freehold::api

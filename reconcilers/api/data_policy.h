// DataPolicy: what the platform team allows. Cluster-scoped; where several apply, the strictest wins.
#pragma once

#include "reconcilers/api/common.h"

namespace freehold::api {

enum class Enforcement { kWarn, kDeny };
enum class DriftPolicy { kRepair, kReport };

struct PolicyException {
  std::string service;  ///< "namespace/name" of the ServiceDatabase
  Isolation isolation = Isolation::kTables;
  std::string until;  ///< a day, "2027-03-31"; the exception holds until that day has ended, UTC
  std::string reason;
  bool operator==(const PolicyException&) const = default;
};

struct RotationPolicy {
  std::optional<Duration> at_most;
  bool operator==(const RotationPolicy&) const = default;
};

struct DataPolicySpec {
  LabelSelector namespaces;
  std::optional<std::vector<EngineKind>> engines;  ///< absent: all
  Isolation minimum_isolation = Isolation::kSchema;
  RotationPolicy rotation;
  std::vector<PolicyException> exceptions;
  Enforcement enforcement = Enforcement::kDeny;
  DriftPolicy drift = DriftPolicy::kRepair;
  bool operator==(const DataPolicySpec&) const = default;
};

struct DataPolicyStatus {
  std::int64_t observed_generation = 0;
  std::vector<kube::Condition> conditions;
  bool operator==(const DataPolicyStatus&) const = default;
};

struct DataPolicy {
  kube::ObjectMeta meta;
  DataPolicySpec spec;
  DataPolicyStatus status;
};

const kube::ResourceType& DataPolicyType();

}  // namespace freehold::api

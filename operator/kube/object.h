// What every Kubernetes object has, and how it is addressed.
// https://kubernetes.io/docs/reference/using-api/api-concepts/
#pragma once

#include <compare>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "operator/base/clock.h"
#include "operator/base/json.h"

namespace freehold::kube {

using base::Json;

/// The address of an object among those of its type. `ns` is empty for cluster-scoped ones.
struct Name {
  std::string ns;
  std::string name;
  auto operator<=>(const Name&) const = default;
};

/// "ns/name", or "name" for cluster-scoped ones: for people and logs.
std::string ToString(const Name&);

/// One resource type of the API, as its URL needs it.
struct ResourceType {
  std::string group;    ///< empty for the core group
  std::string version;  ///< "v1"
  std::string plural;   ///< "secrets"
  std::string kind;     ///< "Secret"
  bool namespaced = true;

  std::string api_version() const { return group.empty() ? version : group + "/" + version; }
};

struct OwnerReference {
  std::string api_version, kind, name, uid;
  bool controller = false;
  bool block_owner_deletion = false;
  bool operator==(const OwnerReference&) const = default;
};

/// metav1.ObjectMeta without what nobody here reads (managedFields are dropped on arrival).
struct ObjectMeta {
  std::string name;
  std::string ns;
  std::string uid;
  std::string resource_version;
  std::int64_t generation = 0;
  base::Timestamp created{};
  std::optional<base::Timestamp> deleted;  ///< deletionTimestamp
  std::vector<std::string> finalizers;
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> annotations;
  std::vector<OwnerReference> owners;

  Name full_name() const { return {ns, name}; }
  bool operator==(const ObjectMeta&) const = default;
};

/// Reads `object.metadata`. Terminal "InvalidObject" when it isn't there.
base::Result<ObjectMeta> ParseMeta(const Json& object);

/// metav1.Condition.
struct Condition {
  enum class Status { kTrue, kFalse, kUnknown };
  std::string type;
  Status status = Status::kUnknown;
  std::string reason;
  std::string message;
  std::int64_t observed_generation = 0;
  base::Timestamp last_transition{};
  bool operator==(const Condition&) const = default;
};

std::string ToString(Condition::Status);

}  // namespace freehold::kube

template <>
struct std::hash<freehold::kube::Name> {
  std::size_t operator()(const freehold::kube::Name& name) const noexcept {
    return std::hash<std::string>()(name.ns) * 31 + std::hash<std::string>()(name.name);
  }
};

// What the platform's DataPolicies say of one ServiceDatabase. Pure.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "reconcilers/api/data_policy.h"
#include "reconcilers/api/reasons.h"
#include "reconcilers/api/service_database.h"

namespace freehold::policy {

/// One rule of one policy that the object breaks.
struct Objection {
  api::Reason reason = api::Reason::kIsolationTooWeak;
  std::string policy;   ///< metadata.name of the DataPolicy
  std::string path;     ///< the field of the ServiceDatabase: "spec.isolation"
  std::string message;  ///< with the remedy
  bool denied = true;   ///< false: the policy only warns
  bool operator==(const Objection&) const = default;
};

struct PolicyVerdict {
  std::vector<Objection> objections;                   ///< denials first
  std::vector<std::string> exceptions;                 ///< those it is allowed by, with their last day: for its status
  std::optional<api::Duration> rotate_at_most;         ///< the shortest rotation.atMost of all that apply
  api::DriftPolicy drift = api::DriftPolicy::kRepair;  ///< Repair when no policy applies or any of them asks for it
  /// When the first exception that is made use of ends: judge again then.
  std::optional<base::Timestamp> changes_at;

  /// The first denial; null: it may be as it is.
  const Objection* denial() const;
  bool operator==(const PolicyVerdict&) const = default;
};

/// Every policy whose `namespaces` matches applies, and all of them must agree: the strictest wins. An exception counts
/// for the policy it stands in only.
PolicyVerdict Judge(const api::ServiceDatabase&, const std::map<std::string, std::string>& namespace_labels,
                    std::span<const std::shared_ptr<const api::DataPolicy>> policies, base::Timestamp now);

/// How often the credentials rotate: as declared, or sooner when a policy says so.
api::Duration RotateEvery(const api::ServiceDatabase&, const PolicyVerdict&);

}  // namespace freehold::policy

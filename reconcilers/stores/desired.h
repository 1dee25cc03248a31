// All that one ServiceDatabase should be.
#pragma once

#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "reconcilers/api/reasons.h"
#include "reconcilers/credentials/binding.h"
#include "reconcilers/engines/engine.h"
#include "reconcilers/events/graph.h"
#include "reconcilers/stores/feeds.h"
#include "reconcilers/stores/world.h"

namespace freehold::stores {

/// The spec with defaults filled, the policy that applies, and a place on a server. The logins of `store` are left to
/// the rotation.
struct Desired {
  std::shared_ptr<const api::ServiceDatabase> object;
  std::shared_ptr<const api::DatabaseServer> server;
  engines::Store store;
  credentials::Schedule schedule;
  kube::Name secret;
  api::DriftPolicy drift = api::DriftPolicy::kRepair;
  /// What it consumes, and whether somebody offers it.
  std::vector<events::Subscription> subscriptions;
  /// What the service reads from Kafka itself; the rest comes by store.feeds.
  std::vector<TopicFeed> topics;
  /// What was last seen of the stores that it has them from; "" where there is none yet. By publisher and store.
  std::vector<std::string> publishers_seen;
  /// The EventBus that it is to publish by and that isn't there; empty: there is nothing amiss.
  std::string missing_bus;
  /// Where the operator carries events for want of better, why; by the service that they are of.
  std::map<std::string, std::string> polled;
  /// Where its tables stand on their way to a warehouse; absent: none are reported, or nobody looked yet.
  std::optional<ReportState> report;
  /// Exceptions that it is allowed by, and what a policy that only warns has against it.
  std::vector<std::string> policy_notes;
  /// When the policy's verdict may change by time alone.
  std::optional<base::Timestamp> judge_again;
};

/// Why it can't be had as it is written.
struct Refusal {
  api::Reason reason;
  std::string message;
  std::optional<base::Timestamp> judge_again;
};

/// Reads caches only.
std::expected<Desired, Refusal> Want(std::shared_ptr<const api::ServiceDatabase>, const World&, base::Timestamp now);

/// How the service reaches the store.
credentials::Endpoint EndpointOf(const Desired&, const engines::ServerAccess&);

/// The part of status.store.fingerprint that was seen; what stands before it was wanted.
std::string SeenPart(const api::ServiceDatabase&);

/// Digest of what is wanted of the store and of its Secret, passwords and logins aside, and of what the stores were
/// like that its events come from. Equal wishes, equal digest.
std::string DigestOf(const Desired&, const engines::ServerAccess&);

}  // namespace freehold::stores

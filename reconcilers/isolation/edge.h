// One way by which somebody reaches a store, and all of them together: what audit, matrix and reports read.
#pragma once

#include <string>
#include <vector>

#include "operator/base/clock.h"
#include "reconcilers/engines/store.h"

namespace freehold::isolation {

using engines::Severity;
using engines::ToString;

/// What can be done at the end of the way.
enum class Reach {
  kRead,   ///< rows, or the credential itself
  kWrite,  ///< rows
  kOwn,    ///< everything
  kOther,  ///< names, source code, a step on the way
};
std::string ToString(Reach);  ///< "read" …

/// Why a way may be open.
enum class Rule {
  kNone,           ///< it may not: a finding
  kOwner,          ///< the service itself
  kPlatformAdmin,  ///< who administers the cluster or the server
  kEventFeed,      ///< the role by which events leave the store or come into it
  kWarehouseFeed,  ///< the role by which the warehouse gets what the store reports
};
std::string ToString(Rule);  ///< "owner", "platform admin", "feed of events", "warehouse feed"

/// Where a way was found. Reports name it as the policy that was tested.
enum class Ground { kDatabase, kRbac, kPods, kCopies, kProbe, kTopics };
std::string ToString(Ground);  ///< "database-rights", "secret-rbac", "running-pods", "secret-copies", "login-probe", "topic-rights"

struct Edge {
  Ground ground = Ground::kDatabase;
  std::string store;      ///< the ServiceDatabase, "shop/orders"
  std::string principal;  ///< "role payments_db_a", "PUBLIC", "ServiceAccount shop/payments", "User jane", "Pod shop/x"
  std::string service;    ///< the service whose identity that is, "shop/payments"; empty: none of ours
  Reach reach = Reach::kRead;
  std::string path;  ///< "SELECT on table orders.order_lines", "get secrets by RoleBinding shop/devs"
  Rule rule = Rule::kNone;
  Severity severity = Severity::kLow;  ///< of a finding
  std::string evidence;
  std::string remedy;
  base::Timestamp seen_at{};

  bool finding() const { return rule == Rule::kNone; }
  bool feed() const { return rule == Rule::kEventFeed || rule == Rule::kWarehouseFeed; }
};

/// What could not be looked at. An audit with one of these proves nothing about its store.
struct Unknown {
  std::string store;  ///< "shop/orders"; empty: the whole cluster
  std::string what;   ///< "database", "RBAC", "Pods"
  std::string why;
  bool operator==(const Unknown&) const = default;
};

struct AccessModel {
  std::vector<std::string> stores;  ///< all that were asked about, sorted
  std::vector<Edge> edges;
  std::vector<Unknown> unknown;

  /// The edges that no rule allows, the worst first.
  std::vector<Edge> Findings() const;
  /// Those of the roles that Freehold made to bring events and reports, by store.
  std::vector<Edge> Feeds() const;
};

}  // namespace freehold::isolation

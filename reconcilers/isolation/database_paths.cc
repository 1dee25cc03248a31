#include "reconcilers/isolation/database_paths.h"

#include <set>

namespace freehold::isolation {
namespace {

Reach ReachOf(const std::string& right) {
  static const std::set<std::string> kReads = {"SELECT", "CONNECT", "MEMBER", "REPLICATION", "BYPASSRLS"};
  static const std::set<std::string> kWrites = {"INSERT", "UPDATE", "DELETE", "TRUNCATE", "CREATE"};
  static const std::set<std::string> kOwns = {"OWNER", "SUPERUSER"};
  if (kReads.contains(right)) return Reach::kRead;
  if (kWrites.contains(right)) return Reach::kWrite;
  return kOwns.contains(right) ? Reach::kOwn : Reach::kOther;
}

/// As a principal of the model: some are described, and no roles by name.
std::string PrincipalOf(const std::string& name) {
  const bool described = name == "PUBLIC" || name == engines::kOtherFeeds || name.starts_with("roles with ") ||
                         name.starts_with("anybody at ");
  return described ? name : "role " + name;
}

std::string PathOf(const engines::ForeignAccess& access) {
  return access.path.starts_with("member of ") ? access.path : access.right + " on " + access.path;
}

Edge OwnersEdge(const StoreAsked& store, base::Timestamp seen_at) {
  return {.store = store.name(),
          .principal = "role " + store.layout.owner,
          .service = store.service(),
          .reach = Reach::kOwn,
          .path = "Secret " + store.object->meta.ns + "/" + api::SecretNameOf(*store.object),
          .rule = Rule::kOwner,
          .evidence = "server " + store.server + ", database " + store.layout.database,
          .remedy = {},
          .seen_at = seen_at};
}

/// Connecting alone is only a step for a role that may read nothing.
Reach ReachOf(const engines::FeedAccess& access) {
  return access.right == "CONNECT" ? Reach::kOther : ReachOf(access.right);
}

Edge FeedEdge(const StoreAsked& store, const engines::FeedAccess& access, base::Timestamp seen_at) {
  return {.store = store.name(),
          .principal = PrincipalOf(access.principal),
          .service = {},
          .reach = ReachOf(access),
          .path = access.right + " on " + access.path,
          .rule = access.feed == engines::Feed::kReports ? Rule::kWarehouseFeed : Rule::kEventFeed,
          .evidence = "server " + store.server + ": " + access.evidence,
          .remedy = {},
          .seen_at = seen_at};
}

}  // namespace

std::vector<Edge> DatabaseEdges(const StoreAsked& store, const DatabaseSeen& seen, const RoleOwners& owners,
                                base::Timestamp seen_at) {
  std::vector<Edge> edges = {OwnersEdge(store, seen_at)};
  for (const auto& access : seen.feeds) edges.push_back(FeedEdge(store, access, seen_at));
  for (const auto& access : seen.foreign) {
    edges.push_back({.store = store.name(),
                     .principal = PrincipalOf(access.principal),
                     .service = owners.ServiceOf(store.server, access.principal),
                     .reach = ReachOf(access.right),
                     .path = PathOf(access),
                     .severity = access.severity,
                     .evidence = access.evidence.empty()
                                     ? "server " + store.server + ": " + access.right + " on " + access.path
                                     : "server " + store.server + ": " + access.evidence,
                     .remedy = access.remedy,
                     .seen_at = seen_at});
  }
  return edges;
}

}  // namespace freehold::isolation

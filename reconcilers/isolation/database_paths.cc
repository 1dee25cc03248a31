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

}  // namespace

std::vector<Edge> DatabaseEdges(const StoreAsked& store, std::span<const engines::ForeignAccess> foreign,
                                const RoleOwners& owners, base::Timestamp seen_at) {
  std::vector<Edge> edges = {OwnersEdge(store, seen_at)};
  for (const auto& access : foreign) {
    const bool is_public = access.principal == "PUBLIC";
    edges.push_back({.store = store.name(),
                     .principal = is_public ? "PUBLIC" : "role " + access.principal,
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

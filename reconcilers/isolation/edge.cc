#include "reconcilers/isolation/edge.h"

#include <algorithm>
#include <tuple>

namespace freehold::isolation {

std::string ToString(Reach reach) {
  switch (reach) {
    case Reach::kRead:
      return "read";
    case Reach::kWrite:
      return "write";
    case Reach::kOwn:
      return "own";
    case Reach::kOther:
      return "other";
  }
  return {};
}

std::string ToString(Rule rule) {
  switch (rule) {
    case Rule::kNone:
      return "none";
    case Rule::kOwner:
      return "owner";
    case Rule::kPlatformAdmin:
      return "platform admin";
    case Rule::kEventFeed:
      return "feed of events";
    case Rule::kWarehouseFeed:
      return "warehouse feed";
  }
  return {};
}

std::string ToString(Ground ground) {
  switch (ground) {
    case Ground::kDatabase:
      return "database-rights";
    case Ground::kRbac:
      return "secret-rbac";
    case Ground::kPods:
      return "running-pods";
    case Ground::kCopies:
      return "secret-copies";
    case Ground::kProbe:
      return "login-probe";
    case Ground::kTopics:
      return "topic-rights";
  }
  return {};
}

std::vector<Edge> AccessModel::Findings() const {
  std::vector<Edge> findings;
  std::ranges::copy_if(edges, std::back_inserter(findings), &Edge::finding);
  const auto order = [](const Edge& edge) {
    return std::tuple(-static_cast<int>(edge.severity), edge.store, edge.principal, edge.path);
  };
  std::ranges::stable_sort(findings, {}, order);
  return findings;
}

std::vector<Edge> AccessModel::Feeds() const {
  std::vector<Edge> feeds;
  std::ranges::copy_if(edges, std::back_inserter(feeds), &Edge::feed);
  const auto order = [](const Edge& edge) { return std::tuple(edge.store, edge.principal, edge.rule); };
  std::ranges::stable_sort(feeds, {}, order);
  return feeds;
}

}  // namespace freehold::isolation

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

}  // namespace freehold::isolation

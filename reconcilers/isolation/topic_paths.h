// The ways to what a store publishes that Kafka opens.
#pragma once

#include <map>
#include <set>
#include <span>
#include <vector>

#include "operator/kafka/admin.h"
#include "reconcilers/isolation/edge.h"
#include "reconcilers/isolation/stores.h"

namespace freehold::isolation {

/// A topic that holds what a store publishes for one service.
struct TopicAsked {
  std::string name;
  std::string reader;  ///< Kafka's user who may read it; empty: the workers alone bring it on
};

/// What an EventBus's Kafka says of who may do what.
struct KafkaSeen {
  std::string bus;
  std::vector<kafka::Acl> acls;
  std::map<std::string, std::string> readers;  ///< Kafka's users by name: whose service's they are, "shop/payments"
  std::set<std::string> platform_users;
};

/// One edge for each right to read or write one of the topics: the reader's own, the platform's, or a finding. Rights
/// that are denied are not made up against those that are given. Pure.
std::vector<Edge> TopicEdges(const StoreAsked& publisher, std::span<const TopicAsked>, const KafkaSeen&,
                             base::Timestamp seen_at);

}  // namespace freehold::isolation

#include "reconcilers/isolation/topic_paths.h"

namespace freehold::isolation {
namespace {

using kafka::Acl;
using kafka::Operation;

constexpr std::string_view kUser = "User:";

bool Covers(const Acl& acl, const std::string& topic) {
  if (!acl.allows || acl.resource != kafka::Resource::kTopic) return false;
  if (acl.prefixed) return topic.starts_with(acl.name);
  return acl.name == topic || acl.name == "*";
}

bool Writes(const Acl& acl) { return acl.operation == Operation::kWrite || acl.operation == Operation::kAll; }
bool Reads(const Acl& acl) { return acl.operation == Operation::kRead || acl.operation == Operation::kAll; }

std::string UserOf(const Acl& acl) {
  return acl.principal.starts_with(kUser) ? acl.principal.substr(kUser.size()) : "";
}

std::string Evidence(const Acl& acl, const std::string& bus) {
  return "Kafka of EventBus " + bus + ": " + acl.principal + " has " + ToString(acl.operation) + " of " +
         (acl.prefixed ? "topics that begin with " : "topic ") + acl.name + " from host " + acl.host;
}

}  // namespace

std::vector<Edge> TopicEdges(const StoreAsked& publisher, std::span<const TopicAsked> topics, const KafkaSeen& seen,
                             base::Timestamp seen_at) {
  std::vector<Edge> edges;
  for (const auto& topic : topics) {
    for (const auto& acl : seen.acls) {
      if (!Covers(acl, topic.name) || (!Reads(acl) && !Writes(acl))) continue;
      const auto user = UserOf(acl);
      const auto service = seen.readers.find(user);
      const bool own = !user.empty() && user == topic.reader && !Writes(acl);
      const auto rule = own                                  ? Rule::kEventFeed
                        : seen.platform_users.contains(user) ? Rule::kPlatformAdmin
                                                             : Rule::kNone;
      edges.push_back({.ground = Ground::kTopics,
                       .store = publisher.name(),
                       .principal = "Kafka's " + acl.principal,
                       .service = service == seen.readers.end() ? "" : service->second,
                       .reach = Writes(acl) ? Reach::kWrite : Reach::kRead,
                       .path = ToString(acl.operation) + " on topic " + topic.name,
                       .rule = rule,
                       .severity = Severity::kCritical,
                       .evidence = Evidence(acl, seen.bus),
                       .remedy = "delete this ACL, or name the user in brokers.platformUsers of EventBus " + seen.bus +
                                 " if it is the platform's",
                       .seen_at = seen_at});
    }
  }
  return edges;
}

}  // namespace freehold::isolation

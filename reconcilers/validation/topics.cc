#include "reconcilers/buses/topics.h"

#include <algorithm>

#include "reconcilers/events/graph.h"
#include "reconcilers/validation/rules.h"

namespace freehold::validation {
namespace {

using api::Reason;
using Database = documents::Resource<api::ServiceDatabase>;

std::shared_ptr<const api::ServiceDatabase> Find(const World& world, const kube::Name& name) {
  const auto found = std::ranges::find_if(
      world.resources.databases, [&](const Database& database) { return database.object->meta.full_name() == name; });
  return found == world.resources.databases.end() ? nullptr : found->object;
}

bool ShareDatabase(const api::ServiceDatabase& one, const api::ServiceDatabase& other, const World& world) {
  const auto* server = ServerOf(one, world.resources);
  const auto shares = [](const auto& object) { return object.spec.isolation < api::Isolation::kDatabase; };
  return server && server == ServerOf(other, world.resources) && shares(one) && shares(other);
}

}  // namespace

void CheckTopics(const World& world, Findings& findings) {
  const auto objects = documents::Objects(world.resources.databases);
  const auto buses = documents::Objects(world.resources.buses);
  const events::Publishers publishers(objects);
  for (const auto& database : world.resources.databases) {
    if (!api::ReadsTopics(*database.object)) continue;
    const auto subscriptions = publishers.SubscriptionsOf(*database.object);
    for (std::size_t at = 0; at < subscriptions.size(); ++at) {
      const auto& subscription = subscriptions[at];
      if (subscription.wanted.deliver != api::Delivery::kTopic || subscription.fault || !subscription.store) continue;
      const auto publisher = Find(world, *subscription.store);
      const auto path = "spec.consumes[" + std::to_string(at) + "].deliver";
      if (ShareDatabase(*publisher, *database.object, world)) {
        findings.Add(Severity::kError, ToString(Reason::kTopicNotPossible), database, path,
                     "it shares a database with " + ToString(subscription.publisher) +
                         ", whose own transaction writes the inbox: set deliver: Inbox");
        continue;
      }
      const auto choice = buses::ChoiceOf(*publisher, buses);
      const auto hindrance = buses::TopicHindrance(ToString(subscription.publisher), choice);
      if (hindrance.empty()) continue;
      // A cluster may have the bus that these files leave out.
      const bool may_come = world.scope == Scope::kFiles && !choice.bus;
      findings.Add(may_come ? Severity::kNote : Severity::kError, ToString(Reason::kTopicNotPossible), database, path,
                   hindrance);
    }
  }
}

}  // namespace freehold::validation

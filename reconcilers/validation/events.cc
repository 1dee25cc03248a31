#include <set>

#include "reconcilers/events/graph.h"
#include "reconcilers/events/projections.h"
#include "reconcilers/validation/rules.h"

namespace freehold::validation {

void CheckEvents(const World& world, Findings& findings) {
  const auto objects = documents::Objects(world.resources.databases);
  const events::Publishers publishers(objects);
  std::set<events::Service> services;
  for (const auto& object : objects) services.insert(events::OwnerOf(*object));

  for (const auto& database : world.resources.databases) {
    for (const events::Subscription& subscription : publishers.SubscriptionsOf(*database.object)) {
      if (!subscription.fault) continue;
      const events::EventFault& fault = *subscription.fault;
      findings.Add(Severity::kError, ToString(fault.reason), database, fault.path, fault.message);
    }
    for (const auto& table : events::ProjectedTablesOf(*database.object)) {
      for (const auto& fault : table.faults) {
        findings.Add(Severity::kError, ToString(fault.reason), database, fault.path, fault.message);
      }
    }
    const auto& calls = database.object->spec.calls;
    for (std::size_t at = 0; at < calls.size(); ++at) {
      const auto called = events::Resolve(calls[at].service, database.object->meta.ns);
      if (services.contains(called)) continue;
      findings.Add(Severity::kNote, "ServiceUnknown", database, "spec.calls[" + std::to_string(at) + "].service",
                   "service " + ToString(called) + " has no store among these resources");
    }
  }
}

}  // namespace freehold::validation

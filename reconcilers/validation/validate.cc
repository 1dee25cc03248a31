#include "reconcilers/validation/validate.h"

#include "reconcilers/validation/rules.h"

namespace freehold::validation {

std::vector<Finding> Validate(const documents::Resources& resources, Scope scope, base::Timestamp now) {
  const World world{resources, scope, now};
  Findings findings;
  CheckObjects(world, findings);
  CheckServers(world, findings);
  CheckReferences(world, findings);
  CheckOwners(world, findings);
  CheckTables(world, findings);
  CheckBuses(world, findings);
  CheckEvents(world, findings);
  CheckTopics(world, findings);
  CheckWarehouses(world, findings);
  CheckViews(world, findings);
  CheckPolicies(world, findings);
  return findings.Take();
}

}  // namespace freehold::validation

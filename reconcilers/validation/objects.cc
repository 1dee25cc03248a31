#include "reconcilers/validation/rules.h"

namespace freehold::validation {
namespace {

template <class Kind>
void CheckKind(const std::vector<documents::Resource<Kind>>& resources, Findings& findings) {
  std::map<kube::Name, const documents::Resource<Kind>*> seen;
  for (const auto& resource : resources) {
    for (const api::Fault& fault : resource.faults) {
      findings.Add(Severity::kError, "Invalid", resource, fault.path, fault.message);
    }
    const auto [first, fresh] = seen.emplace(resource.object->meta.full_name(), &resource);
    if (fresh || resource.object->meta.name.empty()) continue;
    findings.Add(Severity::kError, "Duplicate", resource, "metadata.name",
                 "is given twice; first at " + PlaceOf(*first->second, "metadata.name"));
  }
}

}  // namespace

void CheckObjects(const World& world, Findings& findings) {
  for (const documents::TextFault& fault : world.resources.faults) {
    findings.Add({Severity::kError, "Syntax", "", "", fault.message, fault.file, fault.position});
  }
  CheckKind(world.resources.databases, findings);
  CheckKind(world.resources.servers, findings);
  CheckKind(world.resources.policies, findings);
  CheckKind(world.resources.buses, findings);
  CheckKind(world.resources.warehouses, findings);
}

}  // namespace freehold::validation

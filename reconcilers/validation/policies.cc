#include "reconcilers/policy/verdict.h"
#include "reconcilers/validation/rules.h"

namespace freehold::validation {
namespace {

void CheckExceptions(const documents::Resource<api::DataPolicy>& policy, base::Timestamp now, Findings& findings) {
  const auto& exceptions = policy.object->spec.exceptions;
  for (std::size_t at = 0; at < exceptions.size(); ++at) {
    const auto day = base::ParseTime(exceptions[at].until + "T00:00:00Z");
    if (!day || now < *day + std::chrono::days(1)) continue;
    findings.Add(Severity::kWarning, ToString(api::Reason::kPolicyExceptionExpired), policy,
                 "spec.exceptions[" + std::to_string(at) + "].until",
                 "the exception for " + exceptions[at].service + " has ended; remove or prolong it");
  }
}

}  // namespace

void CheckPolicies(const World& world, Findings& findings) {
  const auto policies = documents::Objects(world.resources.policies);
  for (const auto& database : world.resources.databases) {
    const auto labels = world.resources.LabelsOf(database.object->meta.ns);
    for (const policy::Objection& objection : policy::Judge(*database.object, labels, policies, world.now).objections) {
      findings.Add(objection.denied ? Severity::kError : Severity::kWarning, ToString(objection.reason), database,
                   objection.path, objection.message);
    }
  }
  for (const auto& policy : world.resources.policies) CheckExceptions(policy, world.now, findings);
}

}  // namespace freehold::validation

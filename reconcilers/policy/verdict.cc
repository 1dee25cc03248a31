#include "reconcilers/policy/verdict.h"

#include <algorithm>

#include "reconcilers/policy/exceptions.h"

namespace freehold::policy {
namespace {

using api::DataPolicy;
using api::PolicyException;
using api::Reason;
using api::ServiceDatabase;

const PolicyException* ExceptionFor(const ServiceDatabase& object, const DataPolicy& policy) {
  const auto found = std::ranges::find_if(policy.spec.exceptions, [&](const PolicyException& exception) {
    return exception.service == object.meta.ns + "/" + object.meta.name ||
           exception.service == object.meta.ns + "/" + api::ServiceOf(object);
  });
  return found == policy.spec.exceptions.end() ? nullptr : &*found;
}

std::string EnginesOf(const DataPolicy& policy) {
  std::string words;
  for (const api::EngineKind engine : *policy.spec.engines) words += (words.empty() ? "" : ", ") + ToString(engine);
  return words;
}

/// One policy at a time: what it objects to is added to the verdict.
class Judgement {
 public:
  Judgement(const ServiceDatabase& object, const DataPolicy& policy, base::Timestamp now, PolicyVerdict& verdict)
      : object_(object), policy_(policy), now_(now), verdict_(verdict) {}

  void Engine() {
    const auto& allowed = policy_.spec.engines;
    if (!allowed || std::ranges::find(*allowed, object_.spec.engine) != allowed->end()) return;
    Object(Reason::kEngineNotAllowed, "spec.engine",
           "does not allow " + ToString(object_.spec.engine) + "; choose one of " + EnginesOf(policy_));
  }

  void Isolation() {
    const api::Isolation wanted = object_.spec.isolation, minimum = policy_.spec.minimum_isolation;
    if (wanted >= minimum) return;
    const std::string remedy = "raise spec.isolation to " + ToString(minimum) + " or stronger";
    const PolicyException* exception = ExceptionFor(object_, policy_);
    if (!exception || wanted < exception->isolation) {
      return Object(Reason::kIsolationTooWeak, "spec.isolation",
                    "asks for at least " + ToString(minimum) + ", not " + ToString(wanted) + "; " + remedy +
                        ", or have an exception added");
    }
    const base::Timestamp end = EndOf(*exception);
    if (end <= now_) {
      return Object(Reason::kPolicyExceptionExpired, "spec.isolation",
                    "allowed " + ToString(wanted) + " until " + exception->until + " (" + exception->reason + "); " +
                        remedy + ", or have the exception prolonged");
    }
    verdict_.changes_at = std::min(verdict_.changes_at.value_or(end), end);
    verdict_.exceptions.push_back("DataPolicy " + policy_.meta.name + " allows " + ToString(wanted) + " until " +
                                  exception->until + " only (" + exception->reason + ")");
  }

  void Rotation() {
    const auto& most = policy_.spec.rotation.at_most;
    if (most) verdict_.rotate_at_most = std::min(verdict_.rotate_at_most.value_or(*most), *most);
  }

 private:
  void Object(Reason reason, std::string path, const std::string& message) {
    verdict_.objections.push_back({reason, policy_.meta.name, std::move(path),
                                   "DataPolicy " + policy_.meta.name + " " + message,
                                   policy_.spec.enforcement == api::Enforcement::kDeny});
  }

  const ServiceDatabase& object_;
  const DataPolicy& policy_;
  base::Timestamp now_;
  PolicyVerdict& verdict_;
};

}  // namespace

const Objection* PolicyVerdict::denial() const {
  return !objections.empty() && objections.front().denied ? &objections.front() : nullptr;
}

PolicyVerdict Judge(const ServiceDatabase& object, const std::map<std::string, std::string>& namespace_labels,
                    std::span<const std::shared_ptr<const DataPolicy>> policies, base::Timestamp now) {
  PolicyVerdict verdict;
  bool any = false, repair = false;
  for (const auto& policy : policies) {
    if (!Matches(policy->spec.namespaces, namespace_labels)) continue;
    any = true;
    repair = repair || policy->spec.drift == api::DriftPolicy::kRepair;
    Judgement judgement(object, *policy, now, verdict);
    judgement.Engine();
    judgement.Isolation();
    judgement.Rotation();
  }
  if (any && !repair) verdict.drift = api::DriftPolicy::kReport;
  std::ranges::stable_sort(verdict.objections, std::greater(), &Objection::denied);
  return verdict;
}

api::Duration RotateEvery(const ServiceDatabase& object, const PolicyVerdict& verdict) {
  const api::Duration declared = object.spec.credentials.rotate_every;
  return std::min(declared, verdict.rotate_at_most.value_or(declared));
}

}  // namespace freehold::policy

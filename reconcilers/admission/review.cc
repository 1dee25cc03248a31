#include "reconcilers/admission/review.h"

#include <algorithm>
#include <set>

#include "operator/base/text.h"
#include "reconcilers/admission/scene.h"
#include "reconcilers/events/graph.h"
#include "reconcilers/policy/verdict.h"
#include "reconcilers/validation/validate.h"

namespace freehold::admission {
namespace {

using api::Reason;
using validation::Finding;
using validation::Severity;

/// What a finding says, wherever it stands: an item added before it in a list doesn't make it another.
using Saying = std::pair<std::string, std::string>;
Saying SayingOf(const Finding& finding) { return {finding.object, finding.code + " " + finding.message}; }

std::set<Saying> ErrorsIn(const std::vector<Finding>& findings) {
  std::set<Saying> sayings;
  for (const Finding& finding : findings) {
    if (finding.severity == Severity::kError) sayings.insert(SayingOf(finding));
  }
  return sayings;
}

std::string TextOf(const Finding& finding) {
  return finding.path.empty() ? finding.message : finding.path + ": " + finding.message;
}

/// May the arrival of another object mend it?
bool Awaits(const Finding& finding) {
  static const std::set<std::string> kAwaiting = {ToString(Reason::kServerNotFound), ToString(Reason::kBusNotFound),
                                                  ToString(Reason::kEventNotPublished),
                                                  ToString(Reason::kWarehouseNotFound)};
  return kAwaiting.contains(finding.code);
}

/// The namespace may have come this very moment, with labels that no cache has yet.
void Doubt(std::vector<Finding>& findings) {
  for (Finding& finding : findings) {
    if (finding.code == ToString(Reason::kServerNotAllowed)) finding.severity = Severity::kWarning;
  }
}

/// Puts together what was found. `before` and `after` are judged as a newcomer, `standing` as it is.
Verdict Conclude(const std::string& title, const std::vector<Finding>& before, const std::vector<Finding>& after,
                 const std::vector<Finding>& standing) {
  Verdict verdict;
  const auto known = ErrorsIn(before);
  std::set<Saying> refused;
  for (const Finding& finding : after) {
    if (finding.severity != Severity::kError || known.contains(SayingOf(finding))) continue;
    if (finding.object != title) {
      verdict.warnings.push_back(finding.object + ": " + TextOf(finding));
      continue;
    }
    if (Awaits(finding)) continue;
    refused.insert(SayingOf(finding));
    verdict.message += (verdict.message.empty() ? "" : "; and ") + TextOf(finding);
  }
  verdict.allowed = refused.empty();
  for (const Finding& finding : standing) {
    if (finding.object != title || finding.severity == Severity::kNote) continue;
    if (!refused.contains(SayingOf(finding))) verdict.warnings.push_back(TextOf(finding));
  }
  return verdict;
}

class Reviewer {
 public:
  Reviewer(const stores::World& world, base::Timestamp now) : world_(world), now_(now) {}

  Verdict operator()(const Elsewhere&) const { return {}; }

  Verdict operator()(const Unreadable& change) const {
    return {.warnings = {"not judged: this version of Freehold can't read it: " + change.why}};
  }

  Verdict operator()(const Change<api::ServiceDatabase>& change) const {
    if (!change.after) return ReviewDeletion(*change.before);
    if (change.after->meta.deleted || (change.before && change.before->spec == change.after->spec)) return {};
    const std::vector versions{change.before, change.after};
    const std::string& ns = change.after->meta.ns;
    auto around = RelativesOf(versions, world_.databases);
    AddCrowd(around, versions, world_);
    const auto scene = SceneWith(std::move(around), ns, world_);
    const auto judge = [&](const auto& version, Standing standing) {
      documents::Resources resources = scene;
      Enter(resources, version, standing);
      auto findings = Validate(resources);
      if (!scene.namespaces.contains(ns)) Doubt(findings);
      return findings;
    };
    const auto after = judge(change.after, Standing::kNewcomer);
    return Conclude(validation::Title(*change.after), judge(change.before, Standing::kNewcomer), after,
                    change.before ? judge(change.after, Standing::kAsItIs) : after);
  }

  Verdict operator()(const Change<api::DatabaseServer>& change) const {
    const bool stays = change.before && change.after && change.before->spec == change.after->spec;
    if (stays || change.subject().meta.deleted) return {};
    const std::vector versions{change.before, change.after};
    const auto scene = SceneWith(TenantsOf(versions, world_.databases), "", world_);
    const auto judge = [&](const auto& version, Standing standing) {
      documents::Resources resources = scene;
      Enter(resources, change.subject().meta.full_name(), version, standing);
      return Validate(resources);
    };
    return Conclude(validation::Title(change.subject()), judge(change.before, Standing::kNewcomer),
                    judge(change.after, Standing::kNewcomer), judge(change.after, Standing::kAsItIs));
  }

  /// A policy is the platform's decision: it is told what it stops.
  Verdict operator()(const Change<api::DataPolicy>& change) const {
    if (!change.after || (change.before && change.before->spec == change.after->spec)) return {};
    Verdict verdict;
    documents::Resources alone;
    alone.policies.push_back({change.after, {}, {}});
    for (const Finding& finding : Validate(alone)) verdict.warnings.push_back(TextOf(finding));
    for (const auto& object : world_.databases.All()) {
      const auto before = change.before ? DenialsBy(change.before, *object) : std::vector<policy::Objection>{};
      for (const auto& denial : DenialsBy(change.after, *object)) {
        if (std::ranges::find(before, denial) != before.end()) continue;
        verdict.warnings.push_back(validation::Title(*object) + ": " + denial.path + ": " + denial.message);
      }
    }
    return verdict;
  }

 private:
  Verdict ReviewDeletion(const api::ServiceDatabase& object) const {
    const bool destroys = object.spec.deletion_policy == api::DeletionPolicy::kDelete;
    if (!destroys || object.meta.deleted || api::IsDeletionConfirmed(object)) return {};
    const auto consumers = events::ConsumersOf(object, world_.databases.All());
    if (consumers.empty()) return {};
    return {.allowed = false,
            .message = "its data would be deleted, but its events are still consumed by " + base::Join(consumers) +
                       "; remove these, or annotate it with " + api::kConfirmDeleteAnnotation + ": " + object.meta.name,
            .warnings = {}};
  }

  std::vector<policy::Objection> DenialsBy(const std::shared_ptr<const api::DataPolicy>& policy,
                                           const api::ServiceDatabase& object) const {
    const auto ns = world_.namespaces.Find({"", object.meta.ns});
    const std::vector only{policy};
    auto objections = policy::Judge(object, ns ? ns->meta.labels : documents::Labels{}, only, now_).objections;
    std::erase_if(objections, [](const policy::Objection& objection) { return !objection.denied; });
    return objections;
  }

  std::vector<Finding> Validate(const documents::Resources& resources) const {
    return validation::Validate(resources, validation::Scope::kCluster, now_);
  }

  const stores::World& world_;
  const base::Timestamp now_;
};

}  // namespace

Verdict Review(const Request& request, const stores::World& world, base::Timestamp now) {
  return std::visit(Reviewer(world, now), request.change);
}

}  // namespace freehold::admission

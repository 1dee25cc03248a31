#include "reconcilers/views/status.h"

#include "operator/base/text.h"
#include "operator/kube/conditions.h"
#include "reconcilers/api/reasons.h"

namespace freehold::views {
namespace {

using Is = kube::Condition::Status;

}  // namespace

void Tell(const api::ReportingWarehouse& object, const std::optional<State>& state, base::Timestamp now,
          api::ReportingWarehouseStatus& status) {
  if (!state) return;
  if (object.spec.views.empty() && *state == State{}) {
    status.views.clear();
    std::erase_if(status.conditions, [](const auto& condition) { return condition.type == kReadyCondition; });
    return;
  }
  status.views = state->views;
  if (status.views.size() > api::kViewsTold) status.views.resize(api::kViewsTold);
  auto wrong = state->troubles;
  std::vector<std::string> pending;
  for (const auto& view : state->views) {
    if (!view.error.empty()) {
      wrong.push_back(view.name + ": " + view.error);
    } else if (!view.last_success) {
      pending.push_back(view.name);
    }
  }
  const auto set = [&](Is is, api::Reason reason, const std::string& message) {
    kube::SetCondition(status.conditions, kReadyCondition, is, ToString(reason), message, object.meta.generation, now);
  };
  if (!wrong.empty()) return set(Is::kFalse, api::Reason::kViewsFailing, base::Join(wrong, "; "));
  if (!pending.empty()) {
    return set(Is::kFalse, api::Reason::kReportingPending, "not made yet: " + base::Join(pending, ", "));
  }
  set(Is::kTrue, api::Reason::kViewsCurrent, "all views are as their files say, and refreshed on schedule");
}

}  // namespace freehold::views

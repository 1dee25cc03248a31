#include "reconcilers/servers/status.h"

#include <algorithm>

#include "operator/kube/conditions.h"
#include "reconcilers/api/reasons.h"

namespace freehold::servers {
namespace {

using Is = kube::Condition::Status;

void Clear(kube::Conditions& conditions, const char* type) {
  std::erase_if(conditions, [&](const auto& condition) { return condition.type == type; });
}

}  // namespace

api::DatabaseServerStatus StatusOf(const api::DatabaseServer& server, const Standing& standing, int stores) {
  auto status = server.status;
  status.observed_generation = server.meta.generation;
  status.stores = stores;
  const auto set = [&](const char* type, Is is, const std::string& reason, const std::string& message) {
    kube::SetCondition(status.conditions, type, is, reason, message, server.meta.generation, standing.at);
  };

  if (standing.failure) {
    const bool terminal = standing.failure->kind == base::FailureClass::kTerminal;
    set("Ready", Is::kFalse, standing.failure->reason, standing.failure->message);
    set(terminal ? "Stalled" : "Reconciling", Is::kTrue, standing.failure->reason, standing.failure->message);
    Clear(status.conditions, terminal ? "Reconciling" : "Stalled");
    return status;
  }
  set("Ready", Is::kTrue, ToString(api::Reason::kReady), "the server answers and is prepared");
  Clear(status.conditions, "Reconciling");
  Clear(status.conditions, "Stalled");
  status.version = standing.snapshot->version;
  status.capabilities = standing.snapshot->capabilities;
  status.spares = standing.snapshot->spares;
  status.findings = standing.snapshot->findings;
  return status;
}

}  // namespace freehold::servers

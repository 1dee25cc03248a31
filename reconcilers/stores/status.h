// What a ServiceDatabase is told about itself. Conditions follow kstatus: Ready always, Reconciling and Stalled only
// while they are true. https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md
#pragma once

#include <string>
#include <vector>

#include "reconcilers/stores/decide.h"

namespace freehold::stores {

/// The store is as wanted: `seen` is the evidence. What policies have to say is told in Ready's message.
api::ServiceDatabaseStatus SettledStatus(const Desired&, const Observed& seen, const credentials::Turn&,
                                         const std::string& digest, base::Timestamp now);
/// It differs from its spec in `steps`, which the policy forbids to take. Ready only where nothing hinders the service.
api::ServiceDatabaseStatus DriftedStatus(const Desired&, const Observed& seen, const Drifted&,
                                         const std::string& digest, base::Timestamp now);
/// It can't be had as it is written. Stalled when the reason is terminal.
api::ServiceDatabaseStatus RefusedStatus(const api::ServiceDatabase&, const Refusal&, base::Timestamp now);
/// It is on its way, or it can't be seen: tried again.
api::ServiceDatabaseStatus WaitingStatus(const api::ServiceDatabase&, api::Reason, const std::string& message,
                                         base::Timestamp now);
/// A failure of one pass, as a reason people know.
Refusal RefusalOf(const base::Failure&);
/// Held by annotation: what was known stays as it is.
api::ServiceDatabaseStatus PausedStatus(const api::ServiceDatabase&, base::Timestamp now);

}  // namespace freehold::stores

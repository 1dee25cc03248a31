// How far behind the events are that travel between databases, seen at the publishers' ends.
#pragma once

#include "operator/kube/client.h"
#include "reconcilers/documents/resources.h"
#include "reconcilers/reports/event_flows.h"

namespace freehold::commands::events {

/// One look for each pair of stores between which events travel. Reads only; servers are reached as their admins. What
/// can't be looked at says so.
reports::FlowLags LagsOf(const documents::Resources&, kube::Reader&, const std::string& operator_namespace);

}  // namespace freehold::commands::events

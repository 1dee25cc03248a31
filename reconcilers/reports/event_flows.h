// Every event that is consumed: from where to where, by what, and whether it flows. Pure.
#pragma once

#include <string>
#include <vector>

#include "operator/base/json.h"
#include "reconcilers/events/graph.h"

namespace freehold::reports {

struct EventFlow {
  std::string event;
  std::string from;       ///< the publishing service, "shop/orders"
  std::string to;         ///< the consuming ServiceDatabase
  std::string transport;  ///< empty: none
  std::string state;      ///< "Streaming", a reason (of its copy, too), or "Declared" when nobody has looked yet
  std::string message;    ///< why it does not flow; empty when it does
  bool operator==(const EventFlow&) const = default;
};

struct EventFlows {
  std::vector<EventFlow> flows;  ///< by consumer, in the order of `consumes`
  bool holds = true;             ///< none is known not to flow
};

/// What the objects say of themselves, where they were looked at since they changed, and otherwise what follows from
/// them.
EventFlows EventFlowsOf(events::Services);

std::string TextTable(const EventFlows&);
std::string Markdown(const EventFlows&);
base::Json ToJson(const EventFlows&);

}  // namespace freehold::reports

// Every event that is consumed: from where to where, by what, and whether it flows. Pure.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "operator/base/json.h"
#include "reconcilers/events/graph.h"

namespace freehold::reports {

/// What a look at the publisher's end of a flow saw.
struct FlowLag {
  std::int64_t events = 0;           ///< waiting for the operator to carry them
  std::int64_t bytes = 0;            ///< of WAL that the consumer's end did not confirm yet
  std::chrono::milliseconds time{};  ///< how old the oldest of them is, or how far behind the consumer's end is
  std::int64_t parked = 0;           ///< put aside after too many tries
  std::string failure;               ///< why it could not be looked at; empty: it was
  bool operator==(const FlowLag&) const = default;
};
/// By consumer and publishing service: {"shop/payments", "shop/orders"}. Flows that no channel carries have no lag.
using FlowLags = std::map<std::pair<std::string, std::string>, FlowLag>;

struct EventFlow {
  std::string event;
  std::string from;       ///< the publishing service, "shop/orders"
  std::string to;         ///< the consuming ServiceDatabase
  std::string transport;  ///< empty: none
  std::string state;      ///< "Streaming", a reason (of its copy, too), or "Declared" when nobody has looked yet
  std::string message;    ///< why it does not flow; empty when it does
  std::optional<FlowLag> lag{};
  bool operator==(const EventFlow&) const = default;
};

struct EventFlows {
  std::vector<EventFlow> flows;  ///< by consumer, in the order of `consumes`
  bool holds = true;             ///< none is known not to flow
};

/// What the objects say of themselves, where they were looked at since they changed, and otherwise what follows from
/// them.
EventFlows EventFlowsOf(events::Services, const FlowLags& = {});

std::string TextTable(const EventFlows&);
std::string Markdown(const EventFlows&);
base::Json ToJson(const EventFlows&);

}  // namespace freehold::reports

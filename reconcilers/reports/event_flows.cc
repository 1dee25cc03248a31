#include "reconcilers/reports/event_flows.h"

#include <algorithm>

#include "operator/kube/conditions.h"
#include "reconcilers/reports/grid.h"

namespace freehold::reports {
namespace {

constexpr const char* kStreaming = "Streaming";
constexpr const char* kCurrent = "Current";
constexpr const char* kDeclared = "Declared";

const api::ConsumeStatus* SaidOf(const events::Subscription& subscription, const api::ServiceDatabase& consumer) {
  if (consumer.status.observed_generation != consumer.meta.generation) return nullptr;
  const auto& said = consumer.status.consumes;
  const auto found = std::ranges::find_if(said, [&](const api::ConsumeStatus& row) {
    return row.event == subscription.wanted.event && row.from == ToString(subscription.publisher);
  });
  return found == said.end() ? nullptr : &*found;
}

std::string MessageOf(const api::ServiceDatabase& consumer) {
  const auto* condition = kube::FindCondition(consumer.status.conditions, "EventsReady");
  return condition && condition->status != kube::Condition::Status::kTrue ? condition->message : "";
}

EventFlow FlowOf(const events::Subscription& subscription, const api::ServiceDatabase& consumer) {
  EventFlow flow{.event = subscription.wanted.event,
                 .from = ToString(subscription.publisher),
                 .to = ToString(consumer.meta.full_name()),
                 .transport = {},
                 .state = kDeclared,
                 .message = {}};
  if (subscription.fault) {
    flow.state = ToString(subscription.fault->reason);
    flow.message = subscription.fault->message;
  } else if (const auto* said = SaidOf(subscription, consumer)) {
    flow.transport = said->transport;
    flow.state = said->state;
    // It arrives, and is not in the copy that is to be kept of it.
    const bool behind = said->state == kStreaming && said->into && said->into->state != kCurrent;
    if (behind) flow.state = said->into->state;
    if (flow.state != kStreaming) flow.message = MessageOf(consumer);
  }
  return flow;
}

Grid GridOf(const EventFlows& flows) {
  Grid grid{{"event", "from", "to", "transport", "state", "why"}, {}};
  for (const EventFlow& flow : flows.flows) {
    grid.rows.push_back({flow.event, flow.from, flow.to, flow.transport, flow.state, flow.message});
  }
  return grid;
}

}  // namespace

EventFlows EventFlowsOf(events::Services services) {
  const events::Publishers publishers(services);
  EventFlows flows;
  for (const auto& consumer : services) {
    for (const auto& subscription : publishers.SubscriptionsOf(*consumer)) {
      flows.flows.push_back(FlowOf(subscription, *consumer));
      const auto& state = flows.flows.back().state;
      flows.holds = flows.holds && (state == kStreaming || state == kDeclared);
    }
  }
  std::ranges::stable_sort(flows.flows, {}, &EventFlow::to);
  return flows;
}

std::string TextTable(const EventFlows& flows) {
  return flows.flows.empty() ? "No event is consumed.\n" : Columns(GridOf(flows));
}

std::string Markdown(const EventFlows& flows) {
  return flows.flows.empty() ? "No event is consumed.\n" : Markdown(GridOf(flows));
}

base::Json ToJson(const EventFlows& flows) {
  base::Json rows = base::Json::array();
  for (const EventFlow& flow : flows.flows) {
    rows.push_back({{"event", flow.event},
                    {"from", flow.from},
                    {"to", flow.to},
                    {"transport", flow.transport},
                    {"state", flow.state},
                    {"message", flow.message}});
  }
  return {{"flows", rows}};
}

}  // namespace freehold::reports

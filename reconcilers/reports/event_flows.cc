#include "reconcilers/reports/event_flows.h"

#include <algorithm>
#include <iomanip>
#include <sstream>

#include "operator/base/text.h"
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

std::optional<FlowLag> LagOf(const EventFlow& flow, const FlowLags& lags) {
  const auto found = lags.find({flow.to, flow.from});
  return found == lags.end() ? std::nullopt : std::optional(found->second);
}

/// "0.4 s, 3 events", "512 bytes", "none".
std::string TextOf(const FlowLag& lag) {
  if (!lag.failure.empty()) return "unknown: " + lag.failure;
  std::vector<std::string> parts;
  if (lag.time.count() > 0) {
    std::ostringstream seconds;
    seconds << std::fixed << std::setprecision(1) << static_cast<double>(lag.time.count()) / 1000 << " s";
    parts.push_back(seconds.str());
  }
  if (lag.events > 0) parts.push_back(std::to_string(lag.events) + " events");
  if (lag.bytes > 0) parts.push_back(std::to_string(lag.bytes) + " bytes");
  if (lag.parked > 0) parts.push_back(std::to_string(lag.parked) + " parked");
  return parts.empty() ? "none" : base::Join(parts, ", ");
}

base::Json ToJson(const FlowLag& lag) {
  if (!lag.failure.empty()) return {{"unknown", lag.failure}};
  return {{"seconds", static_cast<double>(lag.time.count()) / 1000},
          {"events", lag.events},
          {"bytes", lag.bytes},
          {"parked", lag.parked}};
}

EventFlow FlowOf(const events::Subscription& subscription, const api::ServiceDatabase& consumer, const FlowLags& lags) {
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
  flow.lag = LagOf(flow, lags);
  return flow;
}

Grid GridOf(const EventFlows& flows) {
  const bool looked = std::ranges::any_of(flows.flows, [](const EventFlow& flow) { return flow.lag.has_value(); });
  Grid grid{{"event", "from", "to", "transport", "state", "why"}, {}};
  if (looked) grid.head.insert(grid.head.end() - 1, "lag");
  for (const EventFlow& flow : flows.flows) {
    grid.rows.push_back({flow.event, flow.from, flow.to, flow.transport, flow.state, flow.message});
    auto& row = grid.rows.back();
    if (looked) row.insert(row.end() - 1, flow.lag ? TextOf(*flow.lag) : "");
  }
  return grid;
}

}  // namespace

EventFlows EventFlowsOf(events::Services services, const FlowLags& lags) {
  const events::Publishers publishers(services);
  EventFlows flows;
  for (const auto& consumer : services) {
    for (const auto& subscription : publishers.SubscriptionsOf(*consumer)) {
      flows.flows.push_back(FlowOf(subscription, *consumer, lags));
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
    if (flow.lag) rows.back()["lag"] = ToJson(*flow.lag);
  }
  return {{"flows", rows}};
}

}  // namespace freehold::reports

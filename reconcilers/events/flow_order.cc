#include "reconcilers/events/flow_order.h"

#include <algorithm>
#include <limits>
#include <set>
#include <tuple>

namespace freehold::events {
namespace {

using Depths = std::map<Service, int>;
using Edges = std::set<std::pair<Service, Service>>;

constexpr int kFar = std::numeric_limits<int>::max();

/// The fewest flows from a source. Services within a circle that no source feeds count as sources.
Depths ShortestDepths(const std::vector<Flow>& events, const std::vector<Service>& services) {
  Depths depths;
  for (const Service& service : services) depths[service] = 0;
  for (const Flow& flow : events) depths[flow.to] = kFar;
  for (bool changed = true; changed;) {
    changed = false;
    for (const Flow& flow : events) {
      const int from = depths[flow.from];
      if (from == kFar || depths[flow.to] <= from + 1) continue;
      depths[flow.to] = from + 1;
      changed = true;
    }
  }
  for (auto& [service, depth] : depths) depth = depth == kFar ? 0 : depth;
  return depths;
}

/// Flows of events of which no consumer is nearer to the sources than the publisher.
Edges Downstream(const std::vector<Flow>& events, const Depths& near) {
  std::set<std::pair<Service, std::string>> feedback;
  for (const Flow& flow : events) {
    if (near.at(flow.to) < near.at(flow.from)) feedback.insert({flow.from, flow.data});
  }
  Edges edges;
  for (const Flow& flow : events) {
    if (!feedback.contains({flow.from, flow.data})) edges.insert({flow.from, flow.to});
  }
  return edges;
}

/// The most edges from a source; bounded by the number of services where circles remain.
Depths LongestDepths(const Edges& edges, Depths depths) {
  for (std::size_t round = 0; round < depths.size(); ++round) {
    bool changed = false;
    for (const auto& [from, to] : edges) {
      if (depths[to] >= depths[from] + 1) continue;
      depths[to] = depths[from] + 1;
      changed = true;
    }
    if (!changed) break;
  }
  return depths;
}

}  // namespace

std::vector<Service> InFlowOrder(const Graph& graph, const std::vector<Service>& services) {
  std::vector<Flow> events;
  std::map<Service, int> inputs;
  const std::set<Service> known(services.begin(), services.end());
  for (const Flow& flow : graph.flows) {
    if (flow.pattern == Pattern::kApiComposition || !known.contains(flow.from) || !known.contains(flow.to)) continue;
    events.push_back(flow);
    ++inputs[flow.to];
  }
  const Depths near = ShortestDepths(events, services);
  const Depths depths = LongestDepths(Downstream(events, near), near);

  std::vector<Service> ordered(known.begin(), known.end());
  std::ranges::sort(ordered, {}, [&](const Service& service) {
    const auto found = inputs.find(service);
    return std::tuple(service.ns, depths.at(service), found == inputs.end() ? 0 : found->second, service.name);
  });
  return ordered;
}

}  // namespace freehold::events

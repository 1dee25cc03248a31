#include "reconcilers/reports/flow_map.h"

#include <map>

#include "reconcilers/reports/warehouse_flows.h"

namespace freehold::reports {
namespace {

/// Every service with its stores, and every service that a flow names though it has none.
std::map<std::string, std::vector<std::string>> StoresByService(events::Services objects, const events::Graph& graph) {
  std::map<std::string, std::vector<std::string>> stores;
  for (const auto& object : objects) {
    stores[ToString(events::OwnerOf(*object))].push_back(api::StoreNameOf(*object));
  }
  for (const auto& flow : graph.flows) {
    stores.try_emplace(ToString(flow.from));
    stores.try_emplace(ToString(flow.to));
  }
  return stores;
}

/// A string of the DOT language, and of Mermaid but for its entities.
std::string Quoted(const std::string& text, const std::string& quote) {
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? quote : std::string(1, c);
  return quoted + "\"";
}
std::string DotText(const std::string& text) { return Quoted(text, "\\\""); }
std::string MermaidText(const std::string& text) { return Quoted(text, "#quot;"); }

std::string ArrowStyle(events::Pattern pattern) {
  switch (pattern) {
    case events::Pattern::kEvents:
      return "solid";
    case events::Pattern::kReadModel:
      return "dashed";
    case events::Pattern::kApiComposition:
      return "dotted";
  }
  return "solid";
}

}  // namespace

std::string FlowsAsDot(events::Services objects) {
  const auto graph = WithWarehouses(objects);
  std::string text = "digraph freehold {\n  rankdir=LR;\n  node [fontname=\"sans-serif\"];\n";
  for (const auto& [service, stores] : StoresByService(objects, graph)) {
    text += "  " + DotText(service) + (IsWarehouse(service) ? " [shape=cylinder];\n" : " [shape=box];\n");
    for (const auto& store : stores) {
      const auto node = DotText(service + " " + store);
      text += "  " + node + " [shape=cylinder, label=" + DotText(store) + "];\n";
      text += "  " + DotText(service) + " -> " + node + " [dir=none];\n";
    }
  }
  for (const auto& flow : graph.flows) {
    text += "  " + DotText(ToString(flow.from)) + " -> " + DotText(ToString(flow.to)) +
            " [label=" + DotText(flow.data) + ", style=" + ArrowStyle(flow.pattern) + "];\n";
  }
  return text + "}\n";
}

std::string FlowsAsMermaid(events::Services objects) {
  const auto graph = WithWarehouses(objects);
  std::map<std::string, std::string> ids;
  std::string text = "flowchart LR\n";
  for (const auto& [service, stores] : StoresByService(objects, graph)) {
    const auto id = ids[service] = "s" + std::to_string(ids.size());
    const bool warehouse = IsWarehouse(service);
    text += "  " + id + (warehouse ? "[(" : "[") + MermaidText(service) + (warehouse ? ")]\n" : "]\n");
    for (std::size_t i = 0; i < stores.size(); ++i) {
      text += "  " + id + " --- " + id + "d" + std::to_string(i) + "[(" + MermaidText(stores[i]) + ")]\n";
    }
  }
  for (const auto& flow : graph.flows) {
    const std::string arrow = flow.pattern == events::Pattern::kEvents ? " -->|" : " -.->|";
    text += "  " + ids[ToString(flow.from)] + arrow + MermaidText(flow.data) + "| " + ids[ToString(flow.to)] + "\n";
  }
  return text;
}

base::Json FlowsAsJson(events::Services objects) {
  const auto graph = WithWarehouses(objects);
  base::Json services = base::Json::array(), flows = base::Json::array();
  for (const auto& [service, stores] : StoresByService(objects, graph)) {
    if (!IsWarehouse(service)) services.push_back({{"name", service}, {"stores", stores}});
  }
  for (const auto& flow : graph.flows) {
    flows.push_back({{"from", ToString(flow.from)},
                     {"to", ToString(flow.to)},
                     {"data", flow.data},
                     {"pattern", IsWarehouse(flow.to) ? "reporting" : ToString(flow.pattern)}});
  }
  return {{"services", std::move(services)}, {"flows", std::move(flows)}};
}

}  // namespace freehold::reports

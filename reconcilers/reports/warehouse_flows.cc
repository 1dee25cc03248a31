#include "reconcilers/reports/warehouse_flows.h"

#include "operator/base/text.h"

namespace freehold::reports {
namespace {

constexpr const char* kKind = "ReportingWarehouse";

}  // namespace

events::Graph WithWarehouses(events::Services objects) {
  auto graph = events::GraphOf(objects);
  for (const auto& object : objects) {
    const auto& reporting = object->spec.reporting;
    if (!reporting) continue;
    std::vector<std::string> tables;
    for (const auto& table : reporting->tables) tables.push_back(table.name);
    graph.flows.push_back({.from = events::OwnerOf(*object),
                           .to = {kKind, reporting->warehouse},
                           .data = base::Join(tables),
                           .pattern = events::Pattern::kReadModel,
                           .why = {}});
  }
  return graph;
}

bool IsWarehouse(const events::Service& service) { return service.ns == kKind; }
bool IsWarehouse(const std::string& service) { return service.starts_with(std::string(kKind) + "/"); }

}  // namespace freehold::reports

#include "reconcilers/reports/owned_data.h"

#include <algorithm>

#include "reconcilers/events/flow_order.h"

namespace freehold::reports {
namespace {

using Servers = std::span<const std::shared_ptr<const api::DatabaseServer>>;

std::string SharedDatabaseOf(const api::ServiceDatabase& object, Servers servers) {
  for (const auto& server : servers) {
    const bool meant = object.spec.server ? server->meta.name == *object.spec.server
                                          : server->spec.is_default && server->spec.engine == object.spec.engine;
    if (meant) return server->spec.shared_database;
  }
  return "shared";
}

std::string DatabaseOf(const api::ServiceDatabase& object, Servers servers) {
  switch (object.spec.isolation) {
    case api::Isolation::kInstance:
    case api::Isolation::kDatabase:
      return StoreNameOf(object);
    case api::Isolation::kSchema:
      return SharedDatabaseOf(object, servers) + ", schema " + SchemaOf(object);
    case api::Isolation::kTables:
      return SharedDatabaseOf(object, servers) + ", tables";
  }
  return {};
}

OwnedDataRow RowOf(const api::ServiceDatabase& object, Servers servers) {
  OwnedDataRow row{object.meta.ns, TitleOf(api::ServiceOf(object)), DatabaseOf(object, servers), {}, {}};
  for (const api::OwnedAggregate& owned : object.spec.owns) {
    const bool outbox = std::ranges::find(owned.tables, "outbox") != owned.tables.end();
    row.aggregates.push_back(owned.aggregate + (outbox ? " (outbox)" : ""));
  }
  for (const api::ConsumedEvent& consumed : object.spec.consumes) row.consumes.push_back(consumed.event);
  return row;
}

}  // namespace

std::string TitleOf(const std::string& service) {
  std::string title = service;
  bool begins = true;
  for (char& letter : title) {
    if (begins) letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
    begins = letter == '-';
    if (begins) letter = ' ';
  }
  return title;
}

OwnedData OwnedDataOf(events::Services services, Servers servers) {
  events::Graph graph = events::GraphOf(services);
  std::vector<events::Service> names;
  for (const auto& object : services) names.push_back(events::OwnerOf(*object));

  OwnedData data;
  const auto order = events::InFlowOrder(graph, names);
  for (const events::Service& service : order) {
    for (const auto& object : services) {
      if (events::OwnerOf(*object) == service) data.rows.push_back(RowOf(*object, servers));
    }
  }
  const auto rank = [&](const events::Service& service) { return std::ranges::find(order, service) - order.begin(); };
  std::ranges::stable_sort(graph.flows, {}, [&](const events::Flow& flow) {
    return std::tuple(rank(flow.from), flow.pattern, flow.data, rank(flow.to));
  });
  data.flows = std::move(graph.flows);
  return data;
}

}  // namespace freehold::reports

#include "reconcilers/stores/projections.h"

#include <algorithm>
#include <tuple>

#include "reconcilers/events/projections.h"

namespace freehold::stores {
namespace {

std::vector<std::string> PathsOf(const api::Projection& into, const std::vector<engines::ProjectedColumn>& columns) {
  std::vector<std::string> paths;
  for (const auto& column : columns) {
    const auto own = std::ranges::find(into.columns, column.name, &api::ProjectedColumn::name);
    paths.push_back(own == into.columns.end() ? "" : own->path);
  }
  return paths;
}

}  // namespace

std::vector<engines::ProjectionWanted> ProjectionsOf(const api::ServiceDatabase& object,
                                                     const std::vector<events::Subscription>& subscriptions) {
  std::vector<engines::ProjectionWanted> projections;
  for (const auto& table : events::ProjectedTablesOf(object)) {
    if (!table.faults.empty()) continue;
    engines::ProjectionWanted wanted{.table = table.table};
    const auto& shape = table.shape();
    for (const auto& column : shape.columns) wanted.columns.push_back({column.name, ToString(column.type)});
    wanted.key = std::ranges::find(shape.columns, shape.key, &api::ProjectedColumn::name) - shape.columns.begin();
    for (const auto& entry : table.entries) {
      const engines::ProjectedEvent event{.source = ToString(subscriptions[entry.index].publisher),
                                          .type = entry.event->event,
                                          .deletes = entry.into().operation == api::ProjectionOperation::kDelete,
                                          .settles = api::IsProcessedByProjection(*entry.event),
                                          .paths = PathsOf(entry.into(), wanted.columns)};
      wanted.events.push_back(event);
    }
    std::ranges::sort(wanted.events, {}, [](const auto& event) { return std::tie(event.source, event.type); });
    projections.push_back(std::move(wanted));
  }
  return projections;
}

}  // namespace freehold::stores

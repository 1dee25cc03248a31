#include "reconcilers/stores/reporting.h"

#include <algorithm>

#include "reconcilers/engines/reporting.h"

namespace freehold::stores {

std::shared_ptr<const api::ReportingWarehouse> WarehouseOf(const api::ServiceDatabase& object, const World& world) {
  if (!object.spec.reporting || !world.warehouses) return nullptr;
  auto warehouse = world.warehouses->Find({"", object.spec.reporting->warehouse});
  return warehouse && !warehouse->meta.deleted ? warehouse : nullptr;
}

std::optional<ReportState> ReportOf(const api::ServiceDatabase& object, const World& world) {
  if (!object.spec.reporting) return std::nullopt;
  if (!WarehouseOf(object, world)) {
    return ReportState{.publish = {},
                       .tool = {},
                       .obstacle = api::Reason::kWarehouseNotFound,
                       .message = "there is no ReportingWarehouse " + object.spec.reporting->warehouse};
  }
  return world.reports ? world.reports->Find(object.meta.full_name()) : std::nullopt;
}

std::optional<engines::ReportingWanted> ReportingFor(const api::ServiceDatabase& object, const engines::Layout& layout,
                                                     const World& world) {
  const auto warehouse = WarehouseOf(object, world);
  const bool read = world.reports && world.reports->IsRead(object.meta.full_name());
  if (!warehouse && !read) return std::nullopt;
  if (!warehouse)
    return engines::ReportingWanted{.feed = engines::FeedOf(layout), .warehouse = {}, .tool = {}, .tables = {}};
  const auto report = ReportOf(object, world);
  engines::ReportingWanted wanted{.feed = engines::FeedOf(layout),
                                  .warehouse = warehouse->meta.name,
                                  .tool = {},
                                  .tables = report ? report->publish : std::nullopt};
  if (warehouse->spec.loader) wanted.tool = report && report->tool ? *report->tool : engines::ToolWanted{};
  return wanted;
}

std::vector<std::string> ReadersOf(const api::ServiceDatabase& object, const World& world) {
  const auto warehouse = WarehouseOf(object, world);
  if (!warehouse) return {};
  const auto name = ToString(object.meta.full_name());
  const bool reads = std::ranges::any_of(warehouse->status.feeds, [&](const auto& feed) { return feed.store == name; });
  return reads ? std::vector{"ReportingWarehouse " + warehouse->meta.name} : std::vector<std::string>{};
}

bool IsOfAnotherSpec(const ReportState& report, const api::ServiceDatabase& store) {
  return report.generation != 0 && report.generation != store.meta.generation;
}

}  // namespace freehold::stores

#include "reconcilers/reporting/sources.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "reconcilers/ownership/placement.h"
#include "reconcilers/servers/replication.h"
#include "reconcilers/stores/feeds.h"

namespace freehold::reporting {
namespace {

using api::Reason;

/// What is one store's in the warehouse: its schema, or where services share one, its tables.
std::vector<std::string> ThingsOf(const Source& source) {
  const auto& schema = source.place.layout.schema;
  if (schema != engines::kSharedSchema) return {schema};
  std::vector<std::string> things;
  for (const auto& table : source.object->spec.reporting->tables) things.push_back(schema + "." + table.name);
  return things;
}

std::optional<Hindrance> No(std::string message) {
  return Hindrance{Reason::kReportingNotPossible, std::move(message)};
}

/// Can anybody replicate from there?
std::optional<Hindrance> BySource(const Source& source, const stores::World& world) {
  const auto from = world.servers.Find({"", source.place.server});
  if (!from || !from->status.capabilities) return No("DatabaseServer " + source.place.server + " was not looked at");
  auto obstacle = servers::NoSource(*from, *from->status.capabilities);
  return obstacle.empty() ? std::nullopt : No(std::move(obstacle));
}

/// Whoever replicates can read what all stores of the database write.
std::optional<Hindrance> ForTool(const Source& source, const stores::World& world) {
  if (auto hindrance = BySource(source, world)) return hindrance;
  if (!world.servers.Find({"", source.place.server})->status.capabilities->superuser) {
    return No("the admin of DatabaseServer " + source.place.server + " is no superuser");
  }
  if (source.place.layout.isolation >= api::Isolation::kDatabase) return std::nullopt;
  return No(
      "the store shares its database with others, and a tool outside could read those, too: it needs "
      "isolation: Database");
}

std::optional<Hindrance> ByServers(const Source& source, const api::DatabaseServer& to, const stores::World& world) {
  if (auto hindrance = BySource(source, world)) return hindrance;
  const auto from = world.servers.Find({"", source.place.server});
  const auto& capabilities = to.status.capabilities;
  auto obstacle = servers::NoTrust(*from, to, capabilities ? *capabilities : api::Capabilities{});
  return obstacle.empty() ? std::nullopt : No(std::move(obstacle));
}

}  // namespace

std::optional<Hindrance> ByBus(const api::ReportingWarehouse& warehouse, const stores::World& world) {
  const auto& name = warehouse.spec.bus;
  if (!name) return std::nullopt;
  const auto bus = world.buses.Find({"", *name});
  if (!bus)
    return Hindrance{Reason::kBusNotFound, "there is no EventBus " + *name + "; create it or leave out spec.bus"};
  if (bus->spec.type != api::BusType::kPolling) return std::nullopt;
  return Hindrance{Reason::kEngineNotSupported, "EventBus " + *name + " is of type " + ToString(bus->spec.type) +
                                                    ", by which no rows come; name one of another type or leave out "
                                                    "spec.bus"};
}

std::shared_ptr<const api::EventBus> ConnectOf(const api::ReportingWarehouse& warehouse, const stores::World& world) {
  if (!warehouse.spec.bus) return nullptr;
  auto bus = world.buses.Find({"", *warehouse.spec.bus});
  return bus && api::IsOnConnect(bus->spec.type) ? bus : nullptr;
}

std::vector<Source> SourcesOf(const api::ReportingWarehouse& warehouse, const stores::World& world) {
  std::vector<Source> sources;
  for (const auto& object : world.databases.All()) {
    const auto& reporting = object->spec.reporting;
    if (!reporting || reporting->warehouse != warehouse.meta.name || !object->status.store) continue;
    if (auto place = stores::PlaceOfStore(*object, world)) sources.push_back({object, std::move(*place), {}});
  }
  std::ranges::sort(sources, {}, [](const Source& source) {
    return std::tuple(source.object->meta.created, source.object->meta.uid);
  });
  if (warehouse.spec.loader) {
    for (auto& source : sources) source.hindrance = ForTool(source, world);
    return sources;
  }
  const auto servers = world.servers.All();
  const auto server = ownership::PlaceOf(warehouse, servers);
  const bool by_connect = ConnectOf(warehouse, world) != nullptr;
  const bool has_server = warehouse.spec.engine == api::WarehouseEngine::kPostgreSQL;
  if (!server && (has_server || !by_connect)) return sources;
  const auto& capabilities = server ? (*server)->status.capabilities : std::nullopt;
  const int room = capabilities ? capabilities->subscriptions - 1 : 0;
  std::map<std::string, std::string> taken = {{"public", "the warehouse"}, {"freehold", "the warehouse"}};
  for (const auto& views : warehouse.spec.views) taken.try_emplace(views.schema, "the warehouse's views");
  int ways = 0;
  for (auto& source : sources) {
    source.hindrance = by_connect ? BySource(source, world) : ByServers(source, **server, world);
    const auto name = ToString(source.object->meta.full_name());
    for (const auto& thing : ThingsOf(source)) {
      const auto [entry, added] = taken.try_emplace(thing, name);
      if (added || source.hindrance) continue;
      source.hindrance = Hindrance{Reason::kReportingNameTaken, thing + " is sent by " + entry->second};
    }
    if (source.hindrance || by_connect) continue;
    if (++ways <= room) continue;
    source.hindrance = Hindrance{Reason::kReportingNotPossible,
                                 "DatabaseServer " + (*server)->meta.name + " has room for " + std::to_string(room) +
                                     " stores: raise max_logical_replication_workers there"};
  }
  return sources;
}

}  // namespace freehold::reporting

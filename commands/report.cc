#include <algorithm>
#include <iostream>
#include <memory>

#include "commands/inventory.h"
#include "reconcilers/reports/loader_sources.h"
#include "reconcilers/reports/warehouse_sources.h"

namespace freehold::commands {
namespace {

struct Flags {
  SourceFlags source;
  std::string tool;
  std::string warehouse, reader;
};

template <class T>
const T* Named(const std::vector<std::shared_ptr<const T>>& objects, const std::string& name) {
  const auto found = std::ranges::find_if(objects, [&](const auto& object) { return object->meta.name == name; });
  return found == objects.end() ? nullptr : found->get();
}

base::Failure Missing(std::string message) {
  return {base::FailureClass::kTerminal, "NotFound", std::move(message), {}, 0};
}

Ending Execute(const Flags& flags) {
  const auto resources = LoadResources(flags.source);
  if (!resources) return Fail(resources.error());
  const auto warehouses = documents::Objects(resources->warehouses);
  const auto databases = documents::Objects(resources->databases);
  const auto servers = documents::Objects(resources->servers);
  if (flags.warehouse.empty() && warehouses.size() != 1) {
    return Fail(Missing(warehouses.empty() ? "there is no ReportingWarehouse"
                                           : "there are several warehouses: name one with --warehouse"));
  }
  const auto* warehouse = flags.warehouse.empty() ? warehouses.front().get() : Named(warehouses, flags.warehouse);
  if (!warehouse) return Fail(Missing("there is no ReportingWarehouse " + flags.warehouse));
  if (const auto& loader = warehouse->spec.loader) {
    const bool airbyte = loader->type == api::LoaderType::kAirbyte;
    if (flags.tool != (airbyte ? "airbyte" : "fivetran")) {
      return Fail(Missing("ReportingWarehouse " + warehouse->meta.name + " is filled by " + ToString(loader->type) +
                          ", so ask for that: freehold report " + (airbyte ? "airbyte" : "fivetran")));
    }
    std::cout << (airbyte ? reports::AirbyteSources(*warehouse, databases, servers)
                          : reports::FivetranConnections(*warehouse, databases, servers))
                     .dump(2)
              << "\n";
    return Ending::kHolds;
  }
  if (flags.tool == "airbyte" || flags.tool == "fivetran") {
    return Fail(
        Missing("ReportingWarehouse " + warehouse->meta.name + " has no spec.loader: ask for dbt, metabase or looker"));
  }
  if (flags.tool == "dbt") {
    const auto buses = documents::Objects(resources->buses);
    const auto* bus = warehouse->spec.bus ? Named(buses, *warehouse->spec.bus) : nullptr;
    std::cout << reports::DbtSources(*warehouse, databases, servers, bus && api::IsOnConnect(bus->spec.type));
    return Ending::kHolds;
  }
  const auto& readers = warehouse->spec.readers;
  const auto reader = std::ranges::find_if(
      readers, [&](const auto& candidate) { return flags.reader.empty() || candidate.name == flags.reader; });
  if (reader == readers.end()) {
    return Fail(Missing(flags.reader.empty()
                            ? "ReportingWarehouse " + warehouse->meta.name + " has no readers"
                            : "ReportingWarehouse " + warehouse->meta.name + " has no reader " + flags.reader));
  }
  const auto place = ownership::PlaceOf(*warehouse, servers);
  const auto* server = place ? place->get() : nullptr;
  const auto connection = flags.tool == "metabase" ? reports::MetabaseConnection(*warehouse, *reader, server)
                                                   : reports::LookerConnection(*warehouse, *reader, server);
  std::cout << connection.dump(2) << "\n";
  return Ending::kHolds;
}

}  // namespace

Run AddReport(CLI::App& app) {
  auto* command =
      app.add_subcommand("report", "Print what a tool needs to read a warehouse, or to fill one: sources, connections");
  auto flags = std::make_shared<Flags>();
  AddFlags(*command, flags->source);
  command->add_option("tool", flags->tool, "dbt, metabase or looker; airbyte or fivetran where that fills it")
      ->required()
      ->check(CLI::IsMember({"dbt", "metabase", "looker", "airbyte", "fivetran"}));
  command->add_option("--warehouse", flags->warehouse, "the ReportingWarehouse; may be left out when there is one");
  command->add_option("--reader", flags->reader, "one of its readers; the first one by default");
  return [flags] { return Execute(*flags); };
}

}  // namespace freehold::commands

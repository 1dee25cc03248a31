#include "commands/inventory.h"

#include <iostream>

#include "commands/cluster.h"
#include "reconcilers/api/kinds.h"
#include "reconcilers/stores/world.h"

namespace freehold::commands {
namespace {

template <class Kind>
base::Result<void> ListInto(kube::Reader& reader, const kube::ResourceType& type,
                            base::Result<Kind> (*read)(const base::Json&),
                            std::vector<documents::Resource<Kind>>& into) {
  std::optional<base::Failure> unreadable;
  std::map<kube::Name, std::shared_ptr<const Kind>> objects;
  const auto listed = reader.List(type, {}, [&](const base::Json& json) {
    auto object = read(json);
    if (!object) {
      unreadable = object.error();
      return;
    }
    const kube::Name name = object->meta.full_name();
    objects[name] = std::make_shared<const Kind>(std::move(*object));
  });
  if (!listed) return std::unexpected(listed.error());
  if (unreadable) return std::unexpected(*unreadable);
  for (auto& [name, object] : objects) into.push_back({.object = std::move(object), .faults = {}, .origin = {}});
  return {};
}

base::Result<void> ListNamespaces(kube::Reader& reader, std::map<std::string, documents::Labels>& into) {
  const auto listed = reader.List(stores::NamespaceType(), {}, [&](const base::Json& json) {
    if (const auto meta = kube::ParseMeta(json)) into[meta->name] = meta->labels;
  });
  if (!listed) return std::unexpected(listed.error());
  return {};
}

std::string Where(const documents::TextFault& fault) {
  return fault.file + ":" + std::to_string(fault.position.line) + ":" + std::to_string(fault.position.column) + ": " +
         fault.message;
}

template <class Kind>
const documents::Resource<Kind>* FirstFaulty(const std::vector<documents::Resource<Kind>>& resources) {
  for (const auto& resource : resources) {
    if (!resource.faults.empty()) return &resource;
  }
  return nullptr;
}

template <class Kind>
base::Result<void> Readable(const std::vector<documents::Resource<Kind>>& resources) {
  const auto* faulty = FirstFaulty(resources);
  if (!faulty) return {};
  const auto& fault = faulty->faults.front();
  const auto position = faulty->origin.PositionOf(fault.path);
  return base::Terminal("InvalidResource", Where({faulty->origin.file, position, fault.path + ": " + fault.message}) +
                                               " (freehold validate tells all)");
}

base::Result<documents::Resources> LoadFiles(const std::vector<std::string>& files) {
  auto resources = documents::Load(files, std::cin);
  if (!resources) return resources;
  if (!resources->faults.empty()) return base::Terminal("InvalidResource", Where(resources->faults.front()));
  for (const auto& readable :
       {Readable(resources->databases), Readable(resources->servers), Readable(resources->policies),
        Readable(resources->buses), Readable(resources->warehouses)}) {
    if (!readable) return std::unexpected(readable.error());
  }
  return resources;
}

}  // namespace

base::Result<documents::Resources> ListResources(kube::Reader& reader) {
  documents::Resources resources;
  if (auto done = ListNamespaces(reader, resources.namespaces); !done) return std::unexpected(done.error());
  if (auto done = ListInto(reader, api::DatabaseServerType(), api::ReadDatabaseServer, resources.servers); !done) {
    return std::unexpected(done.error());
  }
  if (auto done = ListInto(reader, api::DataPolicyType(), api::ReadDataPolicy, resources.policies); !done) {
    return std::unexpected(done.error());
  }
  if (auto done = ListInto(reader, api::EventBusType(), api::ReadEventBus, resources.buses); !done) {
    return std::unexpected(done.error());
  }
  if (auto done = ListInto(reader, api::ReportingWarehouseType(), api::ReadReportingWarehouse, resources.warehouses);
      !done) {
    return std::unexpected(done.error());
  }
  if (auto done = ListInto(reader, api::ServiceDatabaseType(), api::ReadServiceDatabase, resources.databases); !done) {
    return std::unexpected(done.error());
  }
  return resources;
}

base::Result<documents::Resources> LoadResources(const SourceFlags& flags) {
  if (!flags.files.empty()) return LoadFiles(flags.files);
  const auto cluster = Connect(flags.cluster);
  if (!cluster) return std::unexpected(cluster.error());
  return ListResources(*cluster->client);
}

}  // namespace freehold::commands

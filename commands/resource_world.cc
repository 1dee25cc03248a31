#include "commands/resource_world.h"

#include "reconcilers/ownership/placement.h"

namespace freehold::commands {

ResourceWorld::ResourceWorld(const documents::Resources& resources) {
  for (const auto& resource : resources.servers) servers.Put(resource.object);
  for (const auto& resource : resources.policies) policies.Put(resource.object);
  for (const auto& resource : resources.buses) buses.Put(resource.object);
  for (const auto& resource : resources.warehouses) warehouses.Put(resource.object);
  for (const auto& [name, labels] : resources.namespaces) {
    namespaces.Put(
        std::make_shared<stores::Namespace>(stores::Namespace{{.name = name, .labels = resources.LabelsOf(name)}}));
  }
  const auto places = servers.All();
  for (const auto& resource : resources.databases) {
    const auto& object = *resource.object;
    databases.Put(resource.object);
    const auto server = ownership::PlaceOf(object, places).value_or(nullptr);
    registry.Put(ownership::ClaimantOf(object), ownership::ClaimsOf(object, server.get()));
  }
}

}  // namespace freehold::commands

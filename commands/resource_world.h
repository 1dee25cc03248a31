// Resources as the world that reconcilers see.
#pragma once

#include "operator/kube/store.h"
#include "reconcilers/documents/resources.h"
#include "reconcilers/stores/world.h"

namespace freehold::commands {

/// Caches filled once; who owns what is claimed. Not copied, not moved: what View returns refers to it.
class ResourceWorld {
 public:
  explicit ResourceWorld(const documents::Resources&);
  ResourceWorld(const ResourceWorld&) = delete;
  ResourceWorld& operator=(const ResourceWorld&) = delete;

  stores::World View() const {
    return {databases, servers, policies, namespaces, registry, indexes, buses, &warehouses};
  }

  kube::Store<api::ServiceDatabase> databases;
  kube::Store<api::DatabaseServer> servers;
  kube::Store<api::DataPolicy> policies;
  kube::Store<api::EventBus> buses;
  kube::Store<api::ReportingWarehouse> warehouses;
  kube::Store<stores::Namespace> namespaces;
  kube::Store<api::CredentialIndex> indexes;
  ownership::Registry registry;
};

}  // namespace freehold::commands

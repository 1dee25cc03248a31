// What the reconcilers know without asking: caches that watchers keep.
#pragma once

#include "operator/kube/store.h"
#include "reconcilers/api/credential_index.h"
#include "reconcilers/api/data_policy.h"
#include "reconcilers/api/database_server.h"
#include "reconcilers/api/event_bus.h"
#include "reconcilers/api/reporting_warehouse.h"
#include "reconcilers/api/service_database.h"
#include "reconcilers/ownership/registry.h"
#include "reconcilers/stores/reports.h"

namespace freehold::stores {

/// Only its labels matter here.
struct Namespace {
  kube::ObjectMeta meta;
};

const kube::ResourceType& NamespaceType();
/// Terminal "InvalidObject" when it is none.
base::Result<Namespace> ReadNamespace(const base::Json& object);

/// A cluster without an EventBus.
const kube::Cache<api::EventBus>& NoBuses();

/// All of it is thread-safe and outlives who reads it.
struct World {
  const kube::Cache<api::ServiceDatabase>& databases;
  const kube::Cache<api::DatabaseServer>& servers;
  const kube::Cache<api::DataPolicy>& policies;
  const kube::Cache<Namespace>& namespaces;
  const ownership::Registry& registry;
  const kube::Cache<api::CredentialIndex>& indexes;
  const kube::Cache<api::EventBus>& buses = NoBuses();
  const kube::Cache<api::ReportingWarehouse>* warehouses = nullptr;  ///< null: there are none
  const Reports* reports = nullptr;
};

}  // namespace freehold::stores

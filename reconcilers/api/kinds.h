// The kinds between JSON and struct, and what they tell of themselves. All of it is had from one table of fields per
// struct (reconcilers/api/schema): parser, printer, CRD with its CEL rules, reference page.
#pragma once

#include <span>
#include <string>

#include "reconcilers/api/credential_index.h"
#include "reconcilers/api/data_policy.h"
#include "reconcilers/api/database_server.h"
#include "reconcilers/api/event_bus.h"
#include "reconcilers/api/fault.h"
#include "reconcilers/api/reporting_warehouse.h"
#include "reconcilers/api/service_database.h"

namespace freehold::api {

using base::Json;

/// Parse: what a user wrote (a CredentialIndex is written by nobody). Unknown fields, wrong types and broken rules are
/// faults, all of them are told. Fields of metadata other than name, namespace, labels and annotations are not looked
/// at, and neither is status.
Reading<ServiceDatabase> ParseServiceDatabase(const Json& object);
Reading<DatabaseServer> ParseDatabaseServer(const Json& object);
Reading<DataPolicy> ParseDataPolicy(const Json& object);
Reading<EventBus> ParseEventBus(const Json& object);
Reading<ReportingWarehouse> ParseReportingWarehouse(const Json& object);

/// Read: what the API server sends, status included. It has checked the rules, and a newer schema may hold fields that
/// are unknown here: these are passed over. Terminal "InvalidObject" when it can't be understood.
base::Result<ServiceDatabase> ReadServiceDatabase(const Json& object);
base::Result<DatabaseServer> ReadDatabaseServer(const Json& object);
base::Result<DataPolicy> ReadDataPolicy(const Json& object);
base::Result<EventBus> ReadEventBus(const Json& object);
base::Result<ReportingWarehouse> ReadReportingWarehouse(const Json& object);
base::Result<CredentialIndex> ReadCredentialIndex(const Json& object);

/// The whole object as a user writes it: apiVersion, kind, metadata (name, namespace, labels, annotations), spec.
Json ToJson(const ServiceDatabase&);
Json ToJson(const DatabaseServer&);
Json ToJson(const DataPolicy&);
Json ToJson(const EventBus&);
Json ToJson(const ReportingWarehouse&);
Json ToJson(const CredentialIndex&);

/// The value of `spec`: only what differs from its default.
Json ToJson(const ServiceDatabaseSpec&);
Json ToJson(const DatabaseServerSpec&);
Json ToJson(const DataPolicySpec&);
Json ToJson(const EventBusSpec&);
Json ToJson(const ReportingWarehouseSpec&);

/// The value of `status`.
Json ToJson(const ServiceDatabaseStatus&);
Json ToJson(const DatabaseServerStatus&);
Json ToJson(const DataPolicyStatus&);
Json ToJson(const EventBusStatus&);
Json ToJson(const ReportingWarehouseStatus&);

/// The body of a server-side apply of the subresource status: apiVersion, kind, metadata.name, namespace, status.
Json StatusObject(const kube::ObjectMeta&, const ServiceDatabaseStatus&);
Json StatusObject(const kube::ObjectMeta&, const DatabaseServerStatus&);
Json StatusObject(const kube::ObjectMeta&, const DataPolicyStatus&);
Json StatusObject(const kube::ObjectMeta&, const EventBusStatus&);
Json StatusObject(const kube::ObjectMeta&, const ReportingWarehouseStatus&);

/// One kind as the outside sees it.
struct KindInfo {
  const kube::ResourceType& type;
  std::string file;       ///< "servicedatabase": names the reference page
  Json crd;               ///< CustomResourceDefinition of apiextensions.k8s.io/v1
  std::string reference;  ///< the reference page, Markdown
};

/// All kinds, in the order in which they are printed.
std::span<const KindInfo> Kinds();

/// The CRDs of all kinds as one stream of YAML documents: what `freehold crds` prints.
std::string CrdYaml();
/// docs/reference/conditions.md.
std::string ConditionsReference();

}  // namespace freehold::api

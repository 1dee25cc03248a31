#include <algorithm>
#include <map>

#include "reconcilers/validation/rules.h"

namespace freehold::validation {
namespace {

using api::Reason;
using Database = documents::Resource<api::ServiceDatabase>;
using Warehouse = documents::Resource<api::ReportingWarehouse>;

bool HasNamed(const auto& resources, const std::string& name) {
  return std::ranges::any_of(resources, [&](const auto& resource) { return resource.object->meta.name == name; });
}

/// On files alone what isn't among them may be elsewhere.
template <class Kind>
void TellMissing(const documents::Resource<Kind>& from, Reason reason, const std::string& path, const std::string& what,
                 const World& world, Findings& findings) {
  const bool files = world.scope != Scope::kCluster;
  findings.Add(files ? Severity::kNote : Severity::kError, ToString(reason), from, path,
               "there is no " + what + (files ? " among these resources" : "; create it or name another"));
}

}  // namespace

void CheckWarehouses(const World& world, Findings& findings) {
  const auto& resources = world.resources;
  for (const Warehouse& warehouse : resources.warehouses) {
    const auto& server = warehouse.object->spec.server;
    if (!server || HasNamed(resources.servers, *server)) continue;
    TellMissing(warehouse, Reason::kServerNotFound, "spec.server", "DatabaseServer " + *server, world, findings);
  }
  std::map<std::pair<std::string, std::string>, const Database*> schemas;
  for (const Database& database : resources.databases) {
    const auto& object = *database.object;
    if (!object.spec.reporting) continue;
    const auto& name = object.spec.reporting->warehouse;
    if (!HasNamed(resources.warehouses, name)) {
      TellMissing(database, Reason::kWarehouseNotFound, "spec.reporting.warehouse", "ReportingWarehouse " + name, world,
                  findings);
    }
    const auto loader = std::ranges::find_if(resources.warehouses, [&](const Warehouse& warehouse) {
      return warehouse.object->meta.name == name && warehouse.object->spec.loader;
    });
    if (loader != resources.warehouses.end()) {
      if (object.spec.isolation >= api::Isolation::kDatabase) continue;
      findings.Add(Severity::kError, ToString(Reason::kReportingNotPossible), database, "spec.isolation",
                   "what " + ToString(loader->object->spec.loader->type) +
                       " reads can't share its database with other stores, since whoever replicates could read "
                       "those; raise spec.isolation to Database");
      continue;
    }
    const auto warehouse = std::ranges::find_if(
        resources.warehouses, [&](const Warehouse& other) { return other.object->meta.name == name; });
    const bool holds_views =
        warehouse != resources.warehouses.end() &&
        std::ranges::count(warehouse->object->spec.views, SchemaOf(object), &api::WarehouseViews::schema) > 0;
    if (holds_views) {
      findings.Add(Severity::kError, ToString(Reason::kReportingNameTaken), database, "spec.reporting.warehouse",
                   "schema " + SchemaOf(object) + " of warehouse " + name +
                       " holds views; name the service otherwise, or the schema in spec.views");
    }
    if (object.spec.isolation == api::Isolation::kTables) continue;
    const auto [first, fresh] = schemas.emplace(std::pair(name, SchemaOf(object)), &database);
    if (fresh || first->second->object->meta.full_name() == object.meta.full_name()) continue;
    findings.Add(Severity::kError, ToString(Reason::kReportingNameTaken), database, "spec.reporting.warehouse",
                 "schema " + SchemaOf(object) + " of warehouse " + name +
                     " is another store's already: " + MentionOf(*first->second, "spec.reporting.warehouse") +
                     "; name the service otherwise, or report to another warehouse");
  }
}

}  // namespace freehold::validation

#include "commands/controller/watches.h"

#include "reconcilers/api/kinds.h"

namespace freehold::commands {
namespace {

using stores::Change;

kube::WatchSettings Of(kube::ResourceType type) { return {.type = std::move(type), .options = {}, .pauses = {}}; }

Change ChangeOf(kube::ObjectChange change, bool initial) {
  if (change == kube::ObjectChange::kDeleted) return Change::kGone;
  return initial ? Change::kInitial : Change::kChanged;
}

stores::Urgency UrgencyOf(bool initial) { return initial ? stores::Urgency::kResync : stores::Urgency::kFresh; }

}  // namespace

Watches::Watches(kube::WatchSource& source, Caches& caches, stores::Router& router, Listeners listeners)
    : namespaces_(source, Of(stores::NamespaceType()), caches.namespaces, stores::ReadNamespace,
                  [&router, tell = listeners.namespace_changed](const kube::Name& name, kube::ObjectChange change,
                                                                bool initial) {
                    router.NamespaceChanged(name, ChangeOf(change, initial));
                    tell(name.name, UrgencyOf(initial));
                  }),
      indexes_(source, Of(api::CredentialIndexType()), caches.indexes, api::ReadCredentialIndex,
               [&router, tell = listeners.namespace_changed](const kube::Name& name, kube::ObjectChange change,
                                                             bool initial) {
                 router.IndexChanged(name, ChangeOf(change, initial));
                 tell(name.ns, UrgencyOf(initial));
               }),
      policies_(source, Of(api::DataPolicyType()), caches.policies, api::ReadDataPolicy,
                [&](const kube::Name&, kube::ObjectChange change, bool initial) {
                  router.PolicyChanged(ChangeOf(change, initial));
                }),
      buses_(source, Of(api::EventBusType()), caches.buses, api::ReadEventBus,
             [&router, tell = listeners.bus_changed](const kube::Name&, kube::ObjectChange change, bool initial) {
               router.BusChanged(ChangeOf(change, initial));
               tell();
             }),
      servers_(
          source, Of(api::DatabaseServerType()), caches.servers, api::ReadDatabaseServer,
          [&router, tell = listeners.servers_changed](const kube::Name& name, kube::ObjectChange change, bool initial) {
            router.ServerChanged(name, ChangeOf(change, initial));
            tell(UrgencyOf(initial));
          }),
      warehouses_(source, Of(api::ReportingWarehouseType()), caches.warehouses, api::ReadReportingWarehouse,
                  [tell = listeners.warehouse_changed](const kube::Name& name, kube::ObjectChange, bool initial) {
                    tell(name, UrgencyOf(initial));
                  }),
      databases_(source, Of(api::ServiceDatabaseType()), caches.databases, api::ReadServiceDatabase,
                 [&router, tell = listeners.namespace_changed](const kube::Name& name, kube::ObjectChange change,
                                                               bool initial) {
                   router.DatabaseChanged(name, ChangeOf(change, initial));
                   tell(name.ns, UrgencyOf(initial));
                 }) {}

bool Watches::Synced() const {
  return namespaces_.Synced() && indexes_.Synced() && policies_.Synced() && buses_.Synced() && servers_.Synced() &&
         warehouses_.Synced() && databases_.Synced();
}

bool Watches::WaitSynced(std::chrono::milliseconds limit, std::stop_token stop) const {
  return namespaces_.WaitSynced(limit, stop) && indexes_.WaitSynced(limit, stop) && policies_.WaitSynced(limit, stop) &&
         buses_.WaitSynced(limit, stop) && servers_.WaitSynced(limit, stop) && warehouses_.WaitSynced(limit, stop) &&
         databases_.WaitSynced(limit, stop);
}

}  // namespace freehold::commands

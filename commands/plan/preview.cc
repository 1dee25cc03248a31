#include "commands/plan/preview.h"

#include <algorithm>
#include <iterator>

#include "commands/controller/cdc_key.h"
#include "commands/plan/blank.h"
#include "commands/resource_world.h"
#include "operator/base/text.h"
#include "reconcilers/connect/reconciler.h"
#include "reconcilers/engines/postgres/engine.h"
#include "reconcilers/ownership/placement.h"
#include "reconcilers/reporting/reconciler.h"
#include "reconcilers/servers/reconciler.h"
#include "reconcilers/servers/spares.h"
#include "reconcilers/stores/reconciler.h"
#include "reconcilers/views/preview.h"
#include "reconcilers/views/reconciler.h"

namespace freehold::commands::plan {
namespace {

/// Everything a preview needs, built from a set of resources.
class Previewer {
 public:
  /// `made`: what warehouses and connectors are planned for. `on_files`: what isn't among them may be elsewhere.
  Previewer(const documents::Resources& resources, const documents::Resources& made, kube::Client& client,
            engines::Engine& engine, const std::string& operator_namespace, bool on_files)
      : engine_(engine),
        client_(client),
        operator_namespace_(operator_namespace),
        on_files_(on_files),
        world_(resources),
        made_(made),
        server_reconciler_({world_.servers, world_.registry, board_, engine, client, client, shut_, clock_, {}},
                           {.operator_namespace = operator_namespace}),
        store_reconciler_({Reporting(world_), board_, engine, client, client, shut_, clock_, {}, troubles_, passwords_},
                          {}),
        warehouse_reconciler_({Reporting(made_), reports_, board_, engine, client, client, shut_, clock_, passwords_,
                               sights_, connectors_, views_, [](const kube::Name&) {}},
                              {.operator_namespace = operator_namespace}),
        connect_reconciler_({made_.View(), board_, engine, client, client, shut_, clock_, passwords_, connectors_,
                             connect::TransportTo, operator_namespace, [](const kube::Name&) {},
                             [](const kube::Name&) {}}) {
    if (auto key = FindCdcKey(client, operator_namespace)) passwords_.SetKey(std::move(*key));
  }

  /// `access` tells how a server is reached; the look itself is the engine's. What stores are to do for a warehouse is
  /// seen by the look at the warehouse.
  std::vector<Entry> Run(const std::function<base::Result<servers::Standing>(const api::DatabaseServer&)>& look) {
    std::vector<Entry> entries, later;
    for (const auto& server : world_.servers.All()) entries.push_back(PreviewServer(*server, look(*server)));
    for (const auto& warehouse : made_.warehouses.All()) {
      later.push_back(PreviewWarehouse(*warehouse));
      if (!warehouse->spec.views.empty()) later.push_back(PreviewViews(*warehouse));
    }
    for (const auto& bus : made_.buses.All()) {
      if (api::IsOnConnect(bus->spec.type)) later.push_back(PreviewConnectors(*bus));
    }
    for (const auto& object : world_.databases.All()) entries.push_back(PreviewStore(*object));
    std::ranges::move(later, std::back_inserter(entries));
    return entries;
  }

  base::Result<servers::Standing> LookForReal(const api::DatabaseServer& server) {
    return server_reconciler_.Look(server);
  }

 private:
  static Entry Of(const std::string& object) { return {.object = object, .steps = {}, .refusal = {}, .failure = {}}; }

  stores::World Reporting(const ResourceWorld& world) const {
    const auto view = world.View();
    return {view.databases, view.servers, view.policies,   view.namespaces, view.registry,
            view.indexes,   view.buses,   view.warehouses, &reports_};
  }

  Entry PreviewServer(const api::DatabaseServer& server, const base::Result<servers::Standing>& standing) {
    auto entry = Of("DatabaseServer " + server.meta.name);
    if (!standing) {
      entry.failure = standing.error();
      board_.Put(server.meta.name,
                 {.access = {}, .snapshot = nullptr, .failure = standing.error(), .at = clock_.Now()});
      return entry;
    }
    board_.Put(server.meta.name, *standing);
    const bool tables =
        std::ranges::find(server.spec.isolation, api::Isolation::kTables) != server.spec.isolation.end();
    for (const auto& step : engine_.PlanServer(*standing->snapshot, standing->access, tables)) {
      entry.steps.push_back(stores::Describe(step, server.meta.name));
    }
    const int spares = servers::SparesWanted(server, world_.registry);
    for (const auto& step : engine_.PlanSpares(*standing->snapshot, standing->access, spares)) {
      entry.steps.push_back(stores::Describe(step, server.meta.name));
    }
    return entry;
  }

  Entry PreviewStore(const api::ServiceDatabase& object) {
    auto entry = Of("ServiceDatabase " + ToString(object.meta.full_name()));
    const auto decision = store_reconciler_.Preview(object.meta.full_name());
    if (!decision) {
      entry.failure = decision.error();
      return entry;
    }
    if (const auto* refusal = std::get_if<stores::Refusal>(&*decision)) entry.refusal = *refusal;
    const std::vector<stores::Step>* steps = nullptr;
    if (const auto* act = std::get_if<stores::Act>(&*decision)) steps = &act->steps;
    if (const auto* drifted = std::get_if<stores::Drifted>(&*decision)) steps = &drifted->steps;
    if (!steps) return entry;
    const auto servers = world_.servers.All();
    const auto server = ownership::PlaceOf(object, servers).value_or(nullptr);
    for (const auto& step : *steps) entry.steps.push_back(stores::Describe(step, server ? server->meta.name : ""));
    return entry;
  }

  Entry PreviewWarehouse(const api::ReportingWarehouse& object) {
    auto entry = Of("ReportingWarehouse " + object.meta.name);
    const auto preview = warehouse_reconciler_.PreviewOf(object.meta.full_name());
    if (!preview) {
      entry.failure = preview.error();
      return entry;
    }
    if (const auto& hindrance = preview->hindrance) entry.refusal = {hindrance->reason, hindrance->message};
    for (const auto& step : preview->steps) entry.steps.push_back(stores::Describe(step, preview->server));
    for (const auto& [store, state] : preview->stores) reports_.Put(store, state);
    return entry;
  }

  Entry PreviewViews(const api::ReportingWarehouse& object) {
    auto entry = Of("views of ReportingWarehouse " + object.meta.name);
    const auto servers = made_.servers.All();
    const auto server = ownership::PlaceOf(object, servers);
    const auto standing = server ? board_.Find((*server)->meta.name) : std::nullopt;
    if (!standing || !standing->ready()) return entry;  // the warehouse tells
    auto folders = views::ReadFolders(object, client_, operator_namespace_);
    if (folders && on_files_) std::erase_if(*folders, [](const auto& folder) { return !folder.files; });
    const auto preview = folders ? views::PreviewOf(object, *folders, standing->access, engine_)
                                 : base::Result<views::Preview>(std::unexpected(folders.error()));
    if (!preview) {
      entry.failure = preview.error();
      return entry;
    }
    for (const auto& step : preview->steps) entry.steps.push_back(stores::Describe(step, (*server)->meta.name));
    if (!preview->faults.empty()) entry.refusal = {api::Reason::kViewsFailing, base::Join(preview->faults, "; ")};
    return entry;
  }

  Entry PreviewConnectors(const api::EventBus& bus) {
    auto entry = Of("connectors of EventBus " + bus.meta.name);
    const auto changes = on_files_
                             ? base::Result<std::vector<connect::Change>>(connect::ChangesOf(
                                   connect::WorkersOf(bus.spec), connect::WantedOf(bus, made_.View(), board_), {}, {}))
                             : connect_reconciler_.Preview(bus);
    if (!changes) {
      entry.failure = changes.error();
      return entry;
    }
    for (const auto& change : *changes) entry.steps.push_back(connect::Describe(change));
    return entry;
  }

  engines::Engine& engine_;
  kube::Client& client_;
  const std::string operator_namespace_;
  const bool on_files_;
  const base::Clock& clock_ = base::SystemClock();
  const ResourceWorld world_, made_;
  servers::Board board_;
  stores::Troubles troubles_;
  stores::Reports reports_;
  stores::Sights sights_;
  views::Board views_;
  connect::Board connectors_;
  credentials::CdcPasswords passwords_;
  runtime::Gate shut_{[] { return false; }, base::SystemClock()};
  servers::Reconciler server_reconciler_;
  stores::Reconciler store_reconciler_;
  reporting::Reconciler warehouse_reconciler_;
  connect::Reconciler connect_reconciler_;
};

}  // namespace

Counts CountOf(const std::vector<Entry>& entries) {
  Counts counts;
  for (const Entry& entry : entries) {
    ++(entry.failure         ? counts.unseen
       : entry.refusal       ? counts.refused
       : entry.steps.empty() ? counts.in_sync
                             : counts.to_do);
  }
  return counts;
}

base::Json ToJson(const std::vector<Entry>& entries) {
  base::Json list = base::Json::array();
  for (const Entry& entry : entries) {
    base::Json item{{"object", entry.object}, {"steps", entry.steps}};
    if (entry.refusal)
      item["refused"] = {{"reason", ToString(entry.refusal->reason)}, {"message", entry.refusal->message}};
    if (entry.failure) item["failure"] = {{"reason", entry.failure->reason}, {"message", entry.failure->message}};
    list.push_back(std::move(item));
  }
  return {{"objects", std::move(list)}};
}

std::vector<Entry> PreviewOfCluster(const documents::Resources& resources, kube::Client& client,
                                    const std::string& operator_namespace) {
  const auto engine = std::make_unique<engines::postgres::PostgresEngine>();
  Previewer previewer(resources, resources, client, *engine, operator_namespace, false);
  return previewer.Run([&](const api::DatabaseServer& server) { return previewer.LookForReal(server); });
}

std::vector<Entry> PreviewFromNothing(const documents::Resources& resources, const std::string& operator_namespace) {
  const auto engine = std::make_unique<engines::postgres::PostgresEngine>();
  BlankEngine blank(*engine);
  BlankCluster cluster(resources);
  const auto made = AsMade(resources, *engine->BlankServer());
  Previewer previewer(resources, made, cluster, blank, operator_namespace, true);
  return previewer.Run([&](const api::DatabaseServer& server) -> base::Result<servers::Standing> {
    engines::ServerAccess access{.name = server.meta.name,
                                 .host = server.spec.host,
                                 .port = server.spec.port,
                                 .tls = server.spec.tls.mode,
                                 .username = "admin",
                                 .shared_database = server.spec.shared_database};
    return servers::Standing{.access = std::move(access), .snapshot = engine->BlankServer(), .failure = {}, .at = {}};
  });
}

}  // namespace freehold::commands::plan

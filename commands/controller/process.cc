#include "commands/controller/process.h"

#include <malloc.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>

#include "commands/cluster.h"
#include "commands/controller/cdc_key.h"
#include "commands/controller/flow_metrics.h"
#include "commands/controller/listen.h"
#include "commands/controller/report_keeper.h"
#include "commands/controller/store_metrics.h"
#include "commands/controller/tell.h"
#include "commands/controller/view_metrics.h"
#include "commands/controller/watches.h"
#include "commands/controller/webhook.h"
#include "operator/kube/lease.h"
#include "operator/runtime/controller.h"
#include "operator/runtime/gate_metrics.h"
#include "operator/runtime/log.h"
#include "operator/runtime/shutdown.h"
#include "operator/runtime/standard_metrics.h"
#include "operator/serve/probes.h"
#include "operator/serve/server.h"
#include "reconcilers/buses/reconciler.h"
#include "reconcilers/channels/reconciler.h"
#include "reconcilers/connect/reconciler.h"
#include "reconcilers/credentials/password.h"
#include "reconcilers/engines/postgres/engine.h"
#include "reconcilers/guards/reconciler.h"
#include "reconcilers/ownership/placement.h"
#include "reconcilers/reporting/reconciler.h"
#include "reconcilers/servers/reconciler.h"
#include "reconcilers/servers/spares.h"
#include "reconcilers/stores/reconciler.h"
#include "reconcilers/views/reconciler.h"

namespace freehold::commands {
namespace {

using base::Result;
using runtime::Deadline;
using runtime::Part;

constexpr const char* kLeaseName = "freehold";
/// Stores of one namespace that come within this time are one write of its index.
constexpr std::chrono::milliseconds kGathering{100};
/// A Secret that somebody removed or changed is seen within so many resyncs.
constexpr int kSecretEvery = 3;
constexpr runtime::log::Logger kLog("controller");

std::string HostName() {
  std::string host(256, '\0');
  gethostname(host.data(), host.size() - 1);
  return host.c_str();
}

/// One heap for all threads: with one for each, a thread can't use what another one has freed, the first lists above
/// all. Large buffers are none of its business: the catalogs of a server with 10,000 stores are tens of megabytes of
/// JSON each time, which leave holes. By itself the threshold grows with what was freed.
void KeepHeapSmall() {
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_MMAP_THRESHOLD, 256 * 1024);
}

runtime::Priority PriorityOf(stores::Urgency urgency) {
  return urgency == stores::Urgency::kFresh ? runtime::Priority::kFresh : runtime::Priority::kResync;
}

/// Everything that lives as long as the process, in the order of dependence.
class Process {
 public:
  Process(const ControllerOptions& options, Cluster cluster, runtime::Metrics& metrics, runtime::Manager& manager)
      : options_(options), cluster_(std::move(cluster)), metrics_(metrics), manager_(manager) {
    if (options_.webhook.address.empty()) return;
    webhook_.emplace(options_.webhook, options_.ns, Webhook::Parts{*cluster_.client, world_, gate_, clock_, metrics_});
    ready_.Add("webhook", [this]() -> std::optional<std::string> {
      if (webhook_->Serves()) return std::nullopt;
      return "there is no certificate yet";
    });
  }

  runtime::Ending Run() {
    const auto process_series = runtime::ShowProcess(metrics_);
    const auto traffic_series = ShowTraffic();
    const auto store_series = ShowStores(metrics_, caches_.databases, caches_.policies, clock_);
    const auto flow_series = ShowFlows(metrics_, sights_, connectors_);
    const auto view_series = ShowViews(metrics_, views_, clock_);
    runtime::ShowBuild(metrics_, FREEHOLD_VERSION);
    kLog.Info("starting", {{"version", FREEHOLD_VERSION}, {"cluster", cluster_.origin}, {"namespace", options_.ns}});
    manager_.Add(Probes());
    manager_.Add(CachesPart());
    if (webhook_) manager_.Add(webhook_->Serving());
    if (options_.leader_elect) manager_.Add(Leadership());
    manager_.Add(Events());
    manager_.Add(Work());
    if (webhook_) manager_.Add(webhook_->Renewing());
    return manager_.Run();
  }

 private:
  /// freehold_sql_round_trips_total and freehold_sql_connections_total: what all servers together were asked.
  std::unique_ptr<runtime::Metrics::Subscription> ShowTraffic() {
    auto round_trips = metrics_.AddGauge("freehold_sql_round_trips_total", "Round trips to database servers");
    auto connections = metrics_.AddGauge("freehold_sql_connections_total", "Connections opened to database servers");
    return metrics_.BeforeText([this, round_trips, connections]() mutable {
      round_trips.Set(static_cast<double>(engine_.traffic().round_trips));
      connections.Set(static_cast<double>(engine_.traffic().connections));
    });
  }

  bool Leading() const { return !options_.leader_elect || (lease_ && lease_->Leading()); }

  Part Probes() {
    return {.name = "probes and metrics",
            .start = [this](std::stop_token) -> Result<void> {
              ready_.Add("caches", [this]() -> std::optional<std::string> {
                if (watches_ && watches_->Synced()) return std::nullopt;
                return "the first lists have not arrived";
              });
              for (const auto& [address, metrics_too] :
                   {std::pair(options_.probe_address, false), std::pair(options_.metrics_address, true)}) {
                const auto settings = ListenOn(address);
                if (!settings) return std::unexpected(settings.error());
                serve::Routes routes;
                serve::AddProbes(routes, healthy_, ready_);
                if (metrics_too) serve::AddMetrics(routes, metrics_);
                auto server = serve::Server::Start(*settings, std::move(routes));
                if (!server) return std::unexpected(server.error());
                servers_.push_back(std::move(*server));
              }
              return {};
            },
            .stop =
                [this](Deadline deadline) {
                  bool ended = true;
                  for (const auto& server : servers_) ended = server->Stop(deadline) && ended;
                  return ended;
                }};
  }

  Part CachesPart() {
    return {.name = "caches",
            .start = [this](std::stop_token stop) -> Result<void> {
              const Listeners listeners{
                  .namespace_changed =
                      [this](const std::string& ns, stores::Urgency urgency) {
                        guard_controller_.AddAfter({"", ns}, kGathering, PriorityOf(urgency));
                        reports_.NamespaceChanged(ns, PriorityOf(urgency));
                        LookAtBuses();
                      },
                  .servers_changed = [this](stores::Urgency urgency) { reports_.ServersChanged(PriorityOf(urgency)); },
                  .bus_changed = [this] { LookAtBuses(); },
                  .warehouse_changed = [this](const kube::Name& name,
                                              stores::Urgency urgency) { WarehouseChanged(name, urgency); }};
              watches_.emplace(*cluster_.client, caches_, router_, listeners);
              while (!stop.stop_requested() && !watches_->WaitSynced(std::chrono::seconds(10), stop)) {
                if (!stop.stop_requested()) kLog.Warn("waiting for the first lists; are the CRDs installed?");
              }
              return {};
            },
            .stop =
                [this](Deadline) {
                  watches_.reset();
                  return true;
                }};
  }

  /// All of them: which is the default, and who publishes by it, is a matter of all.
  void LookAtBuses() {
    for (const auto& bus : caches_.buses.All()) {
      bus_controller_.AddAfter(bus->meta.full_name(), kGathering);
      connect_controller_.AddAfter(bus->meta.full_name(), kGathering);
    }
  }

  /// Whatever its fingerprint says.
  void LookWhole(const kube::Name& store) {
    store_reconciler_.ForgetLook(store);
    store_controller_.Add(store);
  }

  Part Leadership() {
    return {
        .name = "lease",
        .start = [this](std::stop_token stop) -> Result<void> {
          const kube::LeaseHooks hooks{
              .on_started =
                  [this](std::int64_t epoch) {
                    leader_metrics_.Leading(true);
                    kLog.Info("leading", {{"epoch", epoch}});
                  },
              .on_stopped =
                  [this](const std::string& why) {
                    leader_metrics_.Leading(false);
                    manager_.Fail({base::FailureClass::kNotLeader, "LeaseLost", "the lease is lost: " + why, {}, 0});
                  }};
          lease_.emplace(*cluster_.lease_client, kube::Name{options_.ns, kLeaseName}, HostName() + "_" + self_,
                         kube::LeaseSettings{}, hooks);
          while (!stop.stop_requested() && !lease_->WaitLeading(std::chrono::hours(1), stop)) {
          }
          return {};
        },
        .stop =
            [this](Deadline) {
              leader_metrics_.Leading(false);
              if (const auto released = lease_->Release(); !released) {
                kLog.Warn("lease not released, it will expire", {{"error", released.error().message}});
              }
              return true;
            },
        .when_overdue = Part::WhenOverdue::kLeave};
  }

  Part Events() {
    return {.name = "events",
            .start = [](std::stop_token) -> Result<void> { return {}; },
            .stop = [this](Deadline deadline) { return tell_.Drain(deadline); }};
  }

  /// From now on servers are worked with by this process alone.
  Result<void> BeginTenure() {
    if (!options_.leader_elect) return {};
    const auto home = caches_.namespaces.Find({"", options_.ns});
    if (!home) return base::Terminal("NamespaceNotFound", "there is no namespace " + options_.ns + "; see --namespace");
    engine_.Begin({.installation = home->meta.uid, .process = self_, .lasts = [this] { return Leading(); }});
    return {};
  }

  /// A request that fails by chance is made again, as long as this process leads and isn't to stop.
  Result<base::Sensitive> AwaitCdcKey(std::stop_token stop) {
    std::mutex own;
    std::unique_lock lock(own);
    std::condition_variable_any nobody;
    while (true) {
      auto key = KeepCdcKey(*cluster_.client, *cluster_.client, gate_, options_.ns);
      const bool by_chance = !key && (key.error().kind == base::FailureClass::kRetryable ||
                                      key.error().kind == base::FailureClass::kInDoubt);
      if (!by_chance || stop.stop_requested() || !Leading()) return key;
      nobody.wait_for(lock, stop, std::chrono::seconds(1), [] { return false; });
    }
  }

  Part Work() {
    return {.name = "controllers",
            .start = [this](std::stop_token stop) -> Result<void> {
              if (auto begun = BeginTenure(); !begun) return begun;
              auto key = AwaitCdcKey(stop);
              if (!key) return std::unexpected(key.error());
              cdc_passwords_.SetKey(std::move(*key));
              guard_controller_.Start();
              reports_.Start();
              bus_controller_.Start();
              connect_controller_.Start();
              server_controller_.Start();
              store_controller_.Start();
              spare_controller_.Start();
              channel_controller_.Start();
              warehouse_controller_.Start();
              views_controller_.Start();
              return {};
            },
            .stop =
                [this](Deadline deadline) {
                  engine_.EndLongSteps();
                  const bool views = views_controller_.Drain(deadline);
                  const bool warehouses = warehouse_controller_.Drain(deadline) && views;
                  const bool channels = channel_controller_.Drain(deadline) && warehouses;
                  const bool spares = spare_controller_.Drain(deadline);
                  const bool stores = store_controller_.Drain(deadline) && spares;
                  const bool connectors = connect_controller_.Drain(deadline);
                  const bool buses = bus_controller_.Drain(deadline) && connectors;
                  const bool guards = guard_controller_.Drain(deadline);
                  const bool reports = reports_.Drain(deadline);
                  return server_controller_.Drain(deadline) && reports && buses && guards && stores && channels;
                },
            .patience = std::chrono::seconds(20)};
  }

  /// Those that report there have a part in it.
  void WarehouseChanged(const kube::Name& name, stores::Urgency urgency) {
    warehouse_controller_.Add(name, PriorityOf(urgency));
    views_controller_.Add(name, PriorityOf(urgency));
    const auto warehouse = caches_.warehouses.Find(name);
    if (warehouse && !warehouse->meta.deleted) return;
    for (const auto& object : caches_.databases.All()) {
      const auto& reporting = object->spec.reporting;
      if (reporting && reporting->warehouse == name.name) store_controller_.Add(object->meta.full_name());
    }
  }

  /// What it reports concerns its warehouse; that it reports no more is seen by the next look.
  void StoreTurned(const kube::Name& store, runtime::Priority priority) {
    const auto object = caches_.databases.Find(store);
    if (!object || !object->spec.reporting) return;
    warehouse_controller_.AddAfter({"", object->spec.reporting->warehouse}, kGathering, priority);
  }

  const ControllerOptions options_;
  const Cluster cluster_;
  runtime::Metrics& metrics_;
  runtime::Manager& manager_;
  const base::Clock& clock_ = base::SystemClock();
  /// This process and no other, a restart in the same pod included.
  const std::string self_ = credentials::MintPassword().Reveal().substr(0, 8);

  serve::Checks healthy_;
  serve::Checks ready_;
  std::vector<std::unique_ptr<serve::Server>> servers_;
  runtime::LeaderMetrics leader_metrics_{metrics_, kLeaseName};
  std::optional<kube::Lease> lease_;

  runtime::GateMetrics gate_metrics_{metrics_};
  runtime::Gate gate_{[this] { return Leading(); }, clock_, &gate_metrics_};
  EventTeller tell_{*cluster_.client, gate_};

  Caches caches_;
  ownership::Registry registry_;
  servers::Board board_;
  stores::Troubles troubles_;
  stores::Sights sights_;
  stores::Reports store_reports_;
  credentials::CdcPasswords cdc_passwords_;
  connect::Board connectors_;
  views::Board views_;
  engines::postgres::PostgresEngine engine_;
  const stores::World world_{caches_.databases, caches_.servers, caches_.policies,    caches_.namespaces, registry_,
                             caches_.indexes,   caches_.buses,   &caches_.warehouses, &store_reports_};

  std::optional<Webhook> webhook_;  ///< if it has an address

  stores::Router router_{
      world_,
      registry_,
      engine_,
      [this](const kube::Name& name, stores::Urgency urgency) {
        store_controller_.Add(name, PriorityOf(urgency));
        channel_controller_.Add(name, PriorityOf(urgency));
        StoreTurned(name, PriorityOf(urgency));
      },
      [this](const kube::Name& name, stores::Urgency urgency) { server_controller_.Add(name, PriorityOf(urgency)); },
      [this](const std::string& server) {
        spare_keeper_.Used(server);
        spare_controller_.AddAfter({"", server}, kGathering);
      }};

  servers::Reconciler server_reconciler_{
      {caches_.servers, registry_, board_, engine_, *cluster_.client, *cluster_.client, gate_, clock_,
       [this](const std::string& server, const auto& before, const auto& now) {
         router_.ServerSeen(server, before, now);
         spare_controller_.Add({"", server}, runtime::Priority::kResync);
       }},
      {.operator_namespace = options_.ns, .resync = options_.resync}};
  servers::SpareKeeper spare_keeper_{{caches_.servers, registry_, board_, engine_, *cluster_.client, gate_, clock_,
                                      [this](const std::string& server) { return !store_controller_.IsIdle(server); },
                                      [this](const std::string& server) {
                                        server_controller_.Add({"", server}, runtime::Priority::kResync);
                                      }}};
  stores::Reconciler store_reconciler_{{world_, board_, engine_, *cluster_.client, *cluster_.client, gate_, clock_,
                                        [this](const api::ServiceDatabase& object, bool warning, api::Reason reason,
                                               const std::string& note) { tell_.Tell(object, warning, reason, note); },
                                        troubles_, cdc_passwords_},
                                       {.resync = options_.resync, .secret_every = kSecretEvery}};
  channels::Reconciler channel_reconciler_{{world_, board_, engine_, gate_, clock_, troubles_, sights_,
                                            [this](const kube::Name& consumer) { store_controller_.Add(consumer); },
                                            [this](const std::string& part) { return connectors_.Find(part); }}};
  reporting::Reconciler warehouse_reconciler_{
      {world_, store_reports_, board_, engine_, *cluster_.client, *cluster_.client, gate_, clock_, cdc_passwords_,
       sights_, connectors_, views_, [this](const kube::Name& store) { store_controller_.Add(store); }},
      {.operator_namespace = options_.ns, .resync = options_.resync}};
  views::Reconciler views_reconciler_{{world_, board_, engine_, *cluster_.client, gate_, clock_, views_,
                                       [this](const kube::Name& warehouse) { warehouse_controller_.Add(warehouse); }},
                                      {.operator_namespace = options_.ns, .resync = options_.resync}};
  guards::Reconciler guard_reconciler_{{world_, *cluster_.client, gate_, options_.resync}};

  buses::Reconciler bus_reconciler_{{caches_.buses, caches_.databases, *cluster_.client, gate_, clock_,
                                     [this](const std::string& bus) { return connectors_.FindBus(bus); }}};
  topics::Keeper readers_{
      {world_, *cluster_.client, *cluster_.client, gate_, clock_, cdc_passwords_, topics::AdminOf, options_.ns}};
  connect::Reconciler connect_reconciler_{
      {world_, board_, engine_, *cluster_.client, *cluster_.client, gate_, clock_, cdc_passwords_, connectors_,
       connect::TransportTo, options_.ns, [this](const kube::Name& publisher) { LookWhole(publisher); },
       [this](const kube::Name& bus) { bus_controller_.Add(bus); },
       [this](const kube::Name& store, bool read) { store_reports_.PutRead(store, read); }, &readers_}};

  ReportKeeper reports_{*cluster_.client, world_, gate_, clock_, metrics_, options_.resync};

  runtime::Controller guard_controller_{"credentialindex",
                                        [this](const kube::Name& name) { return guard_reconciler_.Reconcile(name); },
                                        [](const kube::Name&) { return ""; }, clock_, metrics_};
  runtime::Controller bus_controller_{"eventbus",
                                      [this](const kube::Name& name) { return bus_reconciler_.Reconcile(name); },
                                      [](const kube::Name&) { return ""; }, clock_, metrics_};
  runtime::Controller connect_controller_{
      "connectors", [this](const kube::Name& name) { return connect_reconciler_.Reconcile(name); },
      [](const kube::Name& name) { return name.name; }, clock_, metrics_};
  runtime::Controller server_controller_{"databaseserver",
                                         [this](const kube::Name& name) { return server_reconciler_.Reconcile(name); },
                                         [](const kube::Name& name) { return name.name; }, clock_, metrics_};
  runtime::Controller spare_controller_{"sparedatabases",
                                        [this](const kube::Name& name) { return spare_keeper_.Reconcile(name); },
                                        [](const kube::Name& name) { return name.name; }, clock_, metrics_};
  runtime::Controller store_controller_{"servicedatabase",
                                        [this](const kube::Name& name) { return store_reconciler_.Reconcile(name); },
                                        [this](const kube::Name& name) { return router_.LaneOf(name); },
                                        clock_,
                                        metrics_,
                                        {.workers_per_lane = options_.workers}};
  runtime::Controller channel_controller_{
      "channel",
      [this](const kube::Name& name) { return channel_reconciler_.Reconcile(name); },
      [this](const kube::Name& name) { return router_.LaneOf(name); },
      clock_,
      metrics_,
      {.workers_per_lane = options_.workers}};

  runtime::Controller warehouse_controller_{
      "reportingwarehouse", [this](const kube::Name& name) { return warehouse_reconciler_.Reconcile(name); },
      [this](const kube::Name& name) {
        const auto warehouse = caches_.warehouses.Find(name);
        const auto servers = caches_.servers.All();
        const auto server = warehouse ? ownership::PlaceOf(*warehouse, servers).value_or(nullptr) : nullptr;
        return server ? server->meta.name : std::string();
      },
      clock_, metrics_};

  /// Each in a lane of its own: a refresh may take long.
  runtime::Controller views_controller_{"warehouseviews",
                                        [this](const kube::Name& name) { return views_reconciler_.Reconcile(name); },
                                        [](const kube::Name& name) { return name.name; }, clock_, metrics_};

  std::optional<Watches> watches_;  ///< last: it calls the router, which adds to the controllers
};

}  // namespace

Result<runtime::Ending> RunController(const ControllerOptions& options) {
  KeepHeapSmall();
  // A core would hold passwords.
  prctl(PR_SET_DUMPABLE, 0);
  runtime::log::Configure(options.log);
  runtime::Manager manager;
  const runtime::SignalWatch signals([&](int signal) {
    kLog.Info("stopping", {{"signal", signal}});
    manager.Stop();
  });
  runtime::Metrics metrics;
  runtime::RestClientMetrics requests(metrics);
  auto cluster =
      Connect(options.cluster, [&](const std::string& code, const std::string& method, const std::string& host) {
        requests.Count(std::atoi(code.c_str()), method, host);
      });
  if (!cluster) return std::unexpected(cluster.error());
  Process process(options, std::move(*cluster), metrics, manager);
  const auto ending = process.Run();
  // What still runs uses what would be destroyed here.
  if (ending == runtime::Ending::kOverdue) std::_Exit(1);
  return ending;
}

}  // namespace freehold::commands

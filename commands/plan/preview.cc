#include "commands/plan/preview.h"

#include "commands/resource_world.h"
#include "reconcilers/engines/postgres/engine.h"
#include "reconcilers/ownership/placement.h"
#include "reconcilers/servers/reconciler.h"
#include "reconcilers/stores/reconciler.h"

namespace freehold::commands::plan {
namespace {

/// An engine whose servers are empty: it plans as the real one, and sees nothing.
class BlankEngine final : public engines::Engine {
 public:
  explicit BlankEngine(engines::Engine& real) : real_(real) {}

  base::Result<std::shared_ptr<const engines::ServerSnapshot>> ObserveServer(const engines::ServerAccess&) override {
    return real_.BlankServer();
  }
  base::Result<engines::StoreSeen> ObserveStore(const engines::ServerAccess&, const engines::Layout& layout) override {
    return real_.BlankStore(layout);
  }
  base::Result<void> Run(const engines::ServerAccess&, const engines::Step&) override { return NoServer(); }
  base::Result<void> TryLogin(const engines::ServerAccess&, const std::string&, const std::string&,
                              const base::Sensitive&) override {
    return NoServer();
  }

  std::shared_ptr<const engines::ServerSnapshot> BlankServer() const override { return real_.BlankServer(); }
  engines::StoreSeen BlankStore(const engines::Layout& layout) const override { return real_.BlankStore(layout); }
  std::string Fingerprint(const engines::ServerSnapshot& server, const engines::Layout& layout) const override {
    return real_.Fingerprint(server, layout);
  }
  std::vector<engines::Step> PlanServer(const engines::ServerSnapshot& server, const engines::ServerAccess& access,
                                        bool tables_mode) const override {
    return real_.PlanServer(server, access, tables_mode);
  }
  std::vector<engines::Step> Plan(const engines::Store& wanted, const engines::StoreSeen& seen) const override {
    return real_.Plan(wanted, seen);
  }
  std::vector<engines::Step> PlanRemoval(const engines::Layout& layout, const std::string& uid,
                                         api::DeletionPolicy policy, const engines::StoreSeen& seen) const override {
    return real_.PlanRemoval(layout, uid, policy, seen);
  }
  std::string MakeVerifier(const base::Sensitive& password) const override { return real_.MakeVerifier(password); }
  bool VerifierMatches(const std::string& verifier, const base::Sensitive& password) const override {
    return real_.VerifierMatches(verifier, password);
  }

 private:
  static std::unexpected<base::Failure> NoServer() { return base::Terminal("NoServer", "a preview has no server"); }
  engines::Engine& real_;
};

/// An API server on which nothing is, and which takes nothing.
class BlankCluster final : public kube::Client {
 public:
  base::Result<base::Json> Get(const kube::ResourceType&, const kube::Name& name) override {
    return std::unexpected(
        base::Failure{base::FailureClass::kTerminal, "NotFound", ToString(name) + " not found", {}, 404});
  }
  base::Result<std::string> List(const kube::ResourceType&, const kube::ListOptions&,
                                 const std::function<void(const base::Json&)>&) override {
    return "";
  }
  base::Result<base::Json> Create(const kube::ResourceType&, const std::string&, const base::Json&) override {
    return No();
  }
  base::Result<base::Json> Apply(const kube::ResourceType&, const kube::Name&, const base::Json&, std::string_view,
                                 std::string_view) override {
    return No();
  }
  base::Result<base::Json> JsonPatch(const kube::ResourceType&, const kube::Name&, const base::Json&,
                                     std::string_view) override {
    return No();
  }
  base::Result<base::Json> Replace(const kube::ResourceType&, const kube::Name&, const base::Json&) override {
    return No();
  }
  base::Result<void> Delete(const kube::ResourceType&, const kube::Name&, const std::string&) override { return No(); }

 private:
  static std::unexpected<base::Failure> No() { return base::NotLeader(); }
};

/// Everything a preview needs, built from a set of resources.
class Previewer {
 public:
  Previewer(const documents::Resources& resources, kube::Client& client, engines::Engine& engine,
            std::string operator_namespace)
      : engine_(engine),
        world_(resources),
        server_reconciler_({world_.servers, world_.registry, board_, engine, client, client, shut_, clock_, {}},
                           {.operator_namespace = std::move(operator_namespace)}),
        store_reconciler_({world_.View(), board_, engine, client, client, shut_, clock_, {}, troubles_, no_passwords_},
                          {}) {}

  /// `access` tells how a server is reached; the look itself is the engine's.
  std::vector<Entry> Run(const std::function<base::Result<servers::Standing>(const api::DatabaseServer&)>& look) {
    std::vector<Entry> entries;
    for (const auto& server : world_.servers.All()) entries.push_back(PreviewServer(*server, look(*server)));
    for (const auto& object : world_.databases.All()) entries.push_back(PreviewStore(*object));
    return entries;
  }

  base::Result<servers::Standing> LookForReal(const api::DatabaseServer& server) {
    return server_reconciler_.Look(server);
  }

 private:
  Entry PreviewServer(const api::DatabaseServer& server, const base::Result<servers::Standing>& standing) {
    Entry entry{.object = "DatabaseServer " + server.meta.name, .steps = {}, .refusal = {}, .failure = {}};
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
    return entry;
  }

  Entry PreviewStore(const api::ServiceDatabase& object) {
    Entry entry{
        .object = "ServiceDatabase " + ToString(object.meta.full_name()), .steps = {}, .refusal = {}, .failure = {}};
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

  engines::Engine& engine_;
  const base::Clock& clock_ = base::SystemClock();
  const ResourceWorld world_;
  servers::Board board_;
  stores::Troubles troubles_;
  credentials::CdcPasswords no_passwords_;
  runtime::Gate shut_{[] { return false; }, base::SystemClock()};
  servers::Reconciler server_reconciler_;
  stores::Reconciler store_reconciler_;
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
  Previewer previewer(resources, client, *engine, operator_namespace);
  return previewer.Run([&](const api::DatabaseServer& server) { return previewer.LookForReal(server); });
}

std::vector<Entry> PreviewFromNothing(const documents::Resources& resources) {
  const auto engine = std::make_unique<engines::postgres::PostgresEngine>();
  BlankEngine blank(*engine);
  BlankCluster cluster;
  Previewer previewer(resources, cluster, blank, "");
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

// A world in which nothing was made yet, for what is planned on files alone.
#pragma once

#include "operator/kube/client.h"
#include "reconcilers/documents/resources.h"
#include "reconcilers/engines/engine.h"

namespace freehold::commands::plan {

/// An engine whose servers are empty: it plans as the real one, and sees nothing.
class BlankEngine final : public engines::Engine {
 public:
  /// `real` outlives it.
  explicit BlankEngine(engines::Engine& real) : real_(real) {}

  base::Result<std::shared_ptr<const engines::ServerSnapshot>> ObserveServer(const engines::ServerAccess&) override {
    return real_.BlankServer();
  }
  base::Result<engines::StoreSeen> ObserveStore(const engines::ServerAccess&, const engines::Layout& layout) override {
    return real_.BlankStore(layout);
  }
  base::Result<engines::SourceSeen> ObserveSource(const engines::ServerAccess&, const engines::Layout&,
                                                  const std::vector<std::string>&) override {
    return engines::SourceSeen{};
  }
  base::Result<engines::WarehouseSeen> ObserveWarehouse(const engines::ServerAccess&, const std::string&) override {
    return engines::WarehouseSeen{};
  }
  base::Result<engines::ViewsSeen> ObserveViews(const engines::ServerAccess&, const std::string&) override {
    return engines::ViewsSeen{};
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
  std::vector<std::string> Hindrances(const engines::Store& wanted, const engines::StoreSeen& seen) const override {
    return real_.Hindrances(wanted, seen);
  }
  std::vector<engines::Step> PlanRemoval(const engines::Layout& layout, const std::string& uid,
                                         api::DeletionPolicy policy, const engines::StoreSeen& seen) const override {
    return real_.PlanRemoval(layout, uid, policy, seen);
  }
  std::vector<engines::Step> PlanWarehouse(const engines::Warehouse& wanted,
                                           const engines::WarehouseSeen& seen) const override {
    return real_.PlanWarehouse(wanted, seen);
  }
  std::vector<engines::Step> PlanViews(const engines::Views& wanted, const engines::ViewsSeen& seen) const override {
    return real_.PlanViews(wanted, seen);
  }
  std::string MakeVerifier(const base::Sensitive& password) const override { return real_.MakeVerifier(password); }
  bool VerifierMatches(const std::string& verifier, const base::Sensitive& password) const override {
    return real_.VerifierMatches(verifier, password);
  }

 private:
  static std::unexpected<base::Failure> NoServer() { return base::Terminal("NoServer", "a preview has no server"); }
  engines::Engine& real_;
};

/// An API server on which nothing is but the ConfigMaps of the files, and which takes nothing.
class BlankCluster final : public kube::Client {
 public:
  /// `resources` outlive it.
  explicit BlankCluster(const documents::Resources& resources) : resources_(resources) {}

  base::Result<base::Json> Get(const kube::ResourceType& type, const kube::Name& name) override {
    const auto found = resources_.config_maps.find(name);
    if (type.kind == "ConfigMap" && found != resources_.config_maps.end()) return found->second;
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
  const documents::Resources& resources_;
};

/// The same resources once their servers were looked at, which can do all that is asked of them, and their stores made
/// where they are to be: what warehouses and connectors are planned for, which come after stores.
documents::Resources AsMade(const documents::Resources&, const engines::ServerSnapshot& server);

}  // namespace freehold::commands::plan

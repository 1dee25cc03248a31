// PostgreSQL 14 and later, as an Engine.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "reconcilers/engines/engine.h"
#include "reconcilers/engines/postgres/connection.h"
#include "reconcilers/engines/postgres/pool.h"
#include "reconcilers/engines/postgres/snapshot.h"

namespace freehold::engines::postgres {

class PostgresEngine final : public Engine {
 public:
  explicit PostgresEngine(std::shared_ptr<Pools> pools = std::make_shared<Pools>()) : pools_(std::move(pools)) {}

  /// Servers are worked with as this process of an installation, and by nobody before it any more; see Pool. Without,
  /// nobody's sessions are ended but our own. REQUIRES: no server was asked anything yet.
  void Begin(Tenure tenure) { pools_->Begin(std::move(tenure)); }

  Result<std::shared_ptr<const ServerSnapshot>> ObserveServer(const ServerAccess&) override;
  Result<StoreSeen> ObserveStore(const ServerAccess&, const Layout&) override;
  std::string Fingerprint(const ServerSnapshot&, const Layout&) const override;

  std::optional<StoreSeen> PresumeAbsent(const ServerSnapshot&, const Store&) const override;
  Result<std::optional<StoreSeen>> ObserveMade(const ServerAccess&, const ServerSnapshot&, const Store&) override;
  std::shared_ptr<const ServerSnapshot> BlankServer() const override;
  StoreSeen BlankStore(const Layout&) const override;
  std::vector<Step> PlanServer(const ServerSnapshot&, const ServerAccess&, bool tables_mode) const override;
  std::vector<Step> PlanSpares(const ServerSnapshot&, const ServerAccess&, int wanted) const override;
  std::vector<Step> Plan(const Store& wanted, const StoreSeen& seen) const override;
  std::vector<std::string> Hindrances(const Store& wanted, const StoreSeen& seen) const override;
  std::vector<Step> PlanRemoval(const Layout&, const std::string& uid, api::DeletionPolicy,
                                const StoreSeen&) const override;

  std::unique_ptr<Stay> StayAt(const ServerAccess&, const Layout&) override;
  Result<void> Run(const ServerAccess&, const Step&) override;
  Result<void> TryLogin(const ServerAccess&, const std::string& database, const std::string& login,
                        const base::Sensitive& password) override;

  Result<bool> Admits(const ServerAccess&, const std::string& database, const std::string& login,
                      const base::Sensitive& password) override;

  Glance AccessAtAGlance(const ServerSnapshot&, const Layout&) const override;
  std::vector<std::size_t> Suspects(const ServerAccess&, const ServerSnapshot&, const std::vector<Layout>&) override;
  Result<Attempt> TryToRead(const ServerAccess&, const std::string& login, const base::Sensitive& password,
                            const Layout&) override;

  Result<ChannelSeen> ObserveChannel(const ServerAccess& publisher, const std::string& database,
                                     const std::string& channel) override;
  Result<std::map<std::string, Result<ChannelSeen>>> ObserveChannels(const ServerAccess& publisher,
                                                                     const std::string& database,
                                                                     const std::vector<std::string>& channels) override;
  Result<std::set<std::string>> WithEvents(const ServerAccess& publisher, const std::string& database,
                                           const std::vector<std::string>& channels) override;
  Result<Delivered> Deliver(const Delivery&) override;

  Result<SourceSeen> ObserveSource(const ServerAccess&, const Layout&, const std::vector<std::string>& tables) override;
  Result<WarehouseSeen> ObserveWarehouse(const ServerAccess&, const std::string& database) override;
  Result<std::map<std::string, std::int64_t>> CountRows(const ServerAccess&, const std::string& database,
                                                        const std::string& schema,
                                                        const std::vector<std::string>& tables) override;
  std::vector<Step> PlanWarehouse(const Warehouse&, const WarehouseSeen&) const override;
  std::vector<Step> PlanWarehouseRemoval(const Warehouse&, api::DeletionPolicy, const WarehouseSeen&) const override;

  Result<ViewsSeen> ObserveViews(const ServerAccess&, const std::string& database) override;
  std::vector<Step> PlanViews(const Views&, const ViewsSeen&) const override;
  Step RefreshView(const std::string& database, const ViewWanted&, const ViewSeen&) const override;
  void EndLongSteps() override;

  Result<std::map<std::string, std::string>> Verifiers(const ServerAccess&,
                                                       const std::vector<std::string>& logins) override;
  std::string MakeVerifier(const base::Sensitive& password) const override;
  bool VerifierMatches(const std::string& verifier, const base::Sensitive& password) const override;

  /// All servers together, since the start.
  const Traffic& traffic() const { return pools_->traffic(); }

 private:
  /// The rows of one store as seen from a database, its own or another.
  Result<StoreRows> Look(Pool&, const Layout&, const std::string& database);

  /// A step that has a role.
  Result<void> RunAs(const ServerAccess&, const Step&);

  /// Was the database a store, open to us, when the server was last looked at?
  bool WasStore(const ServerAccess&, const std::string& database);

  const std::shared_ptr<Pools> pools_;
  std::mutex mutex_;
  std::map<std::string, std::set<std::string>> stores_;  ///< guarded by mutex_; databases by the server's name
  std::set<Connection*> long_steps_;                     ///< guarded by mutex_; what works at a step with a role
  bool ending_ = false;                                  ///< guarded by mutex_
};

}  // namespace freehold::engines::postgres

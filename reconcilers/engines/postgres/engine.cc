#include "reconcilers/engines/postgres/engine.h"

#include <openssl/crypto.h>

#include "operator/base/json.h"
#include "operator/base/text.h"
#include "reconcilers/engines/postgres/attempt.h"
#include "reconcilers/engines/postgres/blank.h"
#include "reconcilers/engines/postgres/delivery.h"
#include "reconcilers/engines/postgres/endpoint.h"
#include "reconcilers/engines/postgres/failure.h"
#include "reconcilers/engines/postgres/fill.h"
#include "reconcilers/engines/postgres/glance.h"
#include "reconcilers/engines/postgres/hindrances.h"
#include "reconcilers/engines/postgres/made.h"
#include "reconcilers/engines/postgres/marker.h"
#include "reconcilers/engines/postgres/names.h"
#include "reconcilers/engines/postgres/plan_removal.h"
#include "reconcilers/engines/postgres/plan_server.h"
#include "reconcilers/engines/postgres/plan_spares.h"
#include "reconcilers/engines/postgres/plan_store.h"
#include "reconcilers/engines/postgres/plan_views.h"
#include "reconcilers/engines/postgres/plan_warehouse.h"
#include "reconcilers/engines/postgres/quote.h"
#include "reconcilers/engines/postgres/scram.h"
#include "reconcilers/engines/postgres/secrecy.h"
#include "reconcilers/engines/postgres/server_view.h"
#include "reconcilers/engines/postgres/sieve.h"
#include "reconcilers/engines/postgres/snapshot_query.h"
#include "reconcilers/engines/postgres/source_look.h"
#include "reconcilers/engines/postgres/store_look.h"
#include "reconcilers/engines/postgres/store_view.h"
#include "reconcilers/engines/postgres/views_look.h"
#include "reconcilers/engines/postgres/warehouse_look.h"

namespace freehold::engines::postgres {
namespace {

bool IsNoSuchDatabase(const base::Failure& failure) { return failure.reason == kNoSuchDatabase; }

/// Outside of here there is no such reason: a database that can't be entered is a fault of the server's set-up.
base::Failure Known(base::Failure failure) {
  if (IsNoSuchDatabase(failure)) failure.reason = "StatementFailed";
  return failure;
}

Dialect DialectOf(Pool& pool, Connection& connection) {
  return {.major = connection.major(), .insights = pool.InsightsOf(connection)};
}

/// "orders_db_a" works as "orders_db_owner", see LayoutOf.
std::string OwnerOf(const std::string& login) { return login.substr(0, login.rfind('_')) + "_owner"; }

// Of tables alone: the query of a view and the policies of a table are its owner's code, and would run as the admin.
// They are held meanwhile, so that they stay what they are.
constexpr const char* kCountRows = R"sql(SELECT coalesce(json_object_agg(c.relname, substring(query_to_xml(
    format('SELECT count(*) AS n FROM %I.%I', n.nspname, c.relname), false, true, '')::text FROM '<n>([0-9]+)</n>')::bigint), '{}')::text
  FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid WHERE n.nspname = {schema} AND c.relname IN ({tables})
    AND c.relkind IN ('r', 'p') AND NOT c.relrowsecurity)sql";

/// Several statements in one message are one transaction.
std::string Joined(const std::vector<std::string>& statements) {
  std::string script;
  for (const auto& statement : statements) script += statement + ";\n";
  return script;
}

}  // namespace

Result<std::shared_ptr<const ServerSnapshot>> PostgresEngine::ObserveServer(const ServerAccess& access) {
  const auto pool = pools_->For(access);
  auto connection =
      pool->Connect(access.shared_database.empty() ? access.maintenance_database : access.shared_database);
  if (!connection && IsNoSuchDatabase(connection.error())) connection = pool->Connect(access.maintenance_database);
  if (!connection) return std::unexpected(Known(connection.error()));

  const auto dialect = DialectOf(*pool, **connection);
  const auto answers = AskAll(**connection, ServerQuestions(dialect, access.shared_database));
  if (!answers) return std::unexpected(answers.error());
  auto rows = ParseServerRows(Document(*answers));
  if (!rows) return std::unexpected(rows.error());
  rows->shared.verifiers_readable = dialect.insights.verifiers;
  std::set<std::string> stores;
  for (const auto& database : rows->shared.databases) {
    if (ParseMarker(database.comment) && database.allows_connections) stores.insert(database.name);
  }
  {
    const std::lock_guard lock(mutex_);
    stores_[access.name] = std::move(stores);
  }
  return std::make_shared<PostgresSnapshot>(std::move(*rows), access);
}

bool PostgresEngine::WasStore(const ServerAccess& access, const std::string& database) {
  const std::lock_guard lock(mutex_);
  const auto known = stores_.find(access.name);
  return known != stores_.end() && known->second.contains(database);
}

Result<StoreRows> PostgresEngine::Look(Pool& pool, const Layout& layout, const std::string& database) {
  const auto connection = pool.Connect(database);
  if (!connection) return std::unexpected(connection.error());
  const auto dialect = DialectOf(pool, **connection);
  auto rows = LookAtStore(**connection, dialect, layout, database == layout.database);
  if (rows) rows->shared.verifiers_readable = dialect.insights.verifiers;
  return rows;
}

Result<StoreSeen> PostgresEngine::ObserveStore(const ServerAccess& access, const Layout& layout) {
  const auto pool = pools_->For(access);
  std::optional<StoreRows> from_outside;
  // A database of the store's own may not be there yet, which is cheaper to ask than to try.
  if (HasOwnDatabase(layout) && !pool->HasIdle(layout.database) && !WasStore(access, layout.database)) {
    auto rows = Look(*pool, layout, access.maintenance_database);
    if (!rows) return std::unexpected(Known(rows.error()));
    const auto* database = rows->shared.databases.empty() ? nullptr : &rows->shared.databases[0];
    const bool visit = database && database->allows_connections && !IsReserved(layout, database, access);
    if (!visit) return ViewOf(std::move(*rows), layout, access);
    from_outside = std::move(*rows);
  }
  auto rows = Look(*pool, layout, layout.database);
  if (rows) return ViewOf(std::move(*rows), layout, access);
  // Somebody else's, and closed to us: that it is there is all that we need to know.
  const bool closed = rows.error().reason == "AdminDenied" && from_outside;
  if (closed && !ParseMarker(from_outside->shared.databases[0].comment)) {
    return ViewOf(std::move(*from_outside), layout, access);
  }
  if (!IsNoSuchDatabase(rows.error())) return std::unexpected(rows.error());
  rows = Look(*pool, layout, access.maintenance_database);
  if (!rows) return std::unexpected(Known(rows.error()));
  return ViewOf(std::move(*rows), layout, access);
}

std::string PostgresEngine::Fingerprint(const ServerSnapshot& snapshot, const Layout& layout) const {
  return FingerprintOf(dynamic_cast<const PostgresSnapshot&>(snapshot).index.FactsOf(layout));
}

std::optional<StoreSeen> PostgresEngine::PresumeAbsent(const ServerSnapshot& snapshot, const Store& store) const {
  const auto& server = dynamic_cast<const PostgresSnapshot&>(snapshot);
  const auto& layout = store.layout;
  // What adoption would take, which tables and extensions the shared database holds: only a visit tells.
  if (store.adopt || !store.extensions.empty() || layout.isolation == api::Isolation::kTables) return std::nullopt;
  if (!HasOwnDatabase(layout) && !server.shared_database) return std::nullopt;
  if (!FingerprintOf(server.index.FactsOf(layout)).empty()) return std::nullopt;

  StoreRows rows{.shared = server.index.rows().WithoutStores(),
                 .elsewhere = {},
                 .sessions = {},
                 .slots = {},
                 .actors = {},
                 .bonds = {},
                 .local = {}};
  if (!HasOwnDatabase(layout)) rows.local = LocalRows{};
  return ViewOf(std::move(rows), layout, server.access);
}

Result<std::optional<StoreSeen>> PostgresEngine::ObserveMade(const ServerAccess& access, const ServerSnapshot& snapshot,
                                                             const Store& store) {
  if (!IsPlain(store)) return std::nullopt;
  const auto& layout = store.layout;
  const auto pool = pools_->For(access);
  const auto connection = pool->Connect(HasOwnDatabase(layout) ? access.maintenance_database : layout.database);
  if (!connection) return std::unexpected(Known(connection.error()));
  const auto& server = dynamic_cast<const PostgresSnapshot&>(snapshot);
  auto rows = LookAtMade(**connection, DialectOf(*pool, **connection), store, server);
  if (!rows) return std::unexpected(rows.error());
  if (!*rows) return std::nullopt;
  return ViewOf(std::move(**rows), layout, access);
}

std::shared_ptr<const ServerSnapshot> PostgresEngine::BlankServer() const {
  return std::make_shared<PostgresSnapshot>(ServerRows{.shared = BlankRows(), .local = {}}, ServerAccess{});
}

StoreSeen PostgresEngine::BlankStore(const Layout& layout) const {
  StoreRows rows;
  rows.shared = BlankRows();
  rows.shared.databases.clear();
  if (!HasOwnDatabase(layout)) rows.local = LocalRows{};
  return ViewOf(std::move(rows), layout, ServerAccess{});
}

std::vector<Step> PostgresEngine::PlanServer(const ServerSnapshot& snapshot, const ServerAccess& access,
                                             bool tables_mode) const {
  return postgres::PlanServer(dynamic_cast<const PostgresSnapshot&>(snapshot), access, tables_mode);
}

std::vector<Step> PostgresEngine::PlanSpares(const ServerSnapshot& snapshot, const ServerAccess& access,
                                             int wanted) const {
  return postgres::PlanSpares(dynamic_cast<const PostgresSnapshot&>(snapshot), access, wanted);
}

std::vector<Step> PostgresEngine::Plan(const Store& wanted, const StoreSeen& seen) const {
  return PlanStore(wanted, seen);
}

std::vector<std::string> PostgresEngine::Hindrances(const Store& wanted, const StoreSeen& seen) const {
  return postgres::HindrancesIn(wanted, seen);
}

std::vector<Step> PostgresEngine::PlanRemoval(const Layout& layout, const std::string& uid, api::DeletionPolicy policy,
                                              const StoreSeen& seen) const {
  return postgres::PlanRemoval(layout, uid, policy, seen);
}

std::unique_ptr<Engine::Stay> PostgresEngine::StayAt(const ServerAccess& access, const Layout& layout) {
  return std::make_unique<Pool::Stay>(pools_->For(access), layout.database);
}

Result<void> PostgresEngine::Run(const ServerAccess& access, const Step& step) {
  if (step.as) return RunAs(access, step);
  auto connection = pools_->For(access)->Connect(step.database.empty() ? access.maintenance_database : step.database);
  if (!connection) return std::unexpected(Known(connection.error()));
  if (step.transaction) return (*connection)->Do(Joined(step.statements));
  if (!step.shortcut.empty()) {
    const auto done = (*connection)->Do(step.shortcut);
    if (done || (*connection)->broken()) return done;
  }
  const auto run = [&]() -> Result<void> {
    for (const auto& statement : step.statements) {
      if (auto done = (*connection)->Do(statement); !done) return done;
    }
    return {};
  };
  return step.secret ? WithSecret(**connection, *step.secret, run) : run();
}

Result<void> PostgresEngine::RunAs(const ServerAccess& access, const Step& step) {
  const auto pool = pools_->For(access);
  const auto place = pool->Reserve();
  if (!place) return std::unexpected(place.error());
  const auto& role = *step.as;
  constexpr auto kGrace = std::chrono::seconds(15);
  const auto connection = pool->Open(step.database, role.statement_timeout + kGrace);
  if (!connection) return std::unexpected(Known(connection.error()));
  // The planner has what a query over all of a warehouse takes; the role comes last, and is left no more.
  auto ready = (*connection)
                   ->Do("SET statement_timeout = " + std::to_string(role.statement_timeout.count()) +
                        "; SET work_mem = '32MB'; SET plan_cache_mode = auto; SET row_security = on; SET ROLE " +
                        QuoteName(role.name));
  if (!ready) return ready;
  const auto stopping = [] { return base::Retryable("ServerBusy", "the operator stops"); };
  {
    const std::lock_guard lock(mutex_);
    if (ending_) return stopping();
    long_steps_.insert(connection->get());
  }
  Result<void> done;
  for (const auto& statement : step.statements) {
    done = (*connection)->DoOne(statement, !DefinesView(statement));
    const std::lock_guard lock(mutex_);
    if (done && ending_) done = stopping();
    if (!done) break;
  }
  pool->GiveUp(**connection);
  const std::lock_guard lock(mutex_);
  long_steps_.erase(connection->get());
  return done;
}

void PostgresEngine::EndLongSteps() {
  const std::lock_guard lock(mutex_);
  ending_ = true;
  for (auto* connection : long_steps_) connection->Cancel();
}

Result<void> PostgresEngine::TryLogin(const ServerAccess& access, const std::string& database, const std::string& login,
                                      const base::Sensitive& password) {
  const auto place = pools_->For(access)->Reserve();
  if (!place) return std::unexpected(place.error());
  const auto connection = Connection::Open(ConnectString(access, database, login, password), pools_->traffic());
  if (!connection) {
    if (connection.error().kind != base::FailureClass::kTerminal) return std::unexpected(connection.error());
    return base::Terminal("LoginRefused", connection.error().message);
  }
  const auto role = (*connection)->Ask({"SELECT current_user", {}});
  if (!role) return std::unexpected(role.error());
  if (*role != OwnerOf(login)) {
    return base::Terminal("LoginRefused", "login " + login + " works as " + *role + ", not as " + OwnerOf(login));
  }
  return {};
}

Result<bool> PostgresEngine::Admits(const ServerAccess& access, const std::string& database, const std::string& login,
                                    const base::Sensitive& password) {
  const auto place = pools_->For(access)->Reserve();
  if (!place) return std::unexpected(place.error());
  const auto connection = Connection::Open(ConnectString(access, database, login, password), pools_->traffic());
  if (connection) return true;
  if (connection.error().kind != base::FailureClass::kTerminal) return std::unexpected(connection.error());
  return false;
}

Glance PostgresEngine::AccessAtAGlance(const ServerSnapshot& snapshot, const Layout& layout) const {
  return postgres::AccessAtAGlance(dynamic_cast<const PostgresSnapshot&>(snapshot), layout);
}

std::vector<std::size_t> PostgresEngine::Suspects(const ServerAccess& access, const ServerSnapshot& snapshot,
                                                  const std::vector<Layout>& stores) {
  const auto pool = pools_->For(access);
  const auto ask = [&](const std::string& database, const Query& query) -> Result<std::string> {
    const auto connection = pool->Connect(database.empty() ? access.maintenance_database : database);
    if (!connection) return std::unexpected(connection.error());
    return (*connection)->Ask(query);
  };
  return Sieve(dynamic_cast<const PostgresSnapshot&>(snapshot), stores).Suspects(ask);
}

Result<Attempt> PostgresEngine::TryToRead(const ServerAccess& access, const std::string& login,
                                          const base::Sensitive& password, const Layout& layout) {
  const auto place = pools_->For(access)->Reserve();
  if (!place) return std::unexpected(place.error());
  const auto connection = Connection::Open(ConnectString(access, layout.database, login, password), pools_->traffic());
  if (connection) return TryTables(**connection, layout);
  if (connection.error().kind != base::FailureClass::kTerminal) return std::unexpected(connection.error());
  return Attempt{.connected = false, .reads = false, .answer = connection.error().message};
}

Result<ChannelSeen> PostgresEngine::ObserveChannel(const ServerAccess& publisher, const std::string& database,
                                                   const std::string& channel) {
  const auto connection = pools_->For(publisher)->Connect(database);
  if (!connection) return std::unexpected(Known(connection.error()));
  return LookAtChannel(**connection, channel);
}

Result<std::map<std::string, Result<ChannelSeen>>> PostgresEngine::ObserveChannels(
    const ServerAccess& publisher, const std::string& database, const std::vector<std::string>& channels) {
  const auto connection = pools_->For(publisher)->Connect(database);
  if (!connection) return std::unexpected(Known(connection.error()));
  std::map<std::string, Result<ChannelSeen>> seen;
  for (const auto& channel : channels) seen.emplace(channel, LookAtChannel(**connection, channel));
  return seen;
}

Result<std::set<std::string>> PostgresEngine::WithEvents(const ServerAccess& publisher, const std::string& database,
                                                         const std::vector<std::string>& channels) {
  const auto connection = pools_->For(publisher)->Connect(database);
  if (!connection) return std::unexpected(Known(connection.error()));
  return Waiting(**connection, channels);
}

Result<Delivered> PostgresEngine::Deliver(const Delivery& delivery) {
  // Never two places of one pool at once: those who hold the first could wait for each other.
  const auto from = pools_->For(delivery.publisher);
  const auto to = pools_->For(delivery.consumer);
  const auto at = [](const std::shared_ptr<Pool>& pool, const std::string& database) {
    return [pool, database](const Query& query) -> Result<std::string> {
      const auto connection = pool->Connect(database);
      if (!connection) return std::unexpected(Known(connection.error()));
      return (*connection)->Ask(query);
    };
  };
  const Pool::Stay here(from, delivery.publisher_database), there(to, delivery.consumer_database);
  return DeliverBatch(delivery.channel, at(from, delivery.publisher_database), at(to, delivery.consumer_database));
}

Result<SourceSeen> PostgresEngine::ObserveSource(const ServerAccess& access, const Layout& layout,
                                                 const std::vector<std::string>& tables) {
  const auto pool = pools_->For(access);
  const auto connection = pool->Connect(layout.database);
  if (!connection) return std::unexpected(Known(connection.error()));
  return LookAtSource(**connection, layout, tables, pool->InsightsOf(**connection).verifiers);
}

Result<WarehouseSeen> PostgresEngine::ObserveWarehouse(const ServerAccess& access, const std::string& database) {
  const auto pool = pools_->For(access);
  const auto connection = pool->Connect(database);
  if (!connection && IsNoSuchDatabase(connection.error())) return WarehouseSeen{};
  if (!connection) return std::unexpected(connection.error());
  return LookAtWarehouse(**connection, database, pool->InsightsOf(**connection));
}

Result<std::map<std::string, std::int64_t>> PostgresEngine::CountRows(const ServerAccess& access,
                                                                      const std::string& database,
                                                                      const std::string& schema,
                                                                      const std::vector<std::string>& tables) {
  if (tables.empty()) return std::map<std::string, std::int64_t>{};
  std::vector<std::string> names;
  for (const auto& table : tables) names.push_back(QuoteName(schema, table));
  const auto connection = pools_->For(access)->Connect(database);
  if (!connection) return std::unexpected(Known(connection.error()));
  const auto answers =
      (*connection)
          ->AskAll({"LOCK TABLE " + base::Join(names) + " IN ACCESS SHARE MODE",
                    Fill(kCountRows, {{"schema", QuoteValue(schema)}, {"tables", QuoteValues(tables)}})});
  if (!answers) return std::unexpected(answers.error());
  const auto look = base::ParseJson(answers->back());
  if (!look) return std::unexpected(look.error());
  return look->get<std::map<std::string, std::int64_t>>();
}

std::vector<Step> PostgresEngine::PlanWarehouse(const Warehouse& wanted, const WarehouseSeen& seen) const {
  return postgres::PlanWarehouse(wanted, seen);
}

std::vector<Step> PostgresEngine::PlanWarehouseRemoval(const Warehouse& wanted, api::DeletionPolicy policy,
                                                       const WarehouseSeen& seen) const {
  return postgres::PlanWarehouseRemoval(wanted, policy, seen);
}

Result<ViewsSeen> PostgresEngine::ObserveViews(const ServerAccess& access, const std::string& database) {
  const auto connection = pools_->For(access)->Connect(database);
  if (!connection && IsNoSuchDatabase(connection.error())) return ViewsSeen{};
  if (!connection) return std::unexpected(connection.error());
  return LookAtViews(**connection, database);
}

std::vector<Step> PostgresEngine::PlanViews(const Views& wanted, const ViewsSeen& seen) const {
  return postgres::PlanViews(wanted, seen);
}

Step PostgresEngine::RefreshView(const std::string& database, const ViewWanted& view, const ViewSeen& seen) const {
  return postgres::RefreshView(database, view, seen);
}

Result<std::map<std::string, std::string>> PostgresEngine::Verifiers(const ServerAccess& access,
                                                                     const std::vector<std::string>& logins) {
  const auto pool = pools_->For(access);
  const auto connection = pool->Connect(access.maintenance_database);
  if (!connection) return std::unexpected(Known(connection.error()));
  if (!pool->InsightsOf(**connection).verifiers) {
    return base::Terminal("NotReadable", "admin " + access.username + " may not read pg_authid");
  }
  const auto answer = (*connection)
                          ->Ask({"SELECT coalesce(json_object_agg(rolname, rolpassword), '{}') FROM pg_authid "
                                 "WHERE rolname = ANY ($1::name[]) AND rolpassword IS NOT NULL",
                                 {QuoteArray(logins)}});
  if (!answer) return std::unexpected(answer.error());
  const auto document = base::ParseJson(*answer);
  if (!document) return std::unexpected(document.error());
  return document->get<std::map<std::string, std::string>>();
}

std::string PostgresEngine::MakeVerifier(const base::Sensitive& password) const {
  return ScramVerifier(password, RandomSalt());
}

bool PostgresEngine::VerifierMatches(const std::string& verifier, const base::Sensitive& password) const {
  const auto parts = ParseScram(verifier);
  if (!parts) return false;
  const auto same = ScramVerifier(password, parts->salt, parts->iterations);
  return same.size() == verifier.size() && CRYPTO_memcmp(same.data(), verifier.data(), same.size()) == 0;
}

}  // namespace freehold::engines::postgres

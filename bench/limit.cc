#include "limit.h"

#include <sys/resource.h>

#include <atomic>
#include <pqxx/pqxx>
#include <thread>

#include "cpu.h"
#include "reconcilers/api/kinds.h"
#include "reconcilers/credentials/password.h"
#include "reconcilers/engines/postgres/engine.h"

namespace freehold::bench {
namespace {

using base::Json;
using Clock = std::chrono::steady_clock;

/// One thread's way to the server and the API.
class Loop {
 public:
  Loop(test::OperatorWorld& world, api::Isolation isolation)
      : world_(world), isolation_(isolation), shared_(world.ns + "_apps") {
    const bool schema = isolation == api::Isolation::kSchema;
    connection_ = Connect(schema ? shared_ : "postgres");
  }

  void Make(const std::string& name, engines::postgres::PostgresEngine& engine, Figures& counts) {
    const std::string physical = world_.ns + "_" + name;
    const auto layout = engines::LayoutOf(isolation_, physical, physical, shared_);
    const auto password = credentials::MintPassword();
    engines::Store store{.layout = layout, .marker = {"uid", world_.ns + "/" + name}};
    store.logins[0] = {.can_login = true, .new_verifier = engine.MakeVerifier(password)};
    for (const auto& step : engine.Plan(store, engine.BlankStore(layout))) Run(step, counts);
    Write(name, layout, password, counts);
  }

 private:
  std::unique_ptr<pqxx::connection> Connect(const std::string& database) const {
    const auto& admin = world_.postgres;
    // As the operator does: the guard of grants lets it through.
    return std::make_unique<pqxx::connection>(admin.With(database, admin.user, admin.password) +
                                              " options='-c freehold.allow_grants=on'");
  }

  void Run(const engines::Step& step, Figures& counts) {
    std::unique_ptr<pqxx::connection> inside;
    if (!step.database.empty() && step.database != shared_) {
      inside = Connect(step.database);
      ++counts.connections;
    }
    pqxx::nontransaction work(inside ? *inside : *connection_);
    if (!step.transaction) {
      for (const auto& statement : step.statements) work.exec(statement);
      counts.sql_round_trips += static_cast<double>(step.statements.size());
      return;
    }
    std::string script;
    for (const auto& statement : step.statements) script += statement + ";";
    work.exec(script);
    ++counts.sql_round_trips;
  }

  void Write(const std::string& name, const engines::Layout& layout, const base::Sensitive& password, Figures& counts) {
    auto& api = test::Cluster::Instance().controller();
    const auto object = world_.Get(name);
    const auto& type = api::ServiceDatabaseType();
    Check(api.JsonPatch(
        type, object.meta.full_name(),
        Json::array({{{"op", "add"}, {"path", "/metadata/finalizers"}, {"value", Json::array({api::kFinalizer})}}}),
        ""));
    const kube::OwnerReference owner{type.api_version(), type.kind, name, object.meta.uid, true, true};
    const credentials::Endpoint endpoint{.host = world_.postgres.host,
                                         .port = world_.postgres.port,
                                         .database = layout.database,
                                         .schema = layout.schema,
                                         .sslmode = "verify-full"};
    Check(api.Create(
        credentials::SecretType(), world_.ns,
        credentials::SecretObject({world_.ns, name + ".freehold"}, owner, endpoint,
                                  {.login = layout.logins[0], .password = password, .at = base::SystemClock().Now()})));
    api::ServiceDatabaseStatus status;
    status.observed_generation = object.meta.generation;
    status.binding = name + ".freehold";
    Check(api.Apply(type, object.meta.full_name(), api::StatusObject(object.meta, status), "limit", "status"));
    counts.api_writes += 3;
  }

  static void Check(const base::Result<Json>& reply) {
    if (!reply) throw std::runtime_error(reply.error().message);
  }

  test::OperatorWorld& world_;
  const api::Isolation isolation_;
  const std::string shared_;
  std::unique_ptr<pqxx::connection> connection_;
};

double OwnCpu() {
  rusage use{};
  getrusage(RUSAGE_SELF, &use);
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + time.tv_usec * 1e-6; };
  return seconds(use.ru_utime) + seconds(use.ru_stime);
}

}  // namespace

Figures RunLimit(test::OperatorWorld& world, api::Isolation isolation, int count, int concurrency) {
  engines::postgres::PostgresEngine engine;
  std::atomic<int> next{0};
  std::vector<Figures> parts(concurrency);
  const CpuMeter meter(world);
  const auto before = meter.Now();
  const double own_before = OwnCpu();
  const auto began = Clock::now();
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < concurrency; ++thread) {
      threads.emplace_back([&, thread] {
        Loop loop(world, isolation);
        for (int index = next++; index < count; index = next++) {
          loop.Make("s" + std::to_string(index), engine, parts[thread]);
          parts[thread].each.push_back(Clock::now() - began);
        }
      });
    }
  }
  Figures sum{.who = "the limit (bare loop, " + std::to_string(concurrency) + " at once)",
              .count = count,
              .wall = Clock::now() - began};
  AddCpu(before, meter.Now(), sum);
  sum.own_cpu = (OwnCpu() - own_before) / count;
  for (const auto& part : parts) {
    sum.each.insert(sum.each.end(), part.each.begin(), part.each.end());
    sum.api_writes += part.api_writes / count;
    sum.sql_round_trips += part.sql_round_trips / count;
    sum.connections += part.connections / count;
  }
  return sum;
}

}  // namespace freehold::bench

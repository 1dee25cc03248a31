// What an audit of many stores costs: the quick pass, from one query for the whole server, and the deep one, which
// visits every store, beside a bare loop that opens the same connections and asks one catalog query on each. Prints
// Markdown: freehold_audit_bench COUNT Schema|Database, on a server where nothing else is.
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <pqxx/pqxx>
#include <sstream>
#include <thread>

#include "figures.h"
#include "operator_world.h"
#include "reconcilers/api/kinds.h"
#include "reconcilers/credentials/password.h"
#include "reconcilers/engines/postgres/engine.h"

namespace freehold::bench {
namespace {

using Clock = std::chrono::steady_clock;
using engines::postgres::PostgresEngine;

constexpr int kMajor = 18;
constexpr const char* kShared = "audit_apps";

long RssKib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stol(line.substr(6));
  }
  return 0;
}

std::string Printed(double value, int digits) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(digits) << value;
  return text.str();
}

double Milliseconds(Seconds time) { return time.count() * 1000; }

engines::ServerAccess AccessTo(const test::Conninfo& server) {
  std::ifstream file(server.ca_file);
  std::ostringstream ca;
  ca << file.rdbuf();
  return {.name = "main",
          .host = server.host,
          .port = server.port,
          .tls = api::TlsMode::kVerifyFull,
          .ca_pem = ca.str(),
          .username = server.user,
          .password = base::Sensitive(server.password),
          .shared_database = kShared};
}

template <class T>
T Must(base::Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

class World {
 public:
  World(api::Isolation isolation, int count) : server_(test::PostgresOf(kMajor)), access_(AccessTo(server_)) {
    Prepare();
    for (int index = 0; index < count; ++index) {
      const auto name = "audit_" + ToString(isolation).substr(0, 1) + std::to_string(index);
      layouts_.push_back(engines::LayoutOf(isolation, name, name, kShared));
    }
    const auto snapshot = Must(engine_.ObserveServer(access_));
    Each(4, [&](const engines::Layout& layout) { Make(layout, *snapshot); });
  }

  /// Milliseconds of the look at the whole server and of judging all stores by it.
  std::pair<double, double> Quick() {
    const auto began = Clock::now();
    const auto snapshot = Must(engine_.ObserveServer(access_));
    const auto looked = Clock::now();
    for (const auto& layout : layouts_) foreign_ += engine_.AccessAtAGlance(*snapshot, layout).foreign.size();
    return {Milliseconds(looked - began), Milliseconds(Clock::now() - looked)};
  }

  struct DeepPass {
    Seconds took;
    long statements, connections;
  };
  /// By an engine that has no connection yet.
  DeepPass Deep() {
    PostgresEngine engine;
    const auto began = Clock::now();
    const auto snapshot = Must(engine.ObserveServer(access_));
    for (const auto index : engine.Suspects(access_, *snapshot, layouts_)) {
      foreign_ += Must(engine.ObserveStore(access_, layouts_[index])).foreign.size();
      ++suspects_;
    }
    return {Clock::now() - began, engine.traffic().round_trips, engine.traffic().connections};
  }

  /// The bare loop: the connections that the deep pass needs, one query on each.
  Seconds Bare() {
    const auto began = Clock::now();
    std::string open;
    std::unique_ptr<pqxx::connection> connection;
    for (const auto& layout : layouts_) {
      if (!connection || open != layout.database) {
        connection = std::make_unique<pqxx::connection>(server_.With(layout.database, server_.user, server_.password));
        open = layout.database;
      }
      pqxx::nontransaction(*connection).exec("SELECT count(*) FROM pg_class");
    }
    return Clock::now() - began;
  }

  /// What making the stores left to be written is not part of any figure.
  void Settle() {
    pqxx::connection connection(server_.With("postgres", server_.user, server_.password));
    pqxx::nontransaction(connection).exec("CHECKPOINT");
  }

  std::size_t foreign() const { return foreign_; }
  std::size_t suspects() const { return suspects_; }
  const engines::postgres::Traffic& traffic() const { return engine_.traffic(); }

 private:
  void Prepare() {
    for (int round = 0; round < 3; ++round) {
      const auto snapshot = Must(engine_.ObserveServer(access_));
      for (const auto& step : engine_.PlanServer(*snapshot, access_, false)) {
        if (auto done = engine_.Run(access_, step); !done) throw std::runtime_error(done.error().message);
      }
    }
  }

  void Make(const engines::Layout& layout, const engines::ServerSnapshot& snapshot) {
    engines::Store store{.layout = layout, .marker = {"uid-" + layout.owner, "bench/" + layout.schema}};
    store.logins[0] = {.can_login = true, .new_verifier = engine_.MakeVerifier(credentials::MintPassword())};
    const auto seen = engine_.PresumeAbsent(snapshot, store);
    if (!seen) throw std::runtime_error(layout.owner + " is there already");
    for (const auto& step : engine_.Plan(store, *seen)) {
      if (auto done = engine_.Run(access_, step); !done) throw std::runtime_error(done.error().message);
    }
  }

  template <class Act>
  void Each(int threads, Act act) {
    std::atomic<std::size_t> next{0};
    std::vector<std::jthread> pool;
    for (int thread = 0; thread < threads; ++thread) {
      pool.emplace_back([&] {
        for (auto index = next++; index < layouts_.size(); index = next++) act(layouts_[index]);
      });
    }
  }

  const test::Conninfo server_;
  const engines::ServerAccess access_;
  PostgresEngine engine_;
  std::vector<engines::Layout> layouts_;
  std::size_t foreign_ = 0, suspects_ = 0;
};

void Measure(api::Isolation isolation, int count) {
  World world(isolation, count);
  world.Settle();
  const long rss = RssKib();
  constexpr int kRuns = 11;
  std::vector<Seconds> looks, judgements;
  const long trips_before = world.traffic().round_trips, connections_before = world.traffic().connections;
  for (int run = 0; run < kRuns; ++run) {
    const auto [look, judge] = world.Quick();
    looks.emplace_back(look / 1000);
    judgements.emplace_back(judge / 1000);
  }
  const long quick_trips = (world.traffic().round_trips - trips_before) / kRuns;
  const long quick_connections = world.traffic().connections - connections_before;
  constexpr int kPasses = 3;
  std::vector<Seconds> bares, deeps;
  World::DeepPass last{};
  for (int pass = 0; pass < kPasses; ++pass) {
    bares.push_back(world.Bare());
    last = world.Deep();
    deeps.push_back(last.took);
  }
  const auto bare = Percentile(bares, 0.5), deep = Percentile(deeps, 0.5);
  std::cout << "### Audit of " << count << " stores, isolation " << ToString(isolation) << "\n\n"
            << "| pass | time | SQL statements | new connections |\n|---|---|---|---|\n"
            << "| quick: look at the server, median of " << kRuns << " | "
            << Printed(Milliseconds(Percentile(looks, 0.5)), 1) << " ms | " << quick_trips << " | " << quick_connections
            << " |\n"
            << "| quick: judge all stores by it | " << Printed(Milliseconds(Percentile(judgements, 0.5)), 1)
            << " ms | 0 | 0 |\n"
            << "| deep: visit every store, median of " << kPasses << " | " << Printed(deep.count(), 2) << " s | "
            << last.statements << " | " << last.connections << " |\n"
            << "| bare loop: connect, one catalog query each, by turns with it | " << Printed(bare.count(), 2)
            << " s | " << count << " | |\n\nDeep to bare: **" << Printed(deep / bare, 2)
            << "**. Looked at once more: " << world.suspects() << ". Findings: " << world.foreign() << ". RSS "
            << Printed(static_cast<double>(rss) / 1024, 1) << " MiB before, "
            << Printed(static_cast<double>(RssKib()) / 1024, 1) << " MiB after.\n\n"
            << std::flush;
}

}  // namespace
}  // namespace freehold::bench

int main(int argc, char** argv) {
  try {
    if (argc != 3) throw std::runtime_error("usage: freehold_audit_bench COUNT Schema|Database");
    const auto isolation =
        argv[2] == std::string("Schema") ? freehold::api::Isolation::kSchema : freehold::api::Isolation::kDatabase;
    freehold::bench::Measure(isolation, std::atoi(argv[1]));
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "freehold_audit_bench: " << error.what() << "\n";
    return 1;
  }
}

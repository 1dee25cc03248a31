// From an outbox to an inbox in another database of one server, beside the limit: bare logical replication between two
// tables. How long an event is on its way when there are few, and how many arrive in a second when there are many.
// Prints Markdown: freehold_events_bench [EVENTS]
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <pqxx/pqxx>
#include <thread>

#include "await.h"
#include "controller_process.h"
#include "operator_world.h"

namespace freehold::bench {
namespace {

using Clock = std::chrono::steady_clock;
using test::OperatorWorld;
using test::Query;

constexpr int kMajor = 18;
constexpr int kTrickle = 500;
constexpr auto kPause = std::chrono::milliseconds(10);
constexpr int kWriters = 4;

/// Where events are written, and where they arrive.
struct Line {
  std::string name;
  std::string from, to;  ///< conninfo
  std::string written, arrived;
};

std::string Insert(const Line& line, const std::string& id) {
  return "INSERT INTO " + line.written + " (aggregatetype, aggregateid, type, payload) VALUES ('Order', '" + id +
         "', 'OrderConfirmed', '{\"total\": 42}')";
}

long Count(const Line& line) { return std::stol(Query(line.to, "SELECT count(*) FROM " + line.arrived).front()); }

void AwaitCount(const Line& line, long count) {
  if (!test::Await(std::chrono::seconds(300), [&] { return Count(line) >= count; })) {
    throw std::runtime_error(line.name + ": the events do not arrive");
  }
}

/// p50 and p99, in milliseconds.
std::pair<double, double> Trickle(const Line& line) {
  const long before = Count(line);
  {
    pqxx::connection connection(line.from);
    for (int i = 0; i < kTrickle; ++i) {
      pqxx::nontransaction(connection).exec(Insert(line, "trickle-" + std::to_string(i)));
      std::this_thread::sleep_for(kPause);
    }
  }
  AwaitCount(line, before + kTrickle);
  const auto quantile = [&](const char* share) {
    return std::stod(Query(line.to, std::string("SELECT percentile_cont(") + share +
                                        ") WITHIN GROUP (ORDER BY extract(epoch FROM received_at - created_at) * 1000) "
                                        "FROM " +
                                        line.arrived + " WHERE aggregateid LIKE 'trickle-%'")
                         .front());
  };
  return {quantile("0.5"), quantile("0.99")};
}

/// Events that are written and have arrived, per second, one transaction each.
double Saturate(const Line& line, int events) {
  const long before = Count(line);
  const auto began = Clock::now();
  {
    std::vector<std::jthread> writers;
    for (int writer = 0; writer < kWriters; ++writer) {
      writers.emplace_back([&, writer] {
        pqxx::connection connection(line.from);
        connection.prepare("publish", Insert(line, "load"));
        for (int i = writer; i < events; i += kWriters) pqxx::nontransaction(connection).exec_prepared("publish");
      });
    }
  }
  AwaitCount(line, before + events);
  return events / std::chrono::duration<double>(Clock::now() - began).count();
}

/// A service that publishes and one that consumes, each with a database of its own.
class Pair {
 public:
  Pair(OperatorWorld::Admin admin) : world(kMajor, "{}", admin) {
    world.Apply("orders", R"({"publishes": [{"event": "OrderConfirmed"}]})");
    world.Apply("payments", R"({"consumes": [{"event": "OrderConfirmed", "from": ")" + world.ns + R"(-orders"}]})");
  }
  Line Await() {
    const bool ready = test::Await(std::chrono::seconds(120),
                                   [&] { return test::StatusOf(world.Get("payments"), "EventsReady") == "True"; });
    if (!ready) throw std::runtime_error("the consumer's events are not ready");
    return {"Freehold, " + world.Get("payments").status.consumes.at(0).transport, world.LoginOf("orders.freehold"),
            world.LoginOf("payments.freehold"), "outbox", "inbox"};
  }
  OperatorWorld world;
};

/// Two databases and one table, joined by hand.
class Bare {
 public:
  explicit Bare(OperatorWorld& world) : world_(world) {
    constexpr const char* kColumns =
        " (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), aggregatetype varchar(255), aggregateid varchar(255), type "
        "varchar(255), payload jsonb, created_at timestamptz DEFAULT now()";
    for (const auto& database : {From(), To()}) world_.Sql("CREATE DATABASE " + database);
    world_.Sql(std::string("CREATE TABLE events") + kColumns + ")", From());
    world_.Sql(std::string("CREATE TABLE events") + kColumns + ", received_at timestamptz DEFAULT clock_timestamp())",
               To());
    world_.Sql("CREATE PUBLICATION limit_events FOR TABLE events WITH (publish = 'insert')", From());
    world_.Sql("SELECT pg_create_logical_replication_slot('" + From() + "', 'pgoutput')", From());
    const auto& pg = world_.postgres;
    world_.Sql("CREATE SUBSCRIPTION limit_events CONNECTION 'host=" + pg.host + " port=" + std::to_string(pg.port) +
                   " dbname=" + From() + " user=" + pg.user + " password=" + pg.password +
                   " sslmode=require' PUBLICATION limit_events WITH (create_slot = false, slot_name = '" + From() +
                   "', copy_data = false)",
               To());
  }
  Line Ends() const {
    const auto& pg = world_.postgres;
    return {"the limit: bare logical replication", pg.With(From(), pg.user, pg.password),
            pg.With(To(), pg.user, pg.password), "events", "events"};
  }

 private:
  std::string From() const { return world_.ns + "_limit_from"; }
  std::string To() const { return world_.ns + "_limit_to"; }

  OperatorWorld& world_;
};

void Run(int events) {
  Pair replicated(OperatorWorld::Admin::kSuperuser), polled(OperatorWorld::Admin::kManaged);
  const ControllerProcess controller;
  const Bare bare(replicated.world);
  std::cout << "| PostgreSQL " << kMajor << ", outbox to inbox between two databases | p50 | p99 | events/s |\n"
            << "|---|---|---|---|\n"
            << std::fixed;
  for (const auto& line : {bare.Ends(), replicated.Await(), polled.Await()}) {
    const auto [p50, p99] = Trickle(line);
    const auto throughput = Saturate(line, events);
    std::cout << "| " << line.name << " | " << std::setprecision(1) << p50 << " ms | " << p99 << " ms | "
              << std::setprecision(0) << throughput << " |" << std::endl;
  }
}

}  // namespace
}  // namespace freehold::bench

int main(int argc, char** argv) {
  try {
    freehold::bench::Run(argc > 1 ? std::atoi(argv[1]) : 20000);
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << "\n";
    return 2;
  }
}

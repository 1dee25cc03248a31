#include <libpq-fe.h>

#include <iomanip>
#include <iostream>
#include <memory>

#include "await.h"
#include "controller_process.h"
#include "event_pair.h"
#include "events_bench.h"

namespace freehold::bench {
namespace {

using Clock = std::chrono::steady_clock;
using test::OperatorWorld;

constexpr int kRounds = 3;
constexpr const char* kColumns =
    "(id bigint PRIMARY KEY, customer int NOT NULL, total numeric(10, 2) NOT NULL, status text NOT NULL, "
    "placed_at timestamptz NOT NULL)";

class Connection {
 public:
  explicit Connection(const std::string& conninfo) : connection_(PQconnectdb(conninfo.c_str()), PQfinish) {}
  PGconn* get() const { return connection_.get(); }
  void Expect(const std::string& sql, ExecStatusType status) {
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(get(), sql.c_str()), PQclear);
    if (PQresultStatus(result.get()) != status) throw std::runtime_error(sql + ": " + PQerrorMessage(get()));
  }
  void AwaitEnd() {
    while (PGresult* result = PQgetResult(get())) {
      const bool failed = PQresultStatus(result) == PGRES_FATAL_ERROR;
      PQclear(result);
      if (failed) throw std::runtime_error(PQerrorMessage(get()));
    }
  }

 private:
  std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
};

/// COPY … TO STDOUT | COPY … FROM STDIN.
double Pipe(const std::string& from, const std::string& to, const std::string& source, const std::string& target) {
  Connection reader(from), writer(to);
  const auto began = Clock::now();
  reader.Expect("COPY " + source + " TO STDOUT", PGRES_COPY_OUT);
  writer.Expect("COPY " + target + " FROM STDIN", PGRES_COPY_IN);
  char* buffer = nullptr;
  for (int size = 0; (size = PQgetCopyData(reader.get(), &buffer, 0)) > 0; PQfreemem(buffer)) {
    if (PQputCopyData(writer.get(), buffer, size) != 1) throw std::runtime_error(PQerrorMessage(writer.get()));
  }
  if (PQputCopyEnd(writer.get(), nullptr) != 1) throw std::runtime_error(PQerrorMessage(writer.get()));
  reader.AwaitEnd();
  writer.AwaitEnd();
  return std::chrono::duration<double>(Clock::now() - began).count();
}

template <class Condition>
void Until(const char* what, Condition holds) {
  if (!test::Await(std::chrono::seconds(1800), holds)) throw std::runtime_error(std::string("never: ") + what);
}

/// Of the spec as it is now.
bool Is(const api::ServiceDatabase& store, const std::string& reason) {
  return store.status.observed_generation == store.meta.generation && test::ReasonOf(store, "ReportingReady") == reason;
}

std::string Reporting(const OperatorWorld& world, bool reports) {
  return reports ? R"({"reporting": {"warehouse": ")" + world.server + R"(", "tables": [{"name": "orders"}]}})" : "{}";
}

}  // namespace

void MeasureCopy(long rows) {
  OperatorWorld world(kMajor);
  const ControllerProcess controller;
  world.Apply("orders", "{}");
  Until("the store is ready", [&] { return test::StatusOf(world.Get("orders"), "Ready") == "True"; });
  const auto from = world.LoginOf("orders.freehold");
  test::Query(from, std::string("CREATE TABLE orders ") + kColumns);
  test::Query(from,
              "INSERT INTO orders SELECT n, n % 100000, n % 1000 / 100.0, 'confirmed', now() - n * interval '1 second' "
              "FROM generate_series(1, " +
                  std::to_string(rows) + ") n");
  test::Query(from, "VACUUM ANALYZE orders");
  const auto& pg = world.postgres;
  const auto warehouse = world.ns + "_warehouse", copied = world.ns + "_orders.orders";
  world.ApplyWarehouse();
  Until("the warehouse is there", [&] {
    return !world.Sql("SELECT 1 FROM pg_database WHERE datallowconn AND datname = '" + warehouse + "'").empty();
  });
  const auto there = pg.With(warehouse, pg.user, pg.password);
  std::vector<double> limit, ours;
  for (int round = 0; round < kRounds; ++round) {
    test::Query(there, std::string("CREATE TABLE public.limit_orders ") + kColumns);
    limit.push_back(Pipe(from, there, "orders", "public.limit_orders"));
    test::Query(there, "DROP TABLE public.limit_orders");
    world.Sql("CHECKPOINT");

    const auto began = Clock::now();
    world.Apply("orders", Reporting(world, true));
    Until("all is copied", [&] { return Is(world.Get("orders"), "ReportingFlows"); });
    ours.push_back(std::chrono::duration<double>(Clock::now() - began).count());
    const auto count = test::Query(there, "SELECT count(*) FROM " + copied).front();
    if (count != std::to_string(rows)) {
      throw std::runtime_error(count + " rows came in round " + std::to_string(round + 1));
    }
    world.Apply("orders", Reporting(world, false));
    Until("nothing is reported", [&] {
      return world.Sql("SELECT 1 FROM pg_replication_slots WHERE database = '" + world.ns + "_orders_db'").empty();
    });
    test::Query(there, "DROP SCHEMA " + world.ns + "_orders CASCADE");
    world.Sql("CHECKPOINT");
  }
  const auto print = [&](const char* who, const std::vector<double>& seconds) {
    const auto median = Median(seconds);
    std::cout << "| " << who << " | " << std::setprecision(1) << median << " s | " << std::setprecision(0)
              << static_cast<double>(rows) / median << " | " << std::setprecision(2) << median / Median(limit) << " |"
              << std::endl;
  };
  std::cout << "| first copy of " << rows
            << " rows into the warehouse | wall | rows/s | of the limit |\n|---|---|---|---|\n"
            << std::fixed;
  print("the limit: COPY piped into COPY", limit);
  print("Freehold, from being declared to ReportingFlows", ours);
}

}  // namespace freehold::bench

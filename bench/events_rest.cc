#include <iomanip>
#include <iostream>
#include <thread>

#include "await.h"
#include "controller_process.h"
#include "cpu.h"
#include "event_pair.h"
#include "events_bench.h"
#include "named_bus.h"

namespace freehold::bench {
namespace {

using test::OperatorWorld;

constexpr int kPublishers = 20, kConsumers = 10;
constexpr auto kWindow = std::chrono::seconds(120);

/// What the server and the operator had used up until a moment.
struct Use {
  double server_cpu = 0, operator_cpu = 0;  ///< seconds
  double wal = 0;                           ///< bytes
};

class Meter {
 public:
  explicit Meter(OperatorWorld& world) : world_(world), postmaster_(PostmasterOf(world)) {
    std::cout << "| " << kPublishers * kConsumers
              << " flows at rest | connections | senders and workers | CPU s/min, PostgreSQL | CPU s/min, Freehold | "
                 "WAL KiB/min |\n|---|---|---|---|---|---|\n"
              << std::fixed;
  }

  /// `controller` may be null.
  void Row(const std::string& who, const ControllerProcess* controller) {
    const auto before = Now(controller);
    std::this_thread::sleep_for(kWindow);
    const auto connections = Count("backend_type = 'client backend' AND pid <> pg_backend_pid()");
    const auto workers = Count(
        "backend_type IN ('walsender', 'logical replication worker', "
        "'logical replication apply worker')");
    const auto after = Now(controller);
    const double minutes = std::chrono::duration<double, std::ratio<60>>(kWindow).count();
    std::cout << "| " << who << " | " << connections << " | " << workers << " | " << std::setprecision(2)
              << (after.server_cpu - before.server_cpu) / minutes << " | "
              << (after.operator_cpu - before.operator_cpu) / minutes << " | " << std::setprecision(0)
              << (after.wal - before.wal) / 1024 / minutes << " |" << std::endl;
  }

 private:
  Use Now(const ControllerProcess* controller) {
    return {CpuOfFamily(postmaster_), controller ? controller->cpu_seconds() : 0,
            std::stod(world_.Sql("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')").at(0))};
  }
  std::string Count(const std::string& which) {
    return world_.Sql("SELECT count(*) FROM pg_stat_activity WHERE " + which).at(0);
  }

  OperatorWorld& world_;
  const std::string postmaster_;
};

std::string Publisher(int i) { return "p" + std::to_string(i); }
std::string Consumer(int i) { return "c" + std::to_string(i); }

void Declare(OperatorWorld& world, const std::string& isolation, const std::string& bus) {
  std::string consumes;
  for (int i = 0; i < kPublishers; ++i) {
    world.Apply(Publisher(i), R"({"isolation": ")" + isolation + R"(", "publishes": [{"event": "E)" +
                                  std::to_string(i) + "\"}]" + (bus.empty() ? "" : R"(, "bus": ")" + bus + "\"") + "}");
    consumes += (consumes.empty() ? "" : ", ") + (R"({"event": "E)" + std::to_string(i) + R"(", "from": ")") +
                world.ns + "-" + Publisher(i) + "\"}";
  }
  for (int i = 0; i < kConsumers; ++i) {
    world.Apply(Consumer(i), R"({"isolation": ")" + isolation + R"(", "consumes": [)" + consumes + "]}");
  }
}

void AwaitFlows(OperatorWorld& world, const std::string& transport) {
  const auto flows = [&](int i) {
    const auto consumer = world.Get(Consumer(i));
    return test::StatusOf(consumer, "EventsReady") == "True" &&
           std::ranges::all_of(consumer.status.consumes, [&](const auto& flow) { return flow.transport == transport; });
  };
  for (int i = 0; i < kConsumers; ++i) {
    if (test::Await(std::chrono::seconds(600), [&] { return flows(i); })) continue;
    throw std::runtime_error("no flow by " + transport + " into " + Consumer(i));
  }
}

}  // namespace

void MeasureRest() {
  OperatorWorld world(kMajor);
  Meter meter(world);
  meter.Row("the server with nothing on it", nullptr);
  {
    OperatorWorld apart(kMajor);
    test::NamedBus bus("bench");
    bus.Put(R"({"type": "PostgreSQL"})");
    Declare(apart, "Database", "bench");
    {
      const ControllerProcess controller;
      AwaitFlows(apart, "Replication");
      meter.Row("by replication", &controller);
    }
    meter.Row("by replication, while Freehold is down", nullptr);
    bus.Put(R"({"type": "Polling"})");
    const ControllerProcess controller;
    AwaitFlows(apart, "Polling");
    meter.Row("by polling", &controller);
  }
  Declare(world, "Schema", "");
  const ControllerProcess controller;
  AwaitFlows(world, "Trigger");
  meter.Row("by trigger, within one database", &controller);
}

}  // namespace freehold::bench

#include <fstream>
#include <iostream>
#include <optional>
#include <thread>

#include "controller_process.h"
#include "freehold_run.h"
#include "picture.h"
#include "stores_bench.h"

namespace freehold::bench {
namespace {

/// Each object is looked after once in that time, its Secret once in three of them.
constexpr std::chrono::seconds kResync{60};
/// Of how many stores the CPU at rest is measured, which takes its time.
constexpr int kRestsWith = 1000;

/// The controller on its own, after a restart.
struct Standstill {
  Seconds ready{}, converged{};
  double sql_round_trips = 0, api_writes = 0;
  std::optional<double> cpu_at_rest;  ///< share of a core
  double mib = 0;                     ///< after each object was looked after once more
};

/// Over as many resyncs as it takes to see all that there is at rest, each of them whole.
double CpuAtRest(const ControllerProcess& controller) {
  const double before = controller.cpu_seconds();
  std::this_thread::sleep_for(3 * kResync);
  return (controller.cpu_seconds() - before) / Seconds(3 * kResync).count();
}

Standstill Restart(int stores) {
  const ControllerProcess controller;
  Standstill seen{.ready = controller.AwaitReady(), .converged = controller.AwaitConverged()};
  seen.sql_round_trips = controller.Metric("freehold_sql_round_trips_total");
  seen.api_writes = controller.Metric("freehold_effect_seconds_count{kind=\"api\"");
  std::this_thread::sleep_for(3 * kResync / 2);
  seen.mib = static_cast<double>(controller.rss_kib()) / 1024;
  if (stores == kRestsWith) seen.cpu_at_rest = CpuAtRest(controller);
  return seen;
}

void PrintRow(int count, const std::string& made, const Standstill& seen) {
  std::cout << "| " << count << " | " << made << " | " << Number("%.2f", seen.ready.count()) << " | "
            << Number("%.2f", seen.converged.count()) << " | " << Number("%.0f", seen.sql_round_trips) << " | "
            << Number("%.0f", seen.api_writes) << " | "
            << (seen.cpu_at_rest ? Number("%.2f", *seen.cpu_at_rest * 100) : "") << " | " << Number("%.1f", seen.mib)
            << " |" << std::endl;
}

}  // namespace

void MeasureGrowth(const std::string& picture, const std::vector<int>& counts) {
  // The servers end with the bench: nothing needs to be removed, which would take as long as all else.
  auto& world = *new test::OperatorWorld(kStoresOn, kManyStores);
  world.Start()->Settle();
  std::cout
      << "### More and more stores, isolation Schema\n\n"
         "| stores | stores/s made | restart: s to ready | s to converged | SQL round trips | API writes | % of a "
         "core at rest | RSS MiB |\n|---|---|---|---|---|---|---|---|\n";
  PrintRow(0, "", Restart(0));
  Curve making{"to make one, ms", {}}, restart{"to converge after a restart, s", {}}, memory{"memory, MiB", {}};
  int before = 0;
  for (const int count : counts) {
    Ask(world, "Schema", before, count);
    const auto made = RunFreehold(world);
    const auto seen = Restart(count);
    PrintRow(count, Number("%.1f", made.count / made.wall.count()), seen);
    making.points.emplace_back(count, made.wall.count() / made.count * 1000);
    restart.points.emplace_back(count, seen.converged.count());
    memory.points.emplace_back(count, seen.mib);
    before = count;
  }
  std::cout << "\n";
  for (const auto* line : {&making, &restart, &memory}) {
    std::cout << "Slope of the last step, " << line->name << ": **" << Number("%.2f", LastSlope(*line)) << "**\n";
  }
  std::cout << std::endl;
  std::ofstream(picture) << LogLogPicture("What stores cost, the more there are", "stores", {making, restart, memory});
}

}  // namespace freehold::bench

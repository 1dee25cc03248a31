#include "freehold_run.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include "controller_process.h"
#include "cpu.h"
#include "reconcilers/api/kinds.h"

namespace freehold::bench {
namespace {

using Clock = std::chrono::steady_clock;

/// Bookmarks have none.
const base::Json::json_pointer kName("/metadata/name");

bool IsReady(const base::Json& json) {
  const auto object = api::ReadServiceDatabase(json);
  return object && test::StatusOf(*object, "Ready") == "True";
}

/// Counts the operator's connections five times a second, until its end.
class HeldConnections {
 public:
  explicit HeldConnections(test::OperatorWorld& world)
      : session_(world.SessionIn("postgres")), looker_([this](std::stop_token stop) { Look(stop); }) {}

  /// The most that were seen. Ends the counting.
  int End() {
    looker_.request_stop();
    looker_.join();
    return most_;
  }

 private:
  void Look(std::stop_token stop) {
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    while (!stop.stop_requested()) {
      const auto now = session_.Query("SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'freehold%'");
      most_ = std::max(most_, std::stoi(now.at(0)));
      wake.wait_for(lock, stop, std::chrono::milliseconds(200), [] { return false; });
    }
  }

  test::Session session_;
  int most_ = 0;
  std::jthread looker_;  ///< last: it uses the others
};

}  // namespace

Figures RunFreehold(test::OperatorWorld& world) {
  auto& admin = test::Cluster::Instance().admin();
  const kube::ListOptions all{.ns = world.ns, .label_selector = {}, .field_selector = {}};
  std::set<std::string> waiting;
  const auto version = admin.List(api::ServiceDatabaseType(), all, [&](const base::Json& object) {
    if (!IsReady(object)) waiting.insert(object["metadata"]["name"]);
  });
  if (!version) throw std::runtime_error(version.error().message);

  Figures figures{.who = "Freehold", .count = static_cast<int>(waiting.size())};
  HeldConnections held(world);
  const CpuMeter meter(world);
  const auto before = meter.Now();
  const auto began = Clock::now();
  ControllerProcess controller;
  while (!waiting.empty()) {
    const auto watched = admin.Watch(api::ServiceDatabaseType(), all,
                                     {.resource_version = *version, .timeout = std::chrono::seconds(120)}, {},
                                     [&](const base::Json& event) {
                                       const auto& object = event["object"];
                                       const auto name = object.value(kName, std::string());
                                       if (waiting.contains(name) && IsReady(object)) {
                                         waiting.erase(name);
                                         figures.each.push_back(Clock::now() - began);
                                       }
                                       return !waiting.empty();
                                     });
    if (!watched) throw std::runtime_error(watched.error().message);
    if (Clock::now() - began > std::chrono::minutes(20)) throw std::runtime_error("not all stores became Ready");
  }
  figures.wall = Clock::now() - began;
  AddCpu(before, meter.Now(), figures);
  figures.own_cpu = controller.cpu_seconds() / figures.count;
  figures.held = held.End();
  figures.rss_kib = controller.rss_kib();
  figures.api_writes = controller.Metric("freehold_effect_seconds_count{kind=\"api\"") / figures.count;
  figures.sql_round_trips = controller.Metric("freehold_sql_round_trips_total") / figures.count;
  figures.connections = controller.Metric("freehold_sql_connections_total") / figures.count;
  return figures;
}

}  // namespace freehold::bench

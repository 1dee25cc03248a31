#include "freehold_run.h"

#include <set>

#include "controller_process.h"
#include "reconcilers/api/kinds.h"

namespace freehold::bench {
namespace {

using Clock = std::chrono::steady_clock;

bool IsReady(const base::Json& json) {
  const auto object = api::ReadServiceDatabase(json);
  return object && test::StatusOf(*object, "Ready") == "True";
}

}  // namespace

Figures RunFreehold(test::OperatorWorld& world, int count) {
  Figures figures{.who = "Freehold", .count = count};
  auto& admin = test::Cluster::Instance().admin();
  const kube::ListOptions all{.ns = world.ns, .label_selector = {}, .field_selector = {}};
  std::set<std::string> ready;
  std::string version;
  {
    const auto listed = admin.List(api::ServiceDatabaseType(), all, [](const base::Json&) {});
    if (!listed) throw std::runtime_error(listed.error().message);
    version = *listed;
  }
  const auto began = Clock::now();
  ControllerProcess controller;
  while (static_cast<int>(ready.size()) < count) {
    const auto watched = admin.Watch(api::ServiceDatabaseType(), all,
                                     {.resource_version = version, .timeout = std::chrono::seconds(120)}, {},
                                     [&](const base::Json& event) {
                                       const auto& object = event["object"];
                                       const std::string name = object["metadata"]["name"];
                                       if (IsReady(object) && ready.insert(name).second)
                                         figures.each.push_back(Clock::now() - began);
                                       return static_cast<int>(ready.size()) < count;
                                     });
    if (!watched) throw std::runtime_error(watched.error().message);
    if (Clock::now() - began > std::chrono::minutes(20)) throw std::runtime_error("not all stores became Ready");
  }
  figures.wall = Clock::now() - began;
  figures.rss_kib = controller.rss_kib();
  figures.api_writes = controller.Metric("freehold_effect_seconds_count{kind=\"api\"") / count;
  figures.sql_round_trips = controller.Metric("freehold_sql_round_trips_total") / count;
  figures.connections = controller.Metric("freehold_sql_connections_total") / count;
  return figures;
}

}  // namespace freehold::bench

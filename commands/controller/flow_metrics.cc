#include "commands/controller/flow_metrics.h"

namespace freehold::commands {
namespace {

constexpr std::size_t kNamed = 50;

struct Family {
  runtime::Gauges gauges;
  double (*value)(const stores::Traffic&);
};

}  // namespace

std::unique_ptr<runtime::Metrics::Subscription> ShowFlows(runtime::Metrics& metrics, const stores::Sights& sights,
                                                          const connect::Board& connectors) {
  using stores::Traffic;
  std::vector<Family> families = {
      {metrics.AddGauges("freehold_flows", "Ways of events and reports out of the stores of a DatabaseServer"),
       [](const Traffic& t) { return static_cast<double>(t.ways); }},
      {metrics.AddGauges("freehold_flows_troubled", "How many of them do not get through"),
       [](const Traffic& t) { return static_cast<double>(t.troubled); }},
      {metrics.AddGauges("freehold_flow_lag_seconds", "How far behind the last of them is"),
       [](const Traffic& t) { return std::chrono::duration<double>(t.lag).count(); }},
      {metrics.AddGauges("freehold_flow_waiting_events", "Events that wait to be carried, in all of them"),
       [](const Traffic& t) { return static_cast<double>(t.waiting); }},
      {metrics.AddGauges("freehold_flow_parked_events", "Events put aside after too many tries, in all of them"),
       [](const Traffic& t) { return static_cast<double>(t.parked); }},
      {metrics.AddGauges("freehold_flow_wal_bytes", "WAL that the slot holds back which holds back most"),
       [](const Traffic& t) { return static_cast<double>(t.retained); }},
  };
  auto named =
      metrics.AddGauges("freehold_flow_troubled", "1 for each receiver that something does not get through to");
  auto broken = metrics.AddGauge("freehold_connectors_troubled", "Connectors of Kafka Connect that do not work");
  return metrics.BeforeText([=, &sights, &connectors]() mutable {
    const auto all = sights.All();
    const auto places = stores::TrafficOf(all);
    for (auto& family : families) {
      std::map<runtime::Labels, double> values;
      for (const auto& [place, traffic] : places) {
        values[{{"server", place.first}, {"transport", place.second}}] = family.value(traffic);
      }
      family.gauges.Show(values);
    }
    std::map<runtime::Labels, double> troubled;
    for (const auto& receiver : stores::TroubledIn(all, kNamed)) troubled[{{"receiver", ToString(receiver)}}] = 1;
    named.Show(troubled);
    broken.Set(connectors.Troubled());
  });
}

}  // namespace freehold::commands

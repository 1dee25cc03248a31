// What the chart's alerts and its dashboard ask Prometheus for is what the controller serves, label by label.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <regex>

#include "commands/controller/flow_metrics.h"
#include "commands/controller/store_metrics.h"
#include "operator/runtime/controller_metrics.h"
#include "operator/runtime/gate_metrics.h"
#include "operator/runtime/queue_metrics.h"
#include "operator/runtime/standard_metrics.h"

namespace freehold::commands {
namespace {

using Series = std::map<std::string, std::set<std::string>>;  ///< labels by name

// Of parts that need servers: tests/cluster/controller_test.cc and webhook_test.cc ask the program for these.
const Series kOfRunningProgram = {{"freehold_sql_round_trips_total", {}},
                                  {"freehold_sql_connections_total", {}},
                                  {"freehold_webhook_reviews_total", {"result"}},
                                  {"freehold_webhook_review_seconds_bucket", {"le"}},
                                  {"freehold_webhook_certificate_expiry_timestamp_seconds", {}}};
// Prometheus adds these to what it scrapes.
const std::set<std::string> kOfPrometheus = {"job", "pod"};

std::set<std::string> LabelsIn(const std::string& braces) {
  static const std::regex label(R"(([a-z_]+)\s*[!=]~?=?\")");
  std::set<std::string> labels;
  for (std::sregex_iterator at(braces.begin(), braces.end(), label), end; at != end; ++at) labels.insert((*at)[1]);
  return labels;
}

Series ServedSeries() {
  runtime::Metrics metrics;
  const auto& clock = base::SystemClock();
  kube::Store<api::ServiceDatabase> databases;
  kube::Store<api::DataPolicy> policies;
  stores::Sights sights;
  const connect::Board connectors;
  sights.Put({"shop", "payments"}, {{.server = "main", .transport = "Replication", .troubled = true}});
  const auto stores = ShowStores(metrics, databases, policies, clock);
  const auto flows = ShowFlows(metrics, sights, connectors);
  const auto process = runtime::ShowProcess(metrics);
  runtime::ShowBuild(metrics, "1");
  runtime::LeaderMetrics(metrics, "freehold");
  runtime::RestClientMetrics(metrics).Count(200, "GET", "host");
  runtime::GateMetrics(metrics).After({"api", "apply-secret", "shop/orders"}, {}, nullptr);
  runtime::QueueMetrics(metrics, "stores");
  runtime::ControllerMetrics(metrics, "stores");

  Series served = kOfRunningProgram;
  static const std::regex line(R"(^([a-z_]+)(\{.*\})? \S+$)");
  std::istringstream text(metrics.Text());
  std::smatch match;
  for (std::string row; std::getline(text, row);) {
    if (std::regex_match(row, match, line)) served[match[1]].merge(LabelsIn(match[2]));
  }
  return served;
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> Expressions() {
  std::vector<std::string> all;
  const auto alerts = ReadFile("charts/freehold/templates/alerts.yaml");
  static const std::regex expression(R"(\n +expr: (.*))");
  for (std::sregex_iterator at(alerts.begin(), alerts.end(), expression), end; at != end; ++at) all.push_back((*at)[1]);
  EXPECT_GT(all.size(), 10u);
  const auto dashboard = nlohmann::json::parse(ReadFile("charts/freehold/files/dashboard.json"));
  for (const auto& panel : dashboard["panels"]) {
    for (const auto& target : panel["targets"]) all.push_back(target["expr"]);
  }
  EXPECT_GT(all.size(), 30u);
  return all;
}

/// What an expression asks for: each series with the labels that it selects or groups by.
Series AskedFor(const std::string& expression) {
  static const std::regex name(
      R"(\b((?:freehold|leader_election|workqueue|controller_runtime|rest_client|process)_[a-z_]+)(\{[^}]*\})?)");
  static const std::regex grouping(R"(by \(([^)]*)\))");
  static const std::regex word("[a-z_]+");
  std::set<std::string> groups;
  for (std::sregex_iterator at(expression.begin(), expression.end(), grouping), end; at != end; ++at) {
    const std::string list = (*at)[1];
    for (std::sregex_iterator label(list.begin(), list.end(), word); label != end; ++label) groups.insert(label->str());
  }
  Series asked;
  for (std::sregex_iterator at(expression.begin(), expression.end(), name), end; at != end; ++at) {
    auto& labels = asked[(*at)[1]];
    labels.merge(LabelsIn((*at)[2]));
    labels.insert(groups.begin(), groups.end());
  }
  return asked;
}

TEST(ChartMetrics, EverySeriesThatAlertsAndDashboardAskForIsServedWithTheirLabels) {
  const auto served = ServedSeries();
  for (const auto& expression : Expressions()) {
    const auto asked = AskedFor(expression);
    EXPECT_FALSE(asked.empty()) << expression;
    for (const auto& [name, labels] : asked) {
      ASSERT_TRUE(served.contains(name)) << name << " in " << expression;
      for (const auto& label : labels) {
        EXPECT_TRUE(served.at(name).contains(label) || kOfPrometheus.contains(label)) << label << " in " << expression;
      }
    }
  }
}

TEST(ChartMetrics, EverySeriesThatTheDocumentNamesIsServed) {
  const auto served = ServedSeries();
  const auto document = ReadFile("docs/metrics.md");
  static const std::regex name(R"(`((?:freehold|leader_election)_[a-z_]+)(\{[^}]*\})?`)");
  int names = 0;
  for (std::sregex_iterator at(document.begin(), document.end(), name), end; at != end; ++at, ++names) {
    EXPECT_TRUE(served.contains((*at)[1])) << (*at)[1];
  }
  EXPECT_GT(names, 10);
}

}  // namespace
}  // namespace freehold::commands

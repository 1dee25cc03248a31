// The owned-data table in its printed forms.
#include <algorithm>
#include <set>

#include "reconcilers/reports/grid.h"
#include "reconcilers/reports/owned_data.h"

namespace freehold::reports {
namespace {

std::string Joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

bool HasSeveralNamespaces(const OwnedData& data) {
  std::set<std::string> namespaces;
  for (const OwnedDataRow& row : data.rows) namespaces.insert(row.ns);
  for (const events::Flow& flow : data.flows) namespaces.insert({flow.from.ns, flow.to.ns});
  return namespaces.size() > 1;
}

Grid StoreGrid(const OwnedData& data, bool namespaces) {
  Grid grid{{"service", "database", "owned aggregates", "consumes"}, {}};
  if (namespaces) grid.head.insert(grid.head.begin(), "namespace");
  for (const OwnedDataRow& row : data.rows) {
    std::vector<std::string> cells = {row.service, row.database, Joined(row.aggregates), Joined(row.consumes)};
    if (namespaces) cells.insert(cells.begin(), row.ns);
    grid.rows.push_back(std::move(cells));
  }
  return grid;
}

Grid FlowGrid(const OwnedData& data, bool namespaces) {
  Grid grid{{"from", "to", "data", "pattern"}, {}};
  const auto named = [&](const events::Service& service) {
    return (namespaces ? service.ns + "/" : "") + TitleOf(service.name);
  };
  for (const events::Flow& flow : data.flows) {
    grid.rows.push_back({named(flow.from), named(flow.to), flow.data, ToString(flow.pattern)});
  }
  return grid;
}

}  // namespace

std::string Markdown(const OwnedData& data) {
  const bool namespaces = HasSeveralNamespaces(data);
  std::string text = Markdown(StoreGrid(data, namespaces));
  if (data.flows.empty()) return text + "\nNo data passes between services.\n";
  return text + "\n" + Markdown(FlowGrid(data, namespaces));
}

std::string TextTable(const OwnedData& data) {
  const bool namespaces = HasSeveralNamespaces(data);
  std::string text = Columns(StoreGrid(data, namespaces));
  if (data.flows.empty()) return text + "\nNo data passes between services.\n";
  return text + "\n" + Columns(FlowGrid(data, namespaces));
}

base::Json ToJson(const OwnedData& data) {
  base::Json stores = base::Json::array(), flows = base::Json::array();
  for (const OwnedDataRow& row : data.rows) {
    stores.push_back({{"namespace", row.ns},
                      {"service", row.service},
                      {"database", row.database},
                      {"owns", row.aggregates},
                      {"consumes", row.consumes}});
  }
  for (const events::Flow& flow : data.flows) {
    base::Json printed = {{"from", ToString(flow.from)},
                          {"to", ToString(flow.to)},
                          {"data", flow.data},
                          {"pattern", ToString(flow.pattern)}};
    if (!flow.why.empty()) printed["why"] = flow.why;
    flows.push_back(std::move(printed));
  }
  return {{"stores", std::move(stores)}, {"flows", std::move(flows)}};
}

}  // namespace freehold::reports

#include "reconcilers/isolation/matrix.h"

#include <algorithm>
#include <set>

#include "reconcilers/reports/grid.h"

namespace freehold::isolation {
namespace {

std::string Word(Reach reach) { return reach == Reach::kOther ? "reach" : ToString(reach); }

int Weight(const std::string& word) {
  static const std::vector<std::string> kOrder = {"", "?", "reach", "feed", "read", "write", "own"};
  return static_cast<int>(std::ranges::find(kOrder, word) - kOrder.begin());
}

reports::Grid GridOf(const Matrix& matrix) {
  reports::Grid grid{.head = {"who"}, .rows = {}};
  grid.head.insert(grid.head.end(), matrix.stores.begin(), matrix.stores.end());
  for (const auto& principal : matrix.principals) {
    std::vector<std::string> row = {principal};
    for (const auto& store : matrix.stores) {
      const auto cell = matrix.cells.find({principal, store});
      row.push_back(cell == matrix.cells.end() ? "-" : cell->second);
    }
    grid.rows.push_back(std::move(row));
  }
  return grid;
}

/// The table that a path is about, when it is about one: "SELECT on table orders.order_lines".
std::string TableOf(const std::string& path) {
  for (const char* kind : {" on table ", " of "}) {
    const auto at = path.find(kind);
    if (at == std::string::npos) continue;
    const auto name = path.substr(at + std::string(kind).size());
    const auto dot = name.rfind('.');
    if (dot != std::string::npos) return name.substr(dot + 1);
  }
  return {};
}

bool Covers(Reach has, Reach asked) {
  if (has == Reach::kOwn || has == asked) return true;
  return asked == Reach::kRead && has == Reach::kWrite;
}

}  // namespace

Matrix MatrixOf(const AccessModel& model) {
  Matrix matrix{.stores = model.stores, .principals = {}, .cells = {}};
  std::set<std::string> services, strangers;
  const auto raise = [&](const std::string& row, const std::string& store, const std::string& word) {
    auto& cell = matrix.cells[{row, store}];
    if (Weight(word) > Weight(cell)) cell = word;
  };
  for (const auto& edge : model.edges) {
    if (edge.rule == Rule::kPlatformAdmin) continue;
    if (edge.feed()) {
      strangers.insert(ToString(edge.rule));
      raise(ToString(edge.rule), edge.store, "feed");
      continue;
    }
    const std::string& row = edge.service.empty() ? edge.principal : edge.service;
    (edge.service.empty() ? strangers : services).insert(row);
    raise(row, edge.store, Word(edge.reach));
  }
  for (const auto& unknown : model.unknown) {
    for (const auto& store : model.stores) {
      if (!unknown.store.empty() && unknown.store != store) continue;
      for (const auto& service : services) raise(service, store, "?");
    }
  }
  matrix.principals.assign(services.begin(), services.end());
  matrix.principals.insert(matrix.principals.end(), strangers.begin(), strangers.end());
  return matrix;
}

std::string TextTable(const Matrix& matrix) { return Columns(GridOf(matrix)); }
std::string Markdown(const Matrix& matrix) { return Markdown(GridOf(matrix)); }

base::Json ToJson(const Matrix& matrix) {
  base::Json rows = base::Json::object();
  for (const auto& principal : matrix.principals) rows[principal] = base::Json::object();
  for (const auto& [place, word] : matrix.cells) rows[place.first][place.second] = word;
  return {{"stores", matrix.stores}, {"who", std::move(rows)}};
}

std::vector<Edge> WhoCan(const AccessModel& model, Reach reach, const std::string& store, const std::string& table) {
  std::vector<Edge> edges;
  for (const auto& edge : model.edges) {
    if (edge.store != store || !Covers(edge.reach, reach)) continue;
    const auto only = TableOf(edge.path);
    if (!table.empty() && !only.empty() && only != table) continue;
    edges.push_back(edge);
  }
  return edges;
}

}  // namespace freehold::isolation

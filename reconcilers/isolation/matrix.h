// Services × stores: who can read, write, own. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "operator/base/json.h"
#include "reconcilers/isolation/edge.h"

namespace freehold::isolation {

struct Matrix {
  std::vector<std::string> stores;      ///< columns
  std::vector<std::string> principals;  ///< rows: the services, then strangers that have a way, and kinds of feeds
  /// By row and column: "own", "read", "write", "feed" (what Freehold's own roles take from it or bring), "reach" (a
  /// step on the way), "?" (could not be looked at). Absent: nothing.
  std::map<std::pair<std::string, std::string>, std::string> cells;
};

Matrix MatrixOf(const AccessModel&);

std::string TextTable(const Matrix&);
std::string Markdown(const Matrix&);
base::Json ToJson(const Matrix&);

/// Everybody who can do `reach` (reading is part of writing and owning) to `store`, allowed or not; with a table, ways
/// that lead to another table only are left out.
std::vector<Edge> WhoCan(const AccessModel&, Reach reach, const std::string& store, const std::string& table);

}  // namespace freehold::isolation

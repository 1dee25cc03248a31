// What the reconciler of views last saw of each warehouse's, for the reconciler of warehouses, which tells people.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "reconcilers/api/reporting_warehouse.h"

namespace freehold::views {

struct State {
  std::vector<api::WarehouseViewStatus> views;
  std::vector<std::string> troubles;  ///< beside those of single views
  bool operator==(const State&) const = default;
};

/// Thread-safe.
class Board {
 public:
  /// True when that is something new.
  bool Put(const std::string& warehouse, const State&);
  void Erase(const std::string& warehouse);
  std::optional<State> Find(const std::string& warehouse) const;
  std::map<std::string, State> All() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, State> states_;  ///< guarded by mutex_
};

}  // namespace freehold::views

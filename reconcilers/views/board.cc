#include "reconcilers/views/board.h"

namespace freehold::views {

bool Board::Put(const std::string& warehouse, const State& state) {
  std::lock_guard lock(mutex_);
  const auto [entry, added] = states_.try_emplace(warehouse, state);
  if (added) return true;
  if (entry->second == state) return false;
  entry->second = state;
  return true;
}

void Board::Erase(const std::string& warehouse) {
  std::lock_guard lock(mutex_);
  states_.erase(warehouse);
}

std::optional<State> Board::Find(const std::string& warehouse) const {
  std::lock_guard lock(mutex_);
  const auto found = states_.find(warehouse);
  return found == states_.end() ? std::nullopt : std::optional(found->second);
}

std::map<std::string, State> Board::All() const {
  std::lock_guard lock(mutex_);
  return states_;
}

}  // namespace freehold::views

#include "reconcilers/connect/board.h"

#include <algorithm>

namespace freehold::connect {

void Board::PutBus(const std::string& bus, const std::string& trouble) {
  std::lock_guard lock(mutex_);
  buses_[bus] = trouble;
}

std::string Board::FindBus(const std::string& bus) const {
  std::lock_guard lock(mutex_);
  const auto found = buses_.find(bus);
  return found == buses_.end() ? "" : found->second;
}

bool Board::Put(const std::string& link_or_channel, const std::string& trouble, const std::string& reason) {
  std::lock_guard lock(mutex_);
  auto& known = connectors_[link_or_channel];
  const bool news = known.what != trouble;
  known = {trouble, trouble.empty() ? "" : reason};
  return news;
}

std::string Board::Find(const std::string& link_or_channel) const {
  std::lock_guard lock(mutex_);
  const auto found = connectors_.find(link_or_channel);
  return found == connectors_.end() ? "" : found->second.what;
}

std::string Board::ReasonOf(const std::string& link_or_channel) const {
  std::lock_guard lock(mutex_);
  const auto found = connectors_.find(link_or_channel);
  return found == connectors_.end() ? "" : found->second.reason;
}

bool Board::Knows(const std::string& link_or_channel) const {
  std::lock_guard lock(mutex_);
  return connectors_.contains(link_or_channel);
}

void Board::Forget(const std::string& link_or_channel) {
  std::lock_guard lock(mutex_);
  connectors_.erase(link_or_channel);
}

int Board::Troubled() const {
  std::lock_guard lock(mutex_);
  return static_cast<int>(std::ranges::count_if(connectors_, [](const auto& one) { return !one.second.what.empty(); }));
}

}  // namespace freehold::connect

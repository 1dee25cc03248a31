#include "reconcilers/connect/board.h"

#include <algorithm>

namespace freehold::connect {
namespace {

std::string Found(const std::map<std::string, std::string>& troubles, const std::string& name) {
  const auto found = troubles.find(name);
  return found == troubles.end() ? "" : found->second;
}

bool Exchange(std::map<std::string, std::string>& troubles, const std::string& name, const std::string& trouble) {
  const bool news = Found(troubles, name) != trouble;
  if (trouble.empty()) {
    troubles.erase(name);
  } else {
    troubles[name] = trouble;
  }
  return news;
}

}  // namespace

void Board::PutBus(const std::string& bus, const std::string& trouble) {
  std::lock_guard lock(mutex_);
  Exchange(buses_, bus, trouble);
}

std::string Board::FindBus(const std::string& bus) const {
  std::lock_guard lock(mutex_);
  return Found(buses_, bus);
}

bool Board::Put(const std::string& link_or_channel, const std::string& trouble) {
  std::lock_guard lock(mutex_);
  return Exchange(connectors_, link_or_channel, trouble);
}

std::string Board::Find(const std::string& link_or_channel) const {
  std::lock_guard lock(mutex_);
  return Found(connectors_, link_or_channel);
}

int Board::Troubled() const {
  std::lock_guard lock(mutex_);
  return static_cast<int>(std::ranges::count_if(connectors_, [](const auto& one) { return !one.second.empty(); }));
}

}  // namespace freehold::connect

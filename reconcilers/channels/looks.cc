#include "reconcilers/channels/looks.h"

namespace freehold::channels {
namespace {

/// Whoever has not asked for so long is gone.
constexpr std::chrono::minutes kForgottenAfter{1};

}  // namespace

base::Result<engines::ChannelSeen> Looks::Take(const engines::ServerAccess& publisher, const std::string& database,
                                               const std::string& channel) {
  const auto board = BoardOf(publisher.name, database);
  const std::lock_guard lock(board->mutex);
  const auto now = clock_.Steady();
  board->asked[channel] = now;
  if (now - board->seen_at > fresh_ || !board->seen.contains(channel)) {
    std::erase_if(board->asked, [&](const auto& asked) { return now - asked.second > kForgottenAfter; });
    std::vector<std::string> channels;
    for (const auto& [name, when] : board->asked) channels.push_back(name);
    auto seen = engine_.ObserveChannels(publisher, database, channels);
    if (!seen) return std::unexpected(std::move(seen.error()));
    board->seen = std::move(*seen);
    board->seen_at = now;
  }
  return std::move(board->seen.extract(channel).mapped());
}

std::shared_ptr<Looks::Board> Looks::BoardOf(const std::string& server, const std::string& database) {
  const std::lock_guard lock(mutex_);
  auto& board = boards_[{server, database}];
  if (!board) board = std::make_shared<Board>();
  return board;
}

}  // namespace freehold::channels

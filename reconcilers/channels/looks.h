// Looks at the publishers' ends of channels, one connection for all channels of a database.
//
// A publisher's database is looked at for each of its consumers, who come one after the other. A connection to it costs
// more than all that is asked by it, so whoever comes first asks for the others, too.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "operator/base/clock.h"
#include "reconcilers/engines/engine.h"

namespace freehold::channels {

/// Thread-safe. `Answer` is what a look at one channel shows.
template <class Answer>
class Looks {
 public:
  /// Asks one database about these channels, and answers by name. What fails of one of them fails for it alone; the
  /// whole fails when the database can't be asked.
  using Ask = std::function<base::Result<std::map<std::string, base::Result<Answer>>>(
      const engines::ServerAccess& publisher, const std::string& database, const std::vector<std::string>& channels)>;

  /// What somebody else asked for is taken over up to an age of `fresh`. `clock` outlives it.
  Looks(Ask ask, const base::Clock& clock, std::chrono::milliseconds fresh)
      : ask_(std::move(ask)), clock_(clock), fresh_(fresh) {}

  /// Each look is handed out once: who asks again has it made anew.
  base::Result<Answer> Take(const engines::ServerAccess& publisher, const std::string& database,
                            const std::string& channel);

 private:
  using Moment = std::chrono::steady_clock::time_point;
  /// Whoever has not asked for so long is gone.
  static constexpr std::chrono::minutes kForgottenAfter{1};

  /// Of one database.
  struct Board {
    std::mutex mutex;
    std::map<std::string, Moment> asked;               ///< by channel, when last; guarded by mutex
    Moment seen_at{};                                  ///< guarded by mutex
    std::map<std::string, base::Result<Answer>> seen;  ///< not yet handed out; guarded by mutex
  };
  std::shared_ptr<Board> BoardOf(const std::string& server, const std::string& database);

  const Ask ask_;
  const base::Clock& clock_;
  const std::chrono::milliseconds fresh_;
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, std::shared_ptr<Board>> boards_;  ///< guarded by mutex_
};

template <class Answer>
base::Result<Answer> Looks<Answer>::Take(const engines::ServerAccess& publisher, const std::string& database,
                                         const std::string& channel) {
  const auto board = BoardOf(publisher.name, database);
  const std::lock_guard lock(board->mutex);
  const auto now = clock_.Steady();
  board->asked[channel] = now;
  if (now - board->seen_at > fresh_ || !board->seen.contains(channel)) {
    std::erase_if(board->asked, [&](const auto& asked) { return now - asked.second > kForgottenAfter; });
    std::vector<std::string> channels;
    for (const auto& [name, when] : board->asked) channels.push_back(name);
    auto seen = ask_(publisher, database, channels);
    if (!seen) return std::unexpected(std::move(seen.error()));
    board->seen = std::move(*seen);
    board->seen_at = now;
  }
  return std::move(board->seen.extract(channel).mapped());
}

template <class Answer>
auto Looks<Answer>::BoardOf(const std::string& server, const std::string& database) -> std::shared_ptr<Board> {
  const std::lock_guard lock(mutex_);
  auto& board = boards_[{server, database}];
  if (!board) board = std::make_shared<Board>();
  return board;
}

}  // namespace freehold::channels

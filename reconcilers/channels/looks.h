// Looks at the publishers' ends of channels, one connection for all channels of a database.
//
// A publisher's database is looked at for each of its consumers, who come one after the other. A connection to it costs
// more than all that is asked by it, so whoever comes first asks for the others, too.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "operator/base/clock.h"
#include "reconcilers/engines/engine.h"

namespace freehold::channels {

/// Thread-safe.
class Looks {
 public:
  /// What somebody else asked for is taken over up to an age of `fresh`. `clock` and `engine` outlive it.
  Looks(engines::Engine& engine, const base::Clock& clock, std::chrono::milliseconds fresh)
      : engine_(engine), clock_(clock), fresh_(fresh) {}

  /// See Engine::ObserveChannel. Each look is handed out once: who asks again has it made anew.
  base::Result<engines::ChannelSeen> Take(const engines::ServerAccess& publisher, const std::string& database,
                                          const std::string& channel);

 private:
  using Moment = std::chrono::steady_clock::time_point;

  /// Of one database.
  struct Board {
    std::mutex mutex;
    std::map<std::string, Moment> asked;                             ///< by channel, when last; guarded by mutex
    Moment seen_at{};                                                ///< guarded by mutex
    std::map<std::string, base::Result<engines::ChannelSeen>> seen;  ///< not yet handed out; guarded by mutex
  };
  std::shared_ptr<Board> BoardOf(const std::string& server, const std::string& database);

  engines::Engine& engine_;
  const base::Clock& clock_;
  const std::chrono::milliseconds fresh_;
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, std::shared_ptr<Board>> boards_;  ///< guarded by mutex_
};

}  // namespace freehold::channels

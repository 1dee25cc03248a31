// What tells whether Kafka Connect's copies arrive, from one look to the next.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>

#include "operator/base/clock.h"
#include "reconcilers/connect/board.h"
#include "reconcilers/connect/wanted.h"
#include "reconcilers/engines/engine.h"
#include "reconcilers/reporting/carried.h"

namespace freehold::reporting {

/// Thread-safe.
class Witness {
 public:
  /// How long nothing may come, not even a heartbeat, of which there is one each ten seconds.
  static constexpr std::chrono::seconds kSilent{90};

  /// `connectors` and `clock` outlive it.
  Witness(const connect::Board& connectors, const base::Clock& clock) : connectors_(connectors), clock_(clock) {}

  /// Counts rows only while a copy is under way: those of the warehouse against those that the store had a look ago.
  Evidence Look(const api::EventBus&, const Source&, const engines::SourceSeen&, engines::Engine&,
                const engines::ServerAccess& store, const engines::ServerAccess& warehouse, const std::string& database,
                const engines::WarehouseSeen&);

  /// The same without a look at a warehouse, of which nothing can be seen.
  Evidence Look(const api::EventBus&, const Source&, const engines::SourceSeen&) const;

 private:
  struct Memory {
    std::int64_t beat = 0;
    std::chrono::steady_clock::time_point since{};
    std::map<std::string, std::int64_t> sent;
  };

  bool IsAlive(const std::string& copy, std::int64_t beat);

  const connect::Board& connectors_;
  const base::Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Memory> memory_;  ///< by source and slot; guarded by mutex_
};

}  // namespace freehold::reporting

// Leader election over a coordination.k8s.io/v1 Lease.
//
// Guarantees: Leading() is false from `renew_deadline` after the last renewal was *sent*, whatever hangs; nobody else
// takes over before `duration` after it *arrived*. So two processes with the same settings never both lead, as long as
// their steady clocks run at about the same speed.
// Caveat: a write that was begun while leading may arrive after the lease is lost. Where that matters, compare Epoch().
// A process that lost the lease doesn't try for it again: its work belongs to an epoch that is over. End it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "operator/kube/client.h"
#include "operator/kube/lease_decision.h"

namespace freehold::kube {

struct LeaseHooks {
  /// The lease is ours, in this epoch. From the lease's thread: return soon, renewals wait meanwhile.
  std::function<void(std::int64_t epoch)> on_started = nullptr;
  /// It was ours and is lost (not told on Release). From the lease's thread.
  std::function<void(const std::string& why)> on_stopped = nullptr;
};

class Lease {
 public:
  /// `self` is unique to this process, a restart included ("<pod>_<random>"). `client` and `clock` outlive the lease;
  /// calls of `client` should give up within half the renew deadline, on connections that nobody else uses.
  Lease(Client& client, Name name, std::string self, LeaseSettings settings, LeaseHooks hooks,
        const base::Clock& clock = base::SystemClock());
  /// Stops trying. A lease that is still held is not released: it expires.
  ~Lease();
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  /// Cheap. Thread-safe.
  bool Leading() const;
  /// leaseTransitions since this process leads; another leader's is greater. 0 before. Thread-safe.
  std::int64_t Epoch() const { return epoch_; }
  /// False when it didn't come in time or `stop` was requested. Thread-safe.
  bool WaitLeading(std::chrono::milliseconds limit, std::stop_token stop = {}) const;

  /// Stops leading at once, and lets the next leader begin without waiting. Call it after the last effect has ended.
  /// Success when the lease isn't ours any more. Failures as Writer's: the lease then expires.
  base::Result<void> Release();

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;

  void Run(const std::stop_token& stop);
  /// One look and one move; false once the lease is lost.
  bool Tick();
  base::Result<void> Look();
  base::Result<void> Write(const LeaseRecord& record);
  void Lead(SteadyTime until);
  bool Lose(const std::string& why);
  void Keep(const Json& lease);

  Client& client_;
  const Name name_;
  const std::string self_;
  const LeaseSettings settings_;
  const LeaseHooks hooks_;
  const base::Clock& clock_;

  // Of the lease's thread, and of Release() after that has ended.
  bool leading_ = false;
  std::optional<Json> object_;  ///< as last seen; none: look first
  std::optional<LeaseObservation> seen_;

  std::atomic<SteadyTime> until_{};
  std::atomic<std::int64_t> epoch_{0};
  mutable std::mutex mutex_;
  mutable std::condition_variable_any changed_;
  std::jthread thread_;
};

}  // namespace freehold::kube

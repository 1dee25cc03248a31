// An API server on a bad day: it stands before the real one and does to requests and watches whatever may be done to
// them.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <random>
#include <stop_token>
#include <string>

#include "operator/http/transport.h"
#include "tests/unit/hostile_server.h"

namespace freehold::test {

/// Passes requests on with the rights of the chart's ServiceAccount, whoever sends them. Until it is calm, one in six
/// fares badly, by chance: it is refused with 429, 500 or 503, is delayed, or its reply is lost or cut short; a watch
/// is refused with 410 or ended by it, and its events are delayed, doubled, swapped with the next one, cut in the
/// middle, or lost with the stream. Leases are left alone.
class ApiProxy {
 public:
  explicit ApiProxy(unsigned seed);
  /// Calm from the start.
  ApiProxy() : ApiProxy(0) { calm_ = true; }
  ~ApiProxy();

  /// A file by which kubectl and Freehold come here.
  const std::string& kubeconfig() const { return kubeconfig_; }
  /// As if the API server restarted: all connections end, and those that come are ended at once, until it is up again.
  void Down(bool down);
  /// For that long each request waits so long for its reply, which then comes, whether somebody still waits or not.
  void SlowDown(std::chrono::milliseconds by, std::chrono::milliseconds as_long_as);
  /// So many requests whose address has this in it get no reply.
  void Lose(const std::string& in_address, int requests);
  /// From now on nothing happens to anything; watches that were open have expired.
  void CalmDown();
  /// Requests and events that fared badly.
  int harmed() const { return harmed_; }
  /// Requests while it was down.
  int turned_away() const { return turned_away_; }
  /// Requests that waited for SlowDown.
  int slowed() const { return slowed_; }

 private:
  struct Received;

  void Serve(Peer&);
  /// False: the connection is to end.
  bool Answer(Peer&, const Received&);
  bool Follow(Peer&, const Received&);
  /// By chance, one of so many, and never once it is calm.
  bool Strikes(int one_in);
  int Below(int bound);
  bool IsLost(const std::string& address);
  void EndStreams();
  void Linger(std::chrono::milliseconds);
  std::chrono::milliseconds SlowBy() const;

  std::mutex mutex_;
  std::mt19937 random_;       // guarded by mutex_
  std::stop_source streams_;  // guarded by mutex_
  std::string lost_;          // guarded by mutex_, as how many still are
  int to_lose_ = 0;
  std::atomic<bool> calm_{false}, down_{false};
  std::atomic<int> harmed_{0}, turned_away_{0}, slowed_{0};
  std::atomic<std::chrono::milliseconds> slow_by_{};
  std::atomic<std::chrono::steady_clock::time_point> slow_until_{};
  std::condition_variable_any ended_;
  std::stop_source stop_;
  std::shared_ptr<http::Transport> api_;
  std::string kubeconfig_;
  std::unique_ptr<HostileServer> server_;
};

}  // namespace freehold::test

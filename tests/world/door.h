// What a Service is to its Pods: one address, behind which the next program that listens gets the connection.
#pragma once

#include <atomic>
#include <chrono>
#include <list>
#include <thread>
#include <vector>

namespace freehold::test {

/// Passes TCP connections to 127.0.0.1:port() on to one of `backends` (ports of 127.0.0.1), each in its turn; those
/// that don't listen are passed over. Ends with all connections.
class Door {
 public:
  explicit Door(std::vector<int> backends);
  ~Door();

  int port() const { return port_; }
  /// As if the network were cut: ends all connections, and those that come are ended at once, until it is open again.
  void Shut(bool shut) { shut_ = shut; }
  /// One of so many answers is lost, and its connection with it; the question has arrived. 0: none is.
  void LoseOneIn(int answers) { lose_one_in_ = answers; }
  /// Every answer takes so much longer.
  void Delay(std::chrono::milliseconds delay) { delay_ = delay; }

  /// Answers that were lost so far.
  int lost() const { return lost_; }

 private:
  void Accept(std::stop_token);
  void Pass(int client, std::stop_token);
  int Reach();
  /// What a backend says is passed on; false: it is lost, or one of the two has gone.
  bool Answer(int backend, int client);

  const std::vector<int> backends_;
  std::atomic<std::size_t> turn_{0};
  std::atomic<bool> shut_{false};
  std::atomic<int> lose_one_in_{0};
  std::atomic<std::chrono::milliseconds> delay_{};
  std::atomic<int> answers_{0}, lost_{0};
  int listener_ = -1;
  int port_ = 0;
  std::list<std::jthread> connections_;  ///< used by accepting_ only
  std::jthread accepting_;
};

}  // namespace freehold::test

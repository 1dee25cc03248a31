// A service that writes, whatever happens to its database.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <thread>

#include "operator_world.h"

namespace freehold::test {

/// Writes orders and their events in one transaction each, through whatever happens: order by order of those that are
/// this writer's, with a total that grows. The service has tables `orders (id int PRIMARY KEY, total int)` and
/// `noted (id uuid PRIMARY KEY)`.
class OrdersWriter {
 public:
  OrdersWriter(std::string where, int number);

  int written() const { return written_; }
  /// Ends after the event at hand.
  void Join();

 private:
  void Write();

  const std::string where_;
  const int number_;
  std::atomic<int> written_{0};
  std::optional<Session> session_;
  std::jthread thread_;
};

}  // namespace freehold::test

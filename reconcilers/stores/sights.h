// How data on its way between databases was last seen to fare, for metrics: written by those who watch it.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "operator/kube/object.h"

namespace freehold::stores {

/// One way of data from one store to another, or to a warehouse.
struct Sight {
  std::string server;     ///< where the data comes from: the DatabaseServer
  std::string transport;  ///< "Replication", "Polling", "Connect", "Warehouse"
  std::chrono::milliseconds
      lag{};                  ///< how old the oldest event is that has not arrived, or how far its reader is behind
  std::int64_t waiting = 0;   ///< events at the publisher's end
  std::int64_t parked = 0;    ///< events put aside after too many tries
  std::int64_t retained = 0;  ///< bytes of WAL that its slot holds back
  bool troubled = false;      ///< it does not get through
  bool operator==(const Sight&) const = default;
};

/// Thread-safe.
class Sights {
 public:
  using ByReceiver = std::map<kube::Name, std::vector<Sight>>;

  /// `receiver` is a ServiceDatabase, or a warehouse, which has no namespace. None: it is forgotten.
  void Put(const kube::Name& receiver, std::vector<Sight>);
  ByReceiver All() const;

 private:
  mutable std::mutex mutex_;
  ByReceiver sights_;  ///< guarded by mutex_
};

/// All ways that leave one server by one transport.
struct Traffic {
  int ways = 0;
  int troubled = 0;
  std::chrono::milliseconds lag{};  ///< the greatest
  std::int64_t waiting = 0;         ///< of all
  std::int64_t parked = 0;          ///< of all
  std::int64_t retained = 0;        ///< the greatest
  bool operator==(const Traffic&) const = default;
};
using TrafficByPlace = std::map<std::pair<std::string, std::string>, Traffic>;  ///< by server and transport

/// Pure.
TrafficByPlace TrafficOf(const Sights::ByReceiver&);

/// The receivers that something does not get through to, at most `limit` of them. Pure.
std::vector<kube::Name> TroubledIn(const Sights::ByReceiver&, std::size_t limit);

}  // namespace freehold::stores

// What is to be reconciled, in what order, and what is being reconciled: the work queue without threads and clock.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include "operator/kube/object.h"

namespace freehold::runtime {

/// Why an item is queued. In one lane all fresh ones go first, each kind in the order of arrival.
enum class Priority {
  kFresh,   ///< Something changed.
  kResync,  ///< The initial list, or a look at what most likely did not change.
};

/// An item handed to a worker, to be given back by Finish.
struct Taken {
  kube::Name name;
  Priority priority = Priority::kFresh;
  std::chrono::steady_clock::duration waited{};  ///< since it was added
};

/// The de-duplicating queue of one controller, divided into lanes.
///
/// Guarantees: an item is in the queue at most once; no item is with two workers at once, even when its lane changes;
/// an item added while a worker has it is queued again when the worker gives it back; a lane never has more than
/// `slots` items with workers, so lanes can't starve each other as long as there are enough workers.
/// Pure: time is handed in. Not thread-safe.
class QueueState {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Duration = std::chrono::steady_clock::duration;

  /// `slots`: how many items of one lane may be with workers at once; at least 1.
  explicit QueueState(int slots) : slots_(slots) {}

  /// Queues `name` in `lane`. One that is queued already moves to `lane` and keeps the better of both priorities.
  /// A later time set by AddAt is forgotten: the coming pass decides when to look again.
  /// Returns whether the item was not waiting to be taken before.
  bool Add(const kube::Name& name, const std::string& lane, Priority priority, Time now);

  /// Queues `name` once `due` has come (see Promote). Of several such times the earliest counts; nothing is noted when
  /// the item is queued already.
  void AddAt(const kube::Name& name, const std::string& lane, Priority priority, Time due);

  /// Queues what has become due. Returns how many items that were.
  int Promote(Time now);
  /// When Promote will next have something to do.
  std::optional<Time> NextDue() const;

  /// The first item of the lanes that have a free slot; none when there is none.
  std::optional<Taken> Take(Time now);
  /// Ends what Take began and returns how long it took.
  /// REQUIRES: `name` was taken and not given back yet.
  Duration Finish(const kube::Name& name, Time now);

  int depth() const { return depth_; }        ///< items that wait to be taken, in all lanes
  int takeable() const { return takeable_; }  ///< how many times Take would succeed in a row
  int running() const { return running_; }    ///< items with workers
  /// Nothing of this lane waits to be taken or is with a worker.
  bool IsIdle(const std::string& lane) const;
  Duration LongestRunning(Time now) const;
  /// The sum over all items with workers.
  Duration Unfinished(Time now) const;

 private:
  /// The place in a lane: what is less goes first.
  using Order = std::pair<Priority, std::uint64_t>;

  enum class Phase {
    kDelayed,       ///< only `due` is set
    kReady,         ///< in its lane's `ready`
    kRunning,       ///< with a worker
    kRunningDirty,  ///< with a worker, and to be queued again afterwards
  };

  struct Item {
    Phase phase = Phase::kDelayed;
    std::string lane;  ///< where it is, or will be, queued
    Priority priority = Priority::kResync;
    Order order;               ///< valid in kReady
    Time added;                ///< valid in kReady, kRunningDirty
    std::string running_lane;  ///< whose slot it holds; valid in kRunning, kRunningDirty
    Time began;                ///< valid in kRunning, kRunningDirty
    std::optional<Time> due;   ///< set in kDelayed, may be set in kRunning; mirrored in due_
  };

  struct Lane {
    std::map<Order, kube::Name> ready;
    int running = 0;
  };

  void Enqueue(const kube::Name& name, Item& item);
  void Dequeue(Item& item);
  void SetDue(const kube::Name& name, Item& item, std::optional<Time> due);
  template <class Change>
  void ChangeLane(const std::string& name, Change change);
  int Takeable(const Lane& lane) const;

  const int slots_;
  std::unordered_map<kube::Name, Item> items_;
  std::map<std::string, Lane> lanes_;
  std::set<std::pair<Order, std::string>> open_;  ///< lanes with a free slot, by the order of their first item
  std::set<std::pair<Time, kube::Name>> due_;
  std::uint64_t sequence_ = 0;
  int depth_ = 0;
  int takeable_ = 0;
  int running_ = 0;
};

}  // namespace freehold::runtime

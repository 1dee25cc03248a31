#include "operator/runtime/queue_state.h"

#include <algorithm>
#include <cassert>

namespace freehold::runtime {

bool QueueState::Add(const kube::Name& name, const std::string& lane, Priority priority, Time now) {
  Item& item = items_[name];
  SetDue(name, item, std::nullopt);
  switch (item.phase) {
    case Phase::kDelayed:
      item.lane = lane;
      item.priority = priority;
      item.added = now;
      Enqueue(name, item);
      return true;
    case Phase::kReady:
      if (item.lane == lane && item.priority <= priority) return false;
      Dequeue(item);
      item.lane = lane;
      item.priority = std::min(item.priority, priority);
      Enqueue(name, item);
      return false;
    case Phase::kRunning:
      item.phase = Phase::kRunningDirty;
      item.lane = lane;
      item.priority = priority;
      item.added = now;
      return true;
    case Phase::kRunningDirty:
      item.lane = lane;
      item.priority = std::min(item.priority, priority);
      return false;
  }
  return false;
}

void QueueState::AddAt(const kube::Name& name, const std::string& lane, Priority priority, Time due) {
  Item& item = items_[name];
  if (item.phase == Phase::kReady || item.phase == Phase::kRunningDirty) return;
  item.priority = item.due ? std::min(item.priority, priority) : priority;
  item.lane = lane;
  SetDue(name, item, item.due ? std::min(*item.due, due) : due);
}

int QueueState::Promote(Time now) {
  int promoted = 0;
  while (!due_.empty() && due_.begin()->first <= now) {
    const auto [due, name] = *due_.begin();
    const Item& item = items_.at(name);
    Add(name, std::string(item.lane), item.priority, due);
    ++promoted;
  }
  return promoted;
}

std::optional<QueueState::Time> QueueState::NextDue() const {
  if (due_.empty()) return std::nullopt;
  return due_.begin()->first;
}

std::optional<Taken> QueueState::Take(Time now) {
  if (open_.empty()) return std::nullopt;
  const auto [order, lane] = *open_.begin();
  const kube::Name name = lanes_.at(lane).ready.at(order);
  Item& item = items_.at(name);
  Dequeue(item);
  ChangeLane(lane, [](Lane& changed) { ++changed.running; });
  ++running_;
  item.phase = Phase::kRunning;
  item.running_lane = lane;
  item.began = now;
  return Taken{name, item.priority, now - item.added};
}

QueueState::Duration QueueState::Finish(const kube::Name& name, Time now) {
  Item& item = items_.at(name);
  assert(item.phase == Phase::kRunning || item.phase == Phase::kRunningDirty);
  const Duration took = now - item.began;
  ChangeLane(item.running_lane, [](Lane& changed) { --changed.running; });
  --running_;
  if (item.phase == Phase::kRunningDirty) {
    Enqueue(name, item);
  } else if (item.due) {
    item.phase = Phase::kDelayed;
  } else {
    items_.erase(name);
  }
  return took;
}

bool QueueState::IsIdle(const std::string& lane) const {
  const auto found = lanes_.find(lane);
  return found == lanes_.end() || (found->second.ready.empty() && found->second.running == 0);
}

QueueState::Duration QueueState::LongestRunning(Time now) const {
  Duration longest{};
  for (const auto& [name, item] : items_) {
    if (item.phase == Phase::kRunning || item.phase == Phase::kRunningDirty)
      longest = std::max(longest, now - item.began);
  }
  return longest;
}

QueueState::Duration QueueState::Unfinished(Time now) const {
  Duration sum{};
  for (const auto& [name, item] : items_) {
    if (item.phase == Phase::kRunning || item.phase == Phase::kRunningDirty) sum += now - item.began;
  }
  return sum;
}

void QueueState::Enqueue(const kube::Name& name, Item& item) {
  item.phase = Phase::kReady;
  item.order = {item.priority, sequence_++};
  ChangeLane(item.lane, [&](Lane& lane) { lane.ready.emplace(item.order, name); });
  ++depth_;
}

void QueueState::Dequeue(Item& item) {
  ChangeLane(item.lane, [&](Lane& lane) { lane.ready.erase(item.order); });
  --depth_;
}

void QueueState::SetDue(const kube::Name& name, Item& item, std::optional<Time> due) {
  if (item.due) due_.erase({*item.due, name});
  if (due) due_.emplace(*due, name);
  item.due = due;
}

// Every change of a lane goes through here, so that open_ and takeable_ can't disagree with it.
template <class Change>
void QueueState::ChangeLane(const std::string& name, Change change) {
  const auto found = lanes_.try_emplace(name).first;
  Lane& lane = found->second;
  takeable_ -= Takeable(lane);
  if (Takeable(lane) > 0) open_.erase({lane.ready.begin()->first, name});
  change(lane);
  takeable_ += Takeable(lane);
  if (Takeable(lane) > 0) open_.emplace(lane.ready.begin()->first, name);
  if (lane.ready.empty() && lane.running == 0) lanes_.erase(found);
}

int QueueState::Takeable(const Lane& lane) const {
  return std::min(static_cast<int>(lane.ready.size()), slots_ - lane.running);
}

}  // namespace freehold::runtime

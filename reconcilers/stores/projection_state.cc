#include "reconcilers/stores/projection_state.h"

#include <algorithm>

#include "reconcilers/events/projections.h"

namespace freehold::stores {
namespace {

using api::Reason;

const engines::ProjectionSeen* FindSeen(const engines::StoreSeen& seen, const std::string& table) {
  const auto found = std::ranges::find(seen.projections, table, &engines::ProjectionSeen::table);
  return found == seen.projections.end() ? nullptr : &*found;
}

const engines::ProjectionGap* GapOf(const events::Subscription& subscription, const engines::StoreSeen& seen) {
  const auto* copy = subscription.wanted.into ? FindSeen(seen, subscription.wanted.into->table) : nullptr;
  if (!copy) return nullptr;
  const auto found = std::ranges::find_if(copy->gaps, [&](const engines::ProjectionGap& gap) {
    return gap.source == ToString(subscription.publisher) && gap.type == subscription.wanted.event;
  });
  return found == copy->gaps.end() ? nullptr : &*found;
}

Hitch InUse(const engines::ProjectionSeen& copy, const Desired& desired) {
  return {Reason::kProjectionInUse, "copy " + copy.table + " of schema " + desired.store.layout.schema +
                                        " stays as it is while something depends on it: " + copy.used_by};
}

/// Why the copy of an event does not hold what arrived; absent when it does, or when there is none.
std::optional<Hitch> HitchOf(const events::Subscription& subscription, const Desired& desired,
                             const engines::StoreSeen& seen) {
  if (!subscription.wanted.into) return std::nullopt;
  const auto& name = subscription.wanted.into->table;
  for (const auto& table : events::ProjectedTablesOf(*desired.object)) {
    if (table.table != name || table.faults.empty()) continue;
    return Hitch{Reason::kProjectionInvalid, table.faults.front().path + ": " + table.faults.front().message};
  }
  const auto* copy = FindSeen(seen, name);
  if (copy && copy->name_taken) {
    return Hitch{Reason::kProjectionNameTaken, "schema " + desired.store.layout.schema + " has a table " + name +
                                                   " of the service's own; rename it, or choose another into.table"};
  }
  if (copy && !copy->current && !copy->used_by.empty()) return InUse(*copy, desired);
  if (!copy || !copy->current) return Hitch{Reason::kProjectionPending, "copy " + name + " is being built"};
  const auto* gap = GapOf(subscription, seen);
  if (!gap) return std::nullopt;
  return Hitch{Reason::kEventsNotApplied, std::to_string(gap->events) + " of " + subscription.wanted.event + " from " +
                                              ToString(subscription.publisher) + " could not be applied to " + name +
                                              "; the last of them, " + gap->last_event + ": " + gap->last_error};
}

}  // namespace

std::vector<Hitch> HitchesOf(const Desired& desired, const engines::StoreSeen& seen) {
  std::vector<Hitch> hitches;
  for (const auto& subscription : desired.subscriptions) {
    auto hitch = HitchOf(subscription, desired, seen);
    // Two events of one copy share most hitches.
    if (hitch && std::ranges::count(hitches, hitch->message, &Hitch::message) == 0)
      hitches.push_back(std::move(*hitch));
  }
  for (const auto& copy : seen.projections) {
    const bool wanted =
        std::ranges::count(desired.store.projections, copy.table, &engines::ProjectionWanted::table) > 0;
    if (!wanted && !copy.used_by.empty()) hitches.push_back(InUse(copy, desired));
  }
  return hitches;
}

std::optional<api::ProjectionStatus> ProjectionStatusOf(const events::Subscription& subscription,
                                                        const Desired& desired, const engines::StoreSeen& seen) {
  if (!subscription.wanted.into) return std::nullopt;
  const auto hitch = HitchOf(subscription, desired, seen);
  api::ProjectionStatus status{.table = subscription.wanted.into->table,
                               .state = hitch ? ToString(hitch->reason) : "Current"};
  if (const auto* gap = GapOf(subscription, seen)) {
    status.failed_events = gap->events;
    status.last_error = gap->last_error;
    status.last_event = gap->last_event;
    status.behind_since = gap->since;
  }
  return status;
}

}  // namespace freehold::stores

#include "operator/webhook/renewal.h"

#include <algorithm>

namespace freehold::webhook {
namespace {

bool Fits(const std::optional<Held>& held, const Seen& seen) {
  return held && held->names == seen.names && held->issued - kBackdated <= seen.now && seen.now < held->ends;
}

base::Timestamp DueOf(const Held& held, const Schedule& schedule) {
  return held.issued + std::min(held.ends - held.issued, schedule.lifetime) * 2 / 3;
}

}  // namespace

std::chrono::seconds Schedule::settling() const {
  return std::clamp<std::chrono::seconds>(lifetime / 20, std::chrono::seconds(1), std::chrono::minutes(10));
}

std::chrono::milliseconds Schedule::polling() const {
  return std::min<std::chrono::milliseconds>(std::chrono::seconds(10), std::chrono::milliseconds(lifetime) / 20);
}

Turn Judge(const Seen& seen, const Schedule& schedule) {
  const bool next_fits = Fits(seen.next, seen);
  if (!Fits(seen.current, seen)) return {next_fits && seen.trusted ? Action::kPromote : Action::kIssue, {}};
  if (seen.next && !next_fits) return {Action::kPrepare, {}};
  if (!seen.trusted) return {Action::kTrust, {}};
  if (seen.next) {
    const auto due = seen.next->issued + schedule.settling();
    return seen.now < due ? Turn{Action::kKeep, due} : Turn{Action::kPromote, {}};
  }
  const auto due = DueOf(*seen.current, schedule);
  return seen.now < due ? Turn{Action::kKeep, due} : Turn{Action::kPrepare, {}};
}

}  // namespace freehold::webhook

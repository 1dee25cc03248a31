#include "reconcilers/credentials/rotation.h"

namespace freehold::credentials {
namespace {

std::optional<std::size_t> IndexOf(const Seen& seen, const std::string& login) {
  for (std::size_t i = 0; i < seen.names.size(); ++i) {
    if (seen.names[i] == login) return i;
  }
  return std::nullopt;
}

base::Timestamp After(base::Timestamp time, api::Duration duration) {
  return time + std::chrono::ceil<std::chrono::seconds>(duration);
}

/// A new password for `live`; whoever still uses the other login may go on for the overlap.
Turn Issue(const Seen& seen, const Schedule& schedule, std::size_t live) {
  const bool others_work = seen.logins[1 - live].can_login;
  return {.action = Turn::Action::kIssue,
          .live = live,
          .drain_previous = others_work,
          .issued_at = seen.now,
          .rotate_at = After(seen.now, schedule.rotate_every),
          .overlap_until = After(seen.now, schedule.overlap),
          .phase = others_work ? api::CredentialPhase::kDraining : api::CredentialPhase::kStable};
}

/// No usable Secret: whoever holds the login issued last must not be locked out, so the other one is used.
Turn Reissue(const Seen& seen, const Schedule& schedule) {
  const auto last = IndexOf(seen, seen.last_login);
  const bool in_use = last && seen.logins[*last].can_login;
  return Issue(seen, schedule, in_use ? 1 - *last : last.value_or(0));
}

/// The login of the next credential is that of the previous one, which works until the overlap ends.
bool IsDue(const Turn& turn, const Seen& seen, const Schedule& schedule) {
  if (turn.drain_previous) return false;
  if (!schedule.request.empty() && schedule.request != seen.issued->answered) return true;
  return seen.now >= turn.rotate_at;
}

}  // namespace

Turn Judge(const Seen& seen, const Schedule& schedule) {
  if (!seen.issued) return Reissue(seen, schedule);
  const auto named = IndexOf(seen, seen.issued->login);
  if (!named) return Reissue(seen, schedule);

  const std::size_t idle = 1 - *named;
  const base::Timestamp overlap_until = After(seen.issued->at, schedule.overlap);
  const bool was_in_use = seen.issued->previous_login == seen.names[idle] && seen.logins[idle].can_login;
  Turn turn{.action = Turn::Action::kKeep,
            .live = *named,
            .drain_previous = was_in_use && seen.now < overlap_until,
            .issued_at = seen.issued->at,
            .rotate_at = After(seen.issued->at, schedule.rotate_every),
            .overlap_until = overlap_until,
            .phase = api::CredentialPhase::kStable};
  if (turn.drain_previous) turn.phase = api::CredentialPhase::kDraining;

  const engines::LoginSeen& live = seen.logins[*named];
  if (!live.can_login || seen.works == false) turn.action = Turn::Action::kRestore;
  if (IsDue(turn, seen, schedule)) return Issue(seen, schedule, idle);
  return turn;
}

base::Timestamp NextDue(const Turn& turn) { return turn.drain_previous ? turn.overlap_until : turn.rotate_at; }

}  // namespace freehold::credentials

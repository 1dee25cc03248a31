#include <gtest/gtest.h>

#include "reconcilers/credentials/rotation.h"

namespace freehold::credentials {
namespace {

using std::chrono::hours;
using Action = Turn::Action;

constexpr base::Timestamp kStart{std::chrono::seconds(1'000'000)};
const Schedule kSchedule{.rotate_every = hours(720), .overlap = hours(24), .request = ""};
const engines::LoginSeen kWorking{.exists = true, .can_login = true, .verifier = "v"};
const engines::LoginSeen kIdle{.exists = true, .can_login = false, .verifier = std::nullopt};

Seen Fresh() { return {.names = {"o_a", "o_b"}, .now = kStart}; }

Seen Settled() {
  Seen seen = Fresh();
  seen.logins = {kWorking, kIdle};
  seen.issued = Issued{.login = "o_a", .password = base::Sensitive("p"), .at = kStart};
  seen.works = true;
  seen.last_login = "o_a";
  return seen;
}

Seen Rotated(base::Timestamp at) {
  Seen seen = Settled();
  seen.logins = {kWorking, kWorking};
  seen.issued = Issued{.login = "o_b", .password = base::Sensitive("q"), .at = at, .previous_login = "o_a"};
  seen.last_login = "o_b";
  seen.now = at;
  return seen;
}

TEST(Rotation, ANewStoreGetsItsFirstLogin) {
  const Turn turn = Judge(Fresh(), kSchedule);
  EXPECT_EQ(turn.action, Action::kIssue);
  EXPECT_EQ(turn.live, 0u);
  EXPECT_FALSE(turn.drain_previous);
  EXPECT_EQ(turn.rotate_at, kStart + hours(720));
}

TEST(Rotation, NothingIsMintedWhileTheCredentialIsYoungAndWorks) {
  Seen seen = Settled();
  seen.now += hours(719);
  const Turn turn = Judge(seen, kSchedule);
  EXPECT_EQ(turn.action, Action::kKeep);
  EXPECT_EQ(turn.phase, api::CredentialPhase::kStable);
  EXPECT_EQ(NextDue(turn), kStart + hours(720));
}

TEST(Rotation, AgeTurnsToTheOtherLoginAndTheFirstGoesOnForTheOverlap) {
  Seen seen = Settled();
  seen.now += hours(720);
  const Turn turn = Judge(seen, kSchedule);
  EXPECT_EQ(turn.action, Action::kIssue);
  EXPECT_EQ(turn.live, 1u);
  EXPECT_TRUE(turn.drain_previous);
  EXPECT_EQ(turn.phase, api::CredentialPhase::kDraining);
  EXPECT_EQ(turn.overlap_until, seen.now + hours(24));
}

TEST(Rotation, ARequestRotatesOnceAndIsAnsweredByTheSecret) {
  Schedule schedule = kSchedule;
  schedule.request = "now";
  EXPECT_EQ(Judge(Settled(), schedule).action, Action::kIssue);
  Seen answered = Rotated(kStart);
  answered.issued->answered = "now";
  EXPECT_EQ(Judge(answered, schedule).action, Action::kKeep);
}

TEST(Rotation, ACrashBeforeTheSecretWasWrittenMintsAgainForTheIdleLogin) {
  Seen seen = Settled();
  seen.now += hours(720);
  seen.logins[1] = kWorking;
  const Turn turn = Judge(seen, kSchedule);
  EXPECT_EQ(turn.action, Action::kIssue);
  EXPECT_EQ(turn.live, 1u);
}

TEST(Rotation, ACrashAfterTheSecretWasWrittenGoesOnToDrain) {
  Seen seen = Rotated(kStart + hours(720));
  seen.last_login = "o_a";
  const Turn turn = Judge(seen, kSchedule);
  EXPECT_EQ(turn.action, Action::kKeep);
  EXPECT_EQ(turn.live, 1u);
  EXPECT_TRUE(turn.drain_previous);
}

TEST(Rotation, ThePreviousLoginIsClosedWhenTheOverlapEnds) {
  Seen seen = Rotated(kStart);
  seen.now += hours(24);
  const Turn turn = Judge(seen, kSchedule);
  EXPECT_EQ(turn.action, Action::kKeep);
  EXPECT_FALSE(turn.drain_previous);
  EXPECT_EQ(turn.phase, api::CredentialPhase::kStable);
}

TEST(Rotation, AnotherLoginThatWasNeverIssuedIsNotKeptOpen) {
  Seen seen = Settled();
  seen.logins[1] = kWorking;
  EXPECT_FALSE(Judge(seen, kSchedule).drain_previous);
}

TEST(Rotation, ALostSecretIsRemadeForTheOtherLoginSoThatRunningPodsGoOn) {
  Seen seen = Settled();
  seen.issued.reset();
  seen.works.reset();
  const Turn turn = Judge(seen, kSchedule);
  EXPECT_EQ(turn.action, Action::kIssue);
  EXPECT_EQ(turn.live, 1u);
  EXPECT_TRUE(turn.drain_previous);
}

TEST(Rotation, ASecretThatNamesAStrangersLoginIsRemade) {
  Seen seen = Settled();
  seen.issued->login = "postgres";
  EXPECT_EQ(Judge(seen, kSchedule).action, Action::kIssue);
}

TEST(Rotation, AnAlteredPasswordIsRestoredFromTheSecret) {
  Seen seen = Settled();
  seen.works = false;
  const Turn turn = Judge(seen, kSchedule);
  EXPECT_EQ(turn.action, Action::kRestore);
  EXPECT_EQ(turn.live, 0u);
}

TEST(Rotation, ADroppedLoginIsRestoredFromTheSecret) {
  Seen seen = Settled();
  seen.logins[0] = {};
  EXPECT_EQ(Judge(seen, kSchedule).action, Action::kRestore);
}

TEST(Rotation, AClosedLoginIsRestoredAlthoughItsPasswordIsRight) {
  Seen seen = Settled();
  seen.logins[0].can_login = false;
  EXPECT_EQ(Judge(seen, kSchedule).action, Action::kRestore);
}

TEST(Rotation, AgeWaitsForARunningOverlapToEnd) {
  Schedule hasty{.rotate_every = hours(1), .overlap = hours(24), .request = ""};
  Seen seen = Rotated(kStart);
  seen.now += hours(2);
  EXPECT_EQ(Judge(seen, hasty).action, Action::kKeep);
  EXPECT_EQ(NextDue(Judge(seen, hasty)), kStart + hours(24));
}

TEST(Rotation, ARequestWaitsForARunningOverlapToEnd) {
  Schedule asked = kSchedule;
  asked.request = "again";
  Seen seen = Rotated(kStart);
  seen.now += hours(2);
  EXPECT_EQ(Judge(seen, asked).action, Action::kKeep);
  seen.now = kStart + hours(24);
  EXPECT_EQ(Judge(seen, asked).action, Action::kIssue);
}

}  // namespace
}  // namespace freehold::credentials

// When a webhook's certificate is made anew, and in which order.
#include <gmock/gmock.h>

#include "operator/webhook/renewal.h"

namespace freehold::webhook {
namespace {

using std::chrono::days;
using std::chrono::minutes;
using std::chrono::seconds;

const base::Timestamp kDayOne = *base::ParseTime("2027-01-01T00:00:00Z");
const std::vector<std::string> kNames{"freehold-webhook.freehold-system.svc"};
const Schedule kSchedule{.lifetime = days(90)};

Held HeldFrom(base::Timestamp issued, std::vector<std::string> names = kNames) {
  return {issued, issued + days(90), std::move(names)};
}
Turn Keep(base::Timestamp until) { return {Action::kKeep, until}; }
Turn Do(Action action) { return {action, {}}; }

struct Case {
  const char* sentence;
  Seen seen;
  Turn turn;
};

const Case kCases[] = {
    {"nothing is there: one is made", {.names = kNames, .now = kDayOne}, Do(Action::kIssue)},
    {"it is there but nobody trusts it: it is made known",
     {.names = kNames, .current = HeldFrom(kDayOne), .trusted = false, .now = kDayOne},
     Do(Action::kTrust)},
    {"all is well until two thirds of its life",
     {.names = kNames, .current = HeldFrom(kDayOne), .trusted = true, .now = kDayOne + days(1)},
     Keep(kDayOne + days(60))},
    {"then the next one is made",
     {.names = kNames, .current = HeldFrom(kDayOne), .trusted = true, .now = kDayOne + days(60)},
     Do(Action::kPrepare)},
    {"and made known before it is served",
     {.names = kNames,
      .current = HeldFrom(kDayOne),
      .next = HeldFrom(kDayOne + days(60)),
      .trusted = false,
      .now = kDayOne + days(61)},
     Do(Action::kTrust)},
    {"the API servers have time to take notice",
     {.names = kNames,
      .current = HeldFrom(kDayOne),
      .next = HeldFrom(kDayOne + days(60)),
      .trusted = true,
      .now = kDayOne + days(60) + minutes(9)},
     Keep(kDayOne + days(60) + minutes(10))},
    {"then it is served",
     {.names = kNames,
      .current = HeldFrom(kDayOne),
      .next = HeldFrom(kDayOne + days(60)),
      .trusted = true,
      .now = kDayOne + days(60) + minutes(10)},
     Do(Action::kPromote)},
    {"after a long sleep the next one is served at once",
     {.names = kNames,
      .current = HeldFrom(kDayOne),
      .next = HeldFrom(kDayOne + days(60)),
      .trusted = true,
      .now = kDayOne + days(91)},
     Do(Action::kPromote)},
    {"unless that isn't trusted either: then all is made anew",
     {.names = kNames,
      .current = HeldFrom(kDayOne),
      .next = HeldFrom(kDayOne + days(60)),
      .trusted = false,
      .now = kDayOne + days(91)},
     Do(Action::kIssue)},
    {"one that has ended is made anew",
     {.names = kNames, .current = HeldFrom(kDayOne), .trusted = true, .now = kDayOne + days(90)},
     Do(Action::kIssue)},
    {"so is one that the clock hasn't reached",
     {.names = kNames, .current = HeldFrom(kDayOne + days(1)), .trusted = true, .now = kDayOne},
     Do(Action::kIssue)},
    {"a clock that is a little behind does no harm",
     {.names = kNames, .current = HeldFrom(kDayOne + minutes(4)), .trusted = true, .now = kDayOne},
     Keep(kDayOne + minutes(4) + days(60))},
    {"when the webhook is called by another name, one for that is made",
     {.names = {"10.0.0.7"}, .current = HeldFrom(kDayOne), .trusted = true, .now = kDayOne},
     Do(Action::kIssue)},
    {"a next one that is of no use is replaced",
     {.names = kNames,
      .current = HeldFrom(kDayOne),
      .next = HeldFrom(kDayOne, {"other.svc"}),
      .trusted = true,
      .now = kDayOne + days(61)},
     Do(Action::kPrepare)},
};

TEST(Renewal, FollowsItsTable) {
  for (const Case& c : kCases) EXPECT_EQ(Judge(c.seen, kSchedule), c.turn) << c.sentence;
}

TEST(Renewal, HeedsAShorterLifeThanTheCertificateHas) {
  const Seen seen{.names = kNames, .current = HeldFrom(kDayOne), .trusted = true, .now = kDayOne + days(2)};
  EXPECT_EQ(Judge(seen, {.lifetime = days(3)}), Do(Action::kPrepare));
}

TEST(Renewal, LeavesTimeBetweenItsStepsHoweverShortALifeIs) {
  for (const auto lifetime : {seconds(10), seconds(3600), seconds(days(365))}) {
    const Schedule schedule{.lifetime = lifetime};
    const auto spent = lifetime * 2 / 3 + schedule.settling() + 2 * schedule.polling();
    EXPECT_LT(spent, lifetime) << lifetime;
  }
}

}  // namespace
}  // namespace freehold::webhook

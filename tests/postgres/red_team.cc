#include "tests/postgres/red_team.h"

#include "reconcilers/engines/postgres/fill.h"
#include "reconcilers/engines/postgres/names.h"

namespace freehold::engines::postgres {

INSTANTIATE_TEST_SUITE_P(, RedTeam, testing::ValuesIn(SitesInPairs()), PrintSite);

std::string PrintWithEvidence(const std::vector<ForeignAccess>& foreign) {
  std::string text;
  for (const auto& access : foreign) {
    text += "\n  " + ToString(access.severity) + ": " + access.principal + ": " + access.right + " by " + access.path +
            " [" + access.evidence + "] " + access.remedy;
  }
  return text;
}

void RedTeam::Try(const Way& way) {
  MakeStore(way.isolation);
  Open(way);
  const auto foreign = ExpectListed(way);
  ExpectAttempt(way, true);
  ApplyRemedies(foreign);
  ExpectClosed(way, Observe(store_.layout));

  const bool closes = way.closes == Closes::kAnyAdmin || (way.closes == Closes::kSuperuser && !IsManaged());
  if (!closes) return;
  Open(way);
  ExpectClosed(way, Converge(store_, 2));
}

void RedTeam::MakeStore(api::Isolation isolation) {
  store_ = NewStore(isolation);
  EXPECT_EQ(PrintWithEvidence(Converge(store_, 1).foreign), "");
  store_.logins[0].new_verifier.reset();
  stranger_ = Stranger("stranger");
  second_ = Stranger("second", "NOLOGIN");
  Service(store_).Ask(
      "CREATE TABLE order_lines (id int, note text); INSERT INTO order_lines VALUES (1, 'secret'); "
      "CREATE SEQUENCE numbers; SELECT lo_from_bytea(4711, 'secret')");
}

std::string RedTeam::Filled(const std::string& text) const {
  const auto& layout = store_.layout;
  return Fill(text, {{"stranger", stranger_},
                     {"second", second_},
                     {"owner", layout.owner},
                     {"login", layout.logins[0]},
                     {"db", layout.database},
                     {"schema", layout.schema},
                     {"services", ServicesRole(layout.database)}});
}

void RedTeam::Open(const Way& way) {
  if (!way.by_service.empty()) Careless(store_, store_.layout.owner).Ask(Filled(way.by_service));
  if (!way.opening.empty()) Root(store_.layout.database).Ask(Filled(way.opening));
}

std::vector<ForeignAccess> RedTeam::ExpectListed(const Way& way) {
  const auto seen = Observe(store_.layout);
  const auto snapshot = Snapshot();
  EXPECT_EQ(engine_.Fingerprint(*snapshot, store_.layout), seen.fingerprint);
  EXPECT_FALSE(engine_.Suspects(access_, *snapshot, {store_.layout}).empty());
  for (const auto& access : seen.foreign) {
    EXPECT_FALSE(access.evidence.empty() || access.remedy.empty()) << PrintWithEvidence({access});
    if (access.principal != Filled(way.principal) || access.right != way.right) continue;
    if (access.path.find(Filled(way.path)) == std::string::npos) continue;
    EXPECT_EQ(ToString(access.severity), ToString(way.severity)) << PrintWithEvidence({access});
    EXPECT_THAT(access.evidence, testing::HasSubstr(Filled(way.evidence)));
    return seen.foreign;
  }
  ADD_FAILURE() << Filled(way.principal + ": " + way.right + " by " + way.path)
                << " is not listed among:" << PrintWithEvidence(seen.foreign);
  return seen.foreign;
}

void RedTeam::ExpectAttempt(const Way& way, bool works) {
  if (way.attempt.empty()) return;
  EXPECT_EQ(Reads(stranger_, store_.layout.database, Filled(way.attempt)), works) << Filled(way.attempt);
}

void RedTeam::ApplyRemedies(const std::vector<ForeignAccess>& foreign) {
  for (const auto& access : foreign) Root(store_.layout.database).Ask(access.remedy);
}

void RedTeam::ExpectClosed(const Way& way, const StoreSeen& seen) {
  EXPECT_EQ(PrintWithEvidence(seen.foreign), "");
  ExpectAttempt(way, false);
}

}  // namespace freehold::engines::postgres

#include <gmock/gmock.h>

#include "fake_engine.h"
#include "operator/kube/conditions.h"
#include "reconcilers/stores/decide.h"
#include "reconcilers/stores/status.h"

namespace freehold::stores {
namespace {

using api::Reason;
using std::chrono::hours;
using testing::ElementsAre;

constexpr base::Timestamp kNow{std::chrono::seconds(1'800'000'000)};
constexpr const char* kDigest = "d1";
const credentials::Endpoint kEndpoint{
    .host = "pg", .database = "orders_db", .schema = "orders", .sslmode = "verify-full"};

class Decisions : public testing::Test {
 protected:
  Decisions() {
    object.meta = {.name = "orders", .ns = "shop", .uid = "uid-1", .generation = 1, .finalizers = {api::kFinalizer}};
    desired.store.layout = {.isolation = api::Isolation::kDatabase,
                            .database = "orders_db",
                            .schema = "orders",
                            .owner = "orders_db_owner",
                            .logins = {"orders_db_a", "orders_db_b"}};
    desired.store.marker = {"uid-1", "shop/orders"};
    desired.schedule = {.rotate_every = hours(720), .overlap = hours(24), .request = ""};
    desired.secret = {"shop", "orders.freehold"};
    auto the_server = std::make_shared<api::DatabaseServer>();
    the_server->meta.name = "main";
    desired.server = the_server;
  }

  /// What a store is told that differs where the policy says to report it only.
  api::ServiceDatabaseStatus Reported() {
    engine.differs = true;
    desired.drift = api::DriftPolicy::kReport;
    const auto drifted = std::get<Drifted>(Decided());
    return DriftedStatus(desired, seen, drifted, kDigest, now);
  }
  static std::string Told(const api::ServiceDatabaseStatus& status, const char* type) {
    const auto* condition = kube::FindCondition(status.conditions, type);
    return condition ? ToString(condition->status) + " " + condition->reason : "";
  }

  /// The world as it is some time after the store was made.
  void Settle() {
    seen.store.exists = seen.store.visited = true;
    seen.store.marker = desired.store.marker;
    seen.store.verifiers_readable = true;
    seen.store.logins[0] = {.exists = true, .can_login = true, .verifier = "v"};
    seen.store.logins[1] = {.exists = true};
    seen.works = true;
    credentials::SecretSeen secret{.meta = {.resource_version = "7"}, .ours = true, .issued = {}, .current = true};
    secret.issued =
        credentials::Issued{.login = "orders_db_a", .password = base::Sensitive("p"), .at = kNow - hours(1)};
    seen.secret = secret;
    object.status.observed_generation = 1;
    object.status.conditions = {{.type = "Ready", .status = kube::Condition::Status::kTrue}};
    object.status.store = api::StoreStatus{"main", "orders_db", "orders", std::string(kDigest) + "-seen"};
    object.status.credentials = api::CredentialStatus{.login = "orders_db_a", .phase = api::CredentialPhase::kStable};
  }

  Decision Decided() {
    desired.object = std::make_shared<api::ServiceDatabase>(object);
    Fresh fresh{.now = now, .minted = {}};
    if (TurnOf(desired, seen, now).action != credentials::Turn::Action::kKeep) {
      fresh.minted = Minted{base::Sensitive("fresh"), engine.MakeVerifier(base::Sensitive("fresh"))};
    }
    return Decide(desired, seen, kEndpoint, kDigest, fresh, engine);
  }
  std::vector<std::string> Verbs() {
    std::vector<std::string> verbs;
    const auto act = std::get<Act>(Decided());
    for (const Step& step : act.steps) verbs.push_back(EffectOf(step, "main").verb);
    return verbs;
  }
  bool IsInSync() {
    desired.object = std::make_shared<api::ServiceDatabase>(object);
    return StoreInSync(desired, engines::ServerSnapshot{}, kDigest, engine) && SecretInSync(desired, seen.secret, now);
  }

  api::ServiceDatabase object;
  Desired desired;
  Observed seen;
  engines::FakeEngine engine;
  base::Timestamp now = kNow;
};

TEST_F(Decisions, ANewStoreIsMadeTriedAndOnlyThenToldToTheService) {
  object.meta.finalizers.clear();
  EXPECT_THAT(Verbs(), ElementsAre("add-finalizer", "make", "open-login", "verify-login", "create-secret"));
}

TEST_F(Decisions, AWorldAsWantedNeedsNothing) {
  Settle();
  EXPECT_TRUE(std::holds_alternative<Settled>(Decided()));
  EXPECT_TRUE(IsInSync());
}

TEST_F(Decisions, ASecretRestsUntilTheStatusSaysThatItIsDue) {
  Settle();
  auto& credentials = *object.status.credentials;
  credentials.rotate_at = now + hours(1);
  const auto rests = [&] {
    desired.object = std::make_shared<api::ServiceDatabase>(object);
    return SecretRests(desired, now);
  };
  EXPECT_TRUE(rests());
  now = *credentials.rotate_at;
  EXPECT_FALSE(rests());
  now = kNow;
  credentials.phase = api::CredentialPhase::kDraining;
  credentials.overlap_until = now + hours(1);
  EXPECT_TRUE(rests());
  now += hours(1);
  EXPECT_FALSE(rests());
  now = kNow;
  desired.schedule.request = "again";
  EXPECT_FALSE(rests());
}

TEST_F(Decisions, AStoreThatSaysItIsAnothersIsRefused) {
  Settle();
  seen.store.marker = engines::Marker{"uid-2", "old/orders"};
  EXPECT_EQ(std::get<Refusal>(Decided()).reason, Reason::kStoreOwnedByAnother);
  desired.store.adopt = true;
  EXPECT_EQ(std::get<Refusal>(Decided()).reason, Reason::kStoreOwnedByAnother);
}

TEST_F(Decisions, AStoreNobodyOwnsIsTakenOverOnlyWhenAsked) {
  seen.store.exists = true;
  EXPECT_EQ(std::get<Refusal>(Decided()).reason, Reason::kStoreExists);
  desired.store.adopt = true;
  EXPECT_TRUE(std::holds_alternative<Act>(Decided()));
}

TEST_F(Decisions, ARoleOfADerivedNameThatIsNotOursIsNotTakenOver) {
  seen.store.occupied = true;
  EXPECT_EQ(std::get<Refusal>(Decided()).reason, Reason::kStoreExists);
}

TEST_F(Decisions, ASecretThatIsNotOursIsNeverTouched) {
  seen.secret = credentials::SecretSeen{};
  EXPECT_EQ(std::get<Refusal>(Decided()).reason, Reason::kSecretNotOurs);
  EXPECT_FALSE(std::get<Refusal>(Decided()).judge_again);
}

TEST_F(Decisions, ASecretThatAPredecessorLeftBehindIsLookedAtAgainSoon) {
  seen.secret = credentials::SecretSeen{};
  seen.secret->meta.labels[api::kCredentialLabel] = "true";
  seen.secret->meta.owners = {{.name = "orders", .uid = "another"}};
  const auto refusal = std::get<Refusal>(Decided());
  EXPECT_EQ(refusal.reason, Reason::kSecretNotOurs);
  EXPECT_EQ(refusal.judge_again, now + std::chrono::seconds(2));
}

TEST_F(Decisions, ALostSecretIsRemadeWithTheOtherLogin) {
  Settle();
  seen.secret.reset();
  seen.works.reset();
  EXPECT_THAT(Verbs(), ElementsAre("open-login", "verify-login", "create-secret"));
  const auto act = std::get<Act>(Decided());
  EXPECT_EQ(std::get<WriteSecret>(act.steps.back()).issued.login, "orders_db_b");
  EXPECT_FALSE(act.drift);
}

TEST_F(Decisions, ASecretThatTellsAnOldHostIsRewrittenWithTheSamePassword) {
  Settle();
  seen.secret->current = false;
  const auto act = std::get<Act>(Decided());
  ASSERT_EQ(act.steps.size(), 1u);
  EXPECT_EQ(std::get<WriteSecret>(act.steps[0]).issued.password, base::Sensitive("p"));
  EXPECT_FALSE(IsInSync());
}

TEST_F(Decisions, ARotationNeedsNoHoldWhileItsLoginWasNeverTold) {
  Settle();
  desired.schedule.request = "now";
  EXPECT_THAT(Verbs(), ElementsAre("open-login", "verify-login", "update-secret"));
}

TEST_F(Decisions, ARotationThatWasCutShortHoldsTheSecretBeforeItsLoginGetsAnotherPassword) {
  Settle();
  seen.store.logins[1] = {.exists = true, .can_login = true, .verifier = "of the attempt before"};
  desired.schedule.request = "now";
  EXPECT_THAT(Verbs(), ElementsAre("hold-secret", "open-login", "verify-login", "update-secret"));
}

TEST_F(Decisions, ALoginThatIsOpenAndWasNotTheOneBeforeIsClosedWhenTheSecretIsHeld) {
  Settle();
  seen.store.logins[1] = {.exists = true, .can_login = true, .verifier = "of the attempt before"};
  EXPECT_THAT(Verbs(), ElementsAre("hold-secret", "close-login"));
}

TEST_F(Decisions, WhichLoginIsInUseIsKnownOfTheStatusAloneOnceTheSecretIsGone) {
  EXPECT_FALSE(RestsOnStatus(seen));
  Settle();
  EXPECT_FALSE(RestsOnStatus(seen));
  seen.secret->issued.reset();
  EXPECT_TRUE(RestsOnStatus(seen));
  seen.secret.reset();
  EXPECT_TRUE(RestsOnStatus(seen));
  seen.store.logins[0].can_login = false;
  EXPECT_FALSE(RestsOnStatus(seen));
}

TEST_F(Decisions, AnOverlapThatEndedClosesThePreviousLoginAndIsNoDrift) {
  Settle();
  seen.store.logins[1].can_login = true;
  seen.secret->issued->previous_login = "orders_db_b";
  seen.secret->issued->at = kNow - hours(25);
  EXPECT_THAT(Verbs(), ElementsAre("close-login"));
  EXPECT_FALSE(std::get<Act>(Decided()).drift);
}

TEST_F(Decisions, AChangeByHandIsRepaired) {
  Settle();
  engine.differs = true;
  EXPECT_TRUE(std::get<Act>(Decided()).drift);
}

TEST_F(Decisions, AChangeByHandIsOnlyReportedWhenThePolicySaysSo) {
  Settle();
  engine.differs = true;
  desired.drift = api::DriftPolicy::kReport;
  EXPECT_TRUE(std::holds_alternative<Drifted>(Decided()));
}

TEST_F(Decisions, ReportedDriftIsReadyOnlyWhileNothingHindersTheService) {
  Settle();
  object.status.conditions.push_back({.type = "EventsReady", .status = kube::Condition::Status::kTrue});
  object.spec.reporting.emplace();
  desired.report.emplace();
  auto status = Reported();
  EXPECT_EQ(Told(status, "Ready"), "True Ready");
  EXPECT_EQ(Told(status, "Isolated"), "True NoForeignAccess");
  EXPECT_EQ(Told(status, "ReportingReady"), "True ReportingFlows");
  EXPECT_EQ(Told(status, "Stalled"), "");

  engine.hindrances = {"database orders_db does not exist"};
  status = Reported();
  EXPECT_EQ(Told(status, "Ready"), "False Drifted");
  EXPECT_EQ(Told(status, "Stalled"), "True Drifted");
  EXPECT_EQ(Told(status, "ReportingReady"), "Unknown EvidenceMissing");
  EXPECT_THAT(kube::FindCondition(status.conditions, "Ready")->message,
              testing::HasSubstr("database orders_db does not exist; not repaired, by policy: make main/orders_db"));
  object.status = status;
  EXPECT_FALSE(IsInSync()) << "it is looked at until it is mended";
  EXPECT_EQ(Reported(), status) << "and nothing new is told meanwhile";

  engine.hindrances.clear();
  EXPECT_EQ(Told(Reported(), "Ready"), "True Ready");
  EXPECT_EQ(Told(Reported(), "Stalled"), "");
}

TEST_F(Decisions, WhatWasSeenOfAnotherSpecIsToldAnewOnceItIsSeenOfThisOne) {
  object.meta.generation = 3;
  desired.object = std::make_shared<const api::ServiceDatabase>(object);
  desired.report.emplace().generation = 2;
  const auto before = DigestOf(desired, {});
  desired.report->generation = 3;
  EXPECT_NE(DigestOf(desired, {}), before);
}

TEST_F(Decisions, AStoreThatCouldNotBeLookedIntoIsNotSaidToBeIsolated) {
  Settle();
  seen.store.visited = false;
  EXPECT_EQ(Told(Reported(), "Isolated"), "Unknown EvidenceMissing");
  Settle();
  seen.store.exists = false;
  EXPECT_EQ(Told(Reported(), "Isolated"), "Unknown EvidenceMissing");
}

TEST_F(Decisions, WhatIsBestEffortMayComeLateAndIsNotDrift) {
  Settle();
  engine.lacks_an_extra = true;
  desired.drift = api::DriftPolicy::kReport;
  EXPECT_FALSE(std::get<Act>(Decided()).drift);
}

TEST_F(Decisions, AChangeOfTheSpecIsNotDrift) {
  Settle();
  engine.differs = true;
  desired.drift = api::DriftPolicy::kReport;
  object.meta.generation = 2;
  EXPECT_FALSE(std::get<Act>(Decided()).drift);
}

TEST_F(Decisions, AWantedTableThatAnotherRoleOwnsIsRefused) {
  Settle();
  desired.store.tables = {"sessions"};
  seen.store.tables_of_others = {{"clips", "highlights_owner"}};
  EXPECT_TRUE(std::holds_alternative<Settled>(Decided()));
  seen.store.tables_of_others["sessions"] = "legacy";
  EXPECT_EQ(std::get<Refusal>(Decided()).reason, Reason::kTableOwnedByAnother);
}

TEST_F(Decisions, AMovedFingerprintANewRequestOrAgeAskForALook) {
  Settle();
  engine.fingerprint = "moved";
  EXPECT_FALSE(IsInSync());
  engine.fingerprint = "seen";
  desired.schedule.request = "now";
  EXPECT_FALSE(IsInSync());
  desired.schedule.request = "";
  now = kNow + hours(719);
  EXPECT_FALSE(IsInSync());
}

TEST_F(Decisions, AStatusThatTellsOfTroubleAsksForALookAlthoughNothingMoved) {
  Settle();
  object.status.conditions.push_back({.type = "Reconciling", .status = kube::Condition::Status::kTrue});
  EXPECT_FALSE(IsInSync());
  object.status.conditions = {{.type = "Ready", .status = kube::Condition::Status::kUnknown}};
  EXPECT_FALSE(IsInSync());
}

TEST_F(Decisions, DriftThatWasOnlyReportedIsRepairedOnceThePolicySaysSo) {
  Settle();
  object.status.conditions.push_back({.type = "Drifted", .status = kube::Condition::Status::kTrue});
  EXPECT_FALSE(IsInSync());
  desired.drift = api::DriftPolicy::kReport;
  EXPECT_TRUE(IsInSync());
}

TEST_F(Decisions, PasswordsAreNeitherDescribedNorNamedInEffects) {
  const auto act = std::get<Act>(Decided());
  for (const Step& step : act.steps) {
    EXPECT_EQ(Describe(step, "main").find("fresh"), std::string::npos) << EffectOf(step, "main").verb;
  }
}

}  // namespace
}  // namespace freehold::stores

#include <gmock/gmock.h>

#include "reconcilers/policy/verdict.h"
#include "tests/unit/resources_of.h"

namespace freehold::policy {
namespace {

using api::Reason;
using namespace std::chrono_literals;

const base::Timestamp kNow = *base::ParseTime("2027-03-31T23:59:59Z");

PolicyVerdict VerdictOf(const std::string& spec, const std::vector<std::string>& policies,
                        const std::map<std::string, std::string>& labels = {{"tier", "shop"}},
                        base::Timestamp now = kNow) {
  std::string yaml =
      "{apiVersion: freehold.dev/v1alpha1, kind: ServiceDatabase, metadata: {name: legacy, namespace: shop}, spec: {" +
      spec + "}}\n";
  for (std::size_t at = 0; at < policies.size(); ++at) {
    yaml += "---\n{apiVersion: freehold.dev/v1alpha1, kind: DataPolicy, metadata: {name: p" + std::to_string(at) +
            "}, spec: {" + policies[at] + "}}\n";
  }
  const auto resources = ResourcesOf(yaml);
  for (const auto& policy : resources.policies) {
    for (const auto& fault : policy.faults) ADD_FAILURE() << fault.path << ": " << fault.message;
  }
  return Judge(*resources.databases[0].object, labels, documents::Objects(resources.policies), now);
}

std::string Excepting(const std::string& service, const std::string& isolation, const std::string& until) {
  return "exceptions: [{service: " + service + ", isolation: " + isolation + ", until: '" + until + "', reason: r}]";
}

struct Case {
  std::string title, spec;
  std::vector<std::string> policies;
  std::optional<Reason> denial;
};

class Judges : public testing::TestWithParam<Case> {};

TEST_P(Judges, AsTheStrictestPolicySays) {
  const auto verdict = VerdictOf(GetParam().spec, GetParam().policies);
  const Objection* denial = verdict.denial();
  EXPECT_EQ(denial ? std::optional(denial->reason) : std::nullopt, GetParam().denial);
}

const std::string kStrict = "minimumIsolation: Database";
INSTANTIATE_TEST_SUITE_P(
    Policy, Judges,
    testing::Values(
        Case{"NoPolicyAllowsAll", "isolation: Tables", {}, {}},
        Case{"TheDefaultMinimumIsSchema", "isolation: Tables", {""}, Reason::kIsolationTooWeak},
        Case{"EnoughIsEnough", "isolation: Schema", {""}, {}},
        Case{"TheStrictestOfTwo", "isolation: Schema", {"", kStrict}, Reason::kIsolationTooWeak},
        Case{"AnotherNamespaceIsNotMeant", "isolation: Tables", {"namespaces: {matchLabels: {tier: bank}}"}, {}},
        Case{"ThisNamespaceIsMeant",
             "isolation: Tables",
             {"namespaces: {matchLabels: {tier: shop}}"},
             Reason::kIsolationTooWeak},
        Case{"EngineNotListed", "engine: Cassandra", {"engines: [PostgreSQL, Redis]"}, Reason::kEngineNotAllowed},
        Case{"EngineListed", "engine: Redis", {"engines: [PostgreSQL, Redis]"}, {}},
        Case{"EngineMustBeOnEveryList",
             "engine: Redis",
             {"engines: [Redis]", "engines: [PostgreSQL]"},
             Reason::kEngineNotAllowed},
        Case{"ExceptionHoldsOnItsLastDay", "isolation: Tables", {Excepting("shop/legacy", "Tables", "2027-03-31")}, {}},
        Case{"ExceptionIsOverTheDayAfter",
             "isolation: Tables",
             {Excepting("shop/legacy", "Tables", "2027-03-30")},
             Reason::kPolicyExceptionExpired},
        Case{"ExceptionIsForAnother",
             "isolation: Tables",
             {Excepting("shop/other", "Tables", "2027-03-31")},
             Reason::kIsolationTooWeak},
        Case{"ExceptionKnowsTheService",
             "service: old, isolation: Tables",
             {Excepting("shop/old", "Tables", "2027-03-31")},
             {}},
        Case{"ExceptionIsForStronger",
             "isolation: Tables",
             {kStrict + ", " + Excepting("shop/legacy", "Schema", "2027-03-31")},
             Reason::kIsolationTooWeak},
        Case{"ExceptionOfOnePolicyIsNotTheOthers",
             "isolation: Tables",
             {Excepting("shop/legacy", "Tables", "2027-03-31"), ""},
             Reason::kIsolationTooWeak},
        Case{"WarningIsNoDenial", "isolation: Tables", {"enforcement: Warn"}, {}}),
    [](const auto& info) { return info.param.title; });

TEST(Judge, WarnsWhereThePolicyOnlyWarns) {
  const auto verdict = VerdictOf("isolation: Tables", {"enforcement: Warn"});
  ASSERT_EQ(verdict.objections.size(), 1u);
  EXPECT_FALSE(verdict.objections[0].denied);
  EXPECT_EQ(verdict.objections[0].path, "spec.isolation");
  EXPECT_EQ(verdict.objections[0].policy, "p0");
}

TEST(Judge, NamesDenialsFirst) {
  const auto verdict = VerdictOf("isolation: Tables", {"enforcement: Warn", ""});
  ASSERT_EQ(verdict.objections.size(), 2u);
  ASSERT_NE(verdict.denial(), nullptr);
  EXPECT_EQ(verdict.denial()->policy, "p1");
}

TEST(Judge, SaysWhenTheExceptionEnds) {
  const auto verdict = VerdictOf("isolation: Tables", {Excepting("shop/legacy", "Tables", "2027-03-31"),
                                                       Excepting("shop/legacy", "Tables", "2027-12-31")});
  EXPECT_EQ(verdict.changes_at, base::ParseTime("2027-04-01T00:00:00Z").value());
  EXPECT_THAT(verdict.exceptions, testing::Contains(testing::HasSubstr("Tables until 2027-03-31 only")));
  const auto later =
      VerdictOf("isolation: Tables", {Excepting("shop/legacy", "Tables", "2027-03-31")}, {}, *verdict.changes_at);
  EXPECT_EQ(later.denial()->reason, Reason::kPolicyExceptionExpired);
}

TEST(Judge, TakesTheShortestRotation) {
  api::ServiceDatabase object;
  object.spec.credentials.rotate_every = 720h;
  EXPECT_EQ(RotateEvery(object, VerdictOf("", {"rotation: {atMost: 2160h}"})), 720h);
  EXPECT_EQ(RotateEvery(object, VerdictOf("", {"rotation: {atMost: 48h}", "rotation: {atMost: 24h}", ""})), 24h);
}

TEST(Judge, RepairsDriftUnlessAllThatApplyOnlyReport) {
  EXPECT_EQ(VerdictOf("", {}).drift, api::DriftPolicy::kRepair);
  EXPECT_EQ(VerdictOf("", {"drift: Report"}).drift, api::DriftPolicy::kReport);
  EXPECT_EQ(VerdictOf("", {"drift: Report", ""}).drift, api::DriftPolicy::kRepair);
  EXPECT_EQ(VerdictOf("", {"drift: Report", "namespaces: {matchLabels: {tier: bank}}"}).drift,
            api::DriftPolicy::kReport);
}

}  // namespace
}  // namespace freehold::policy

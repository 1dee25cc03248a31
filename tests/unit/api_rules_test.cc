// The rules of the kinds on files. tests/cluster/api_crd_test.cc asks the API server the same.
#include <gmock/gmock.h>

#include "reconcilers/api/kinds.h"
#include "tests/unit/api_refusals.h"
#include "tests/unit/resources_of.h"

namespace freehold::api {
namespace {

std::vector<Fault> FaultsOf(Json object) {
  object["apiVersion"] = "freehold.dev/v1alpha1";
  if (object["kind"] == "ServiceDatabase") return ParseServiceDatabase(object).faults;
  if (object["kind"] == "DatabaseServer") return ParseDatabaseServer(object).faults;
  if (object["kind"] == "EventBus") return ParseEventBus(object).faults;
  if (object["kind"] == "ReportingWarehouse") return ParseReportingWarehouse(object).faults;
  return ParseDataPolicy(object).faults;
}

class Rules : public testing::TestWithParam<Refusal> {};

TEST_P(Rules, RefuseAtThePathWithAMessage) {
  const auto faults = FaultsOf(JsonOf(GetParam().object));
  ASSERT_EQ(faults.size(), 1u) << testing::PrintToString(faults.empty() ? "no fault" : faults.back().path);
  EXPECT_EQ(faults[0].path, GetParam().path);
  EXPECT_THAT(faults[0].message, testing::HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(Api, Rules, testing::ValuesIn(Refusals()), [](const auto& info) { return info.param.title; });

TEST(Rules, TellEveryFaultAtOnce) {
  const auto faults = FaultsOf(JsonOf(Sdb("a",
                                          "isolaton: Schema, owns: [{aggregate: A, tabels: [x]}], adopt: 'yes', "
                                          "limits: {connections: many}, credentials: {overlap: 3x}")));
  std::vector<std::string> said;
  for (const Fault& fault : faults) said.push_back(fault.path + ": " + fault.message);
  EXPECT_THAT(said, testing::UnorderedElementsAre(
                        "spec.isolaton: unknown field; did you mean isolation?",
                        "spec.owns[0].tabels: unknown field; did you mean tables?",
                        "spec.adopt: must be true or false, not the text \"yes\"",
                        "spec.limits.connections: must be a whole number, not the text \"many\"",
                        "spec.credentials.overlap: must be a duration like 720h or 1h30m, not \"3x\""));
}

TEST(Rules, TakeFieldsWithoutAValueAsFaultsUnlessTheyHaveADefault) {
  EXPECT_THAT(FaultsOf(JsonOf(Sdb("a", "server: null"))), testing::SizeIs(1));
  EXPECT_THAT(FaultsOf(JsonOf(Sdb("a", "engine: null"))), testing::IsEmpty());
}

TEST(Rules, WantTheFrameOfAnObject) {
  EXPECT_THAT(ParseServiceDatabase(
                  JsonOf("{apiVersion: freehold.dev/v1, kind: ServiceDatabase, metadata: {name: a}, spec: {}}"))
                  .faults,
              testing::ElementsAre(Fault{"apiVersion", "must be freehold.dev/v1alpha1"}));
  EXPECT_THAT(FaultsOf(JsonOf("{kind: ServiceDatabase, metadata: {}, spec: {}}")),
              testing::ElementsAre(Fault{"", "metadata.name is required"}));
  EXPECT_THAT(FaultsOf(JsonOf("{kind: ServiceDatabase, metadata: {name: a}}")),
              testing::ElementsAre(Fault{"", "spec is required"}));
  EXPECT_THAT(FaultsOf(JsonOf("{kind: ServiceDatabase, metadata: {name: a}, spec: {}, spce: {}}")),
              testing::ElementsAre(Fault{"spce", "unknown field; did you mean spec?"}));
}

TEST(Rules, LeaveNamesThatAreLongEnoughForEverythingDerived) {
  const std::string longest(57, 'n');
  EXPECT_THAT(FaultsOf(JsonOf(Sdb("a", "name: " + longest))), testing::IsEmpty());
  EXPECT_THAT(FaultsOf(JsonOf(Sdb(std::string(54, 's'), ""))), testing::IsEmpty());
}

}  // namespace
}  // namespace freehold::api

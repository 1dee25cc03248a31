// Every field of every kind, wrong in every way that its schema tells: nothing crashes, and what is refused is refused
// at the field, in words that can be shown. One in five of these ways; all with FREEHOLD_MUTATIONS=all.
#include <gmock/gmock.h>

#include "reconcilers/validation/validate.h"
#include "tests/unit/mutations.h"
#include "tests/unit/resources_of.h"

namespace freehold::api {
namespace {

/// Faults of the object alone, and the object again as it was understood.
struct Verdict {
  std::vector<Fault> faults;
  Json printed;
};

template <class Kind>
Verdict VerdictOn(const Reading<Kind>& reading) {
  return {reading.faults, ToJson(reading.value)};
}

Verdict Judge(const Json& object) {
  const Json kind = object["kind"];
  if (kind == "ServiceDatabase") return VerdictOn(ParseServiceDatabase(object));
  if (kind == "DatabaseServer") return VerdictOn(ParseDatabaseServer(object));
  if (kind == "DataPolicy") return VerdictOn(ParseDataPolicy(object));
  if (kind == "EventBus") return VerdictOn(ParseEventBus(object));
  return VerdictOn(ParseReportingWarehouse(object));
}

/// Where the API server sends it: rules are not looked at, and nothing may go wrong all the same.
bool CanBeRead(const Json& object) {
  const Json kind = object["kind"];
  if (kind == "ServiceDatabase") return ReadServiceDatabase(object).has_value();
  if (kind == "DatabaseServer") return ReadDatabaseServer(object).has_value();
  if (kind == "DataPolicy") return ReadDataPolicy(object).has_value();
  if (kind == "EventBus") return ReadEventBus(object).has_value();
  return ReadReportingWarehouse(object).has_value();
}

/// Short enough for a condition, and without characters that change how what stands beside them is shown.
bool CanBeShown(const std::string& message) {
  const bool controls = std::ranges::any_of(message, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  const bool turns = message.find("\u202E") != std::string::npos || message.find("\u2066") != std::string::npos;
  return !message.empty() && message.size() <= 1024 && !controls && !turns;
}

/// "spec.tls" of "spec.tls.mode".
std::string GroupOf(const std::string& path) { return path.substr(0, path.find_first_of(".[", path.find('.') + 1)); }

/// Is one of them at the field, or about the spec as a whole? What engine or type mean is a rule on other fields.
bool AreAbout(const std::vector<Fault>& faults, const std::string& path) {
  if (path == "spec" || path == "spec.engine" || path == "spec.type") return true;
  return std::ranges::any_of(
      faults, [&](const Fault& fault) { return fault.path == "spec" || GroupOf(fault.path) == GroupOf(path); });
}

TEST(Mutations, ReachEveryFieldOfEveryKind) {
  std::map<std::string, std::set<std::string>> reached;
  for (const Json& object : WholeObjects()) {
    ASSERT_TRUE(Judge(object).faults.empty()) << object.dump() << "\n" << Judge(object).faults[0].message;
    for (const auto& mutation : MutationsOf(object)) {
      std::string path = mutation.path;
      for (auto at = path.find("[0]"); at != std::string::npos; at = path.find("[0]")) path.erase(at + 1, 1);
      reached[mutation.kind].insert(path);
    }
  }
  for (const Json& object : WholeObjects()) {
    EXPECT_EQ(reached[object["kind"]], FieldsOf(SpecSchemaOf(object), "spec")) << object["kind"];
  }
}

TEST(Mutations, AreTakenOrRefusedAtTheFieldInWordsThatCanBeShown) {
  int taken = 0, refused = 0;
  for (const Json& object : WholeObjects()) {
    for (const auto& mutation : MutationsOf(object, StepOfMutations(5))) {
      SCOPED_TRACE(mutation.kind + " " + mutation.path + ": " + mutation.what);
      const auto verdict = Judge(mutation.object);
      CanBeRead(mutation.object);
      (verdict.faults.empty() ? taken : refused) += 1;
      for (const auto& fault : verdict.faults) {
        EXPECT_TRUE(CanBeShown(fault.message)) << fault.path << ": " << fault.message.substr(0, 200);
      }
      EXPECT_TRUE(verdict.faults.empty() || AreAbout(verdict.faults, mutation.path))
          << verdict.faults[0].path << ": " << verdict.faults[0].message;
      if (verdict.faults.empty()) {
        const auto again = Judge(verdict.printed);
        EXPECT_TRUE(again.faults.empty()) << verdict.printed.dump();
        EXPECT_EQ(again.printed, verdict.printed);
      }
      if (testing::Test::HasFailure()) return;
    }
  }
  std::printf("%d mutations were taken, %d refused\n", taken, refused);
  EXPECT_GT(taken, 100);
  EXPECT_GT(refused, 1000);
}

TEST(Mutations, AreJudgedAmongTheirRelativesInWordsThatCanBeShown) {
  const auto now = base::Timestamp(std::chrono::hours(24 * 365 * 56));
  const auto all = WholeObjects();
  for (const Json& object : all) {
    for (const auto& mutation : MutationsOf(object, StepOfMutations(23))) {
      documents::Parsed parsed;
      for (const Json& other : all) {
        const bool same = other["kind"] == object["kind"] && other["metadata"]["name"] == object["metadata"]["name"];
        parsed.documents.push_back({same ? mutation.object : other, {}});
      }
      documents::Resources resources;
      documents::Add(std::move(parsed), "default", resources);
      for (const auto& finding : validation::Validate(resources, validation::Scope::kFiles, now)) {
        ASSERT_TRUE(CanBeShown(finding.message))
            << mutation.kind << " " << mutation.path << ": " << mutation.what << "\n"
            << ToString(finding).substr(0, 300);
      }
    }
  }
}

}  // namespace
}  // namespace freehold::api

// What is printed from the tables of the kinds: CRDs and reference pages.
#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "reconcilers/api/kinds.h"
#include "reconcilers/api/reasons.h"
#include "tests/unit/resources_of.h"

namespace freehold::api {
namespace {

std::string FileText(const std::string& path) {
  std::ifstream in(path);
  EXPECT_TRUE(in) << path << " is missing";
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void ExpectDescribed(const std::string& path, const Json& schema) {
  if (schema.contains("items")) ExpectDescribed(path + "[]", schema["items"]);
  if (schema.contains("additionalProperties")) ExpectDescribed(path + ".*", schema["additionalProperties"]);
  if (!schema.contains("properties")) return;
  for (const auto& [name, field] : schema["properties"].items()) {
    const std::string description = field.value("description", "");
    EXPECT_TRUE(description.ends_with(".") || description.ends_with("…")) << path << "." << name << ": " << description;
    ExpectDescribed(path + "." + name, field);
  }
}

const Json& SchemaOf(const KindInfo& kind) { return kind.crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]; }

bool HasStatus(const KindInfo& kind) { return SchemaOf(kind)["properties"].contains("status"); }

TEST(Crds, AreCommittedAsTheyArePrinted) {
  EXPECT_EQ(CrdYaml(), FileText("crds/freehold.dev.yaml")) << "run dev/generate";
}

TEST(Crds, ReadBackAsWhatTheyAre) {
  const auto parsed = documents::ParseText(CrdYaml(), "crds");
  ASSERT_TRUE(parsed.faults.empty());
  ASSERT_EQ(parsed.documents.size(), Kinds().size());
  for (std::size_t at = 0; at < Kinds().size(); ++at) EXPECT_EQ(parsed.documents[at].content, Kinds()[at].crd);
}

TEST(Crds, DescribeEveryField) {
  for (const KindInfo& kind : Kinds()) {
    ExpectDescribed("spec", SchemaOf(kind)["properties"]["spec"]);
    if (HasStatus(kind)) ExpectDescribed("status", SchemaOf(kind)["properties"]["status"]);
  }
}

TEST(Crds, CarryWhatToolsLookFor) {
  const Json& crd = Kinds()[0].crd;
  EXPECT_EQ(crd["metadata"]["labels"]["servicebinding.io/provisioned-service"], "true");
  EXPECT_EQ(crd["spec"]["names"]["shortNames"], Json::array({"sdb"}));
  for (const KindInfo& kind : Kinds()) {
    EXPECT_EQ(kind.crd["spec"]["names"]["categories"], Json::array({"freehold"}));
    const bool described = kind.crd["spec"]["versions"][0].contains("subresources");
    EXPECT_EQ(described, HasStatus(kind)) << kind.file;
  }
}

TEST(Crds, HaveNoDefaultsInStatusButThatANewObjectHasNotBeenSeen) {
  const Json unseen = {{"observedGeneration", -1}};
  for (const KindInfo& kind : Kinds()) {
    if (!HasStatus(kind)) continue;
    const Json status = SchemaOf(kind)["properties"]["status"];
    EXPECT_THAT(status["properties"].dump(), testing::Not(testing::HasSubstr("\"default\":")));
    // Nobody writes the status of a DataPolicy.
    EXPECT_EQ(status.value("default", Json()), kind.type.kind == "DataPolicy" ? Json() : unseen) << kind.type.kind;
  }
}

TEST(Reference, IsCommittedAsItIsPrinted) {
  for (const KindInfo& kind : Kinds()) {
    EXPECT_EQ(kind.reference, FileText("docs/reference/" + kind.file + ".md")) << "run dev/generate";
  }
  EXPECT_EQ(ConditionsReference(), FileText("docs/reference/conditions.md")) << "run dev/generate";
}

TEST(Reasons, AreWordsThatConditionsMayCarry) {
  for (const ReasonInfo& info : Reasons()) {
    EXPECT_THAT(std::string(info.word), testing::MatchesRegex("[A-Z][A-Za-z]*"));
    EXPECT_FALSE(info.meaning.empty());
    EXPECT_FALSE(info.terminal && info.remedy.empty()) << info.word << " needs a remedy";
    EXPECT_EQ(ToString(info.reason), info.word);
  }
}

}  // namespace
}  // namespace freehold::api

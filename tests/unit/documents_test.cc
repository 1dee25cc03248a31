#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "reconcilers/documents/resources.h"
#include "tests/unit/resources_of.h"

namespace freehold::documents {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const char* const kOrders = R"(apiVersion: freehold.dev/v1alpha1
kind: ServiceDatabase
metadata:
  name: orders
spec:
  owns:
    - aggregate: Order
      tables: [orders, order_lines]
)";

TEST(ParseText, KnowsWhereEverythingStands) {
  const auto parsed = ParseText(kOrders, "a.yaml");
  ASSERT_THAT(parsed.documents, SizeIs(1));
  const Origin& origin = parsed.documents[0].origin;
  EXPECT_EQ(origin.PositionOf("kind"), (Position{2, 1}));
  EXPECT_EQ(origin.PositionOf("metadata.name"), (Position{4, 3}));
  EXPECT_EQ(origin.PositionOf("spec.owns[0]"), (Position{7, 7}));
  EXPECT_EQ(origin.PositionOf("spec.owns[0].tables"), (Position{8, 7}));
  EXPECT_EQ(origin.PositionOf("spec.owns[0].tables[1]"), (Position{8, 24}));
}

TEST(ParseText, PointsAtTheNearestPartAroundWhatIsMissing) {
  const auto parsed = ParseText(kOrders, "a.yaml");
  EXPECT_EQ(parsed.documents[0].origin.PositionOf("spec.owns[0].aggregates[3].x"), (Position{7, 7}));
  EXPECT_EQ(parsed.documents[0].origin.PositionOf("status"), (Position{1, 1}));
}

TEST(ParseText, TakesPlainWordsAsKubectlDoes) {
  EXPECT_EQ(JsonOf("{a: yes, b: 'yes', c: 12, d: '12', e: ~, f: 0x1f, g: 017, h: 1.5, i: 2027-03-31, j: -3, k: 1e3, l: "
                   "720h, m: 08, n: 1_000, o: _}"),
            Json::parse(R"({"a":true,"b":"yes","c":12,"d":"12","e":null,"f":31,"g":15,"h":1.5,"i":"2027-03-31","j":-3,
                            "k":1000,"l":"720h","m":8,"n":1000,"o":"_"})"));
}

TEST(ParseText, ReadsJson) {
  EXPECT_EQ(JsonOf("{\n\t\"a\": [1, true, null, \"x\\n\"],\n\t\"b\": {}\n}"),
            Json::parse(R"({"a":[1,true,null,"x\n"],"b":{}})"));
}

TEST(ParseText, ReadsManyDocumentsAndSkipsEmptyOnes) {
  const auto parsed = ParseText("---\na: 1\n---\n# nothing\n---\nb: 2\n...\n---\n", "a.yaml");
  ASSERT_THAT(parsed.documents, SizeIs(2));
  EXPECT_EQ(parsed.documents[1].content, Json::parse(R"({"b":2})"));
  EXPECT_EQ(parsed.documents[1].origin.PositionOf("b"), (Position{6, 1}));
}

TEST(ParseText, KeepsTheDocumentsBeforeASyntaxFault) {
  const auto parsed = ParseText("a: 1\n---\nb: [1\nc: 2\n", "a.yaml");
  EXPECT_THAT(parsed.documents, SizeIs(1));
  ASSERT_THAT(parsed.faults, SizeIs(1));
  EXPECT_THAT(parsed.faults[0].message, HasSubstr("not YAML"));
  EXPECT_GE(parsed.faults[0].position.line, 3);
}

TEST(ParseText, EndsWhereNothingBegins) {
  for (const auto* text : {", a", "a: 1\n---\n, b\n"}) {
    const auto parsed = ParseText(text, "a.yaml");
    ASSERT_THAT(parsed.faults, SizeIs(1)) << text;
    EXPECT_THAT(parsed.faults[0].message, HasSubstr("not YAML"));
  }
}

TEST(ParseText, TellsKeysThatAreGivenTwice) {
  const auto parsed = ParseText("spec:\n  name: a\n  owns: []\n  name: b\n", "a.yaml");
  EXPECT_THAT(parsed.faults, ElementsAre(TextFault{"a.yaml", {4, 3}, "spec.name is given twice; first in line 2"}));
  EXPECT_EQ(parsed.documents[0].content["spec"]["name"], "a");
}

TEST(ParseText, FollowsAliasesAndMergesMaps) {
  EXPECT_EQ(JsonOf("base: &b {a: 1, b: 2}\nuse: {<<: *b, b: 3}\nlist: [*b]\n"),
            Json::parse(R"({"base":{"a":1,"b":2},"use":{"b":3,"a":1},"list":[{"a":1,"b":2}]})"));
}

TEST(ParseText, RefusesAliasesThatGrowWithoutBound) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int level = 1; level < 10; ++level) {
    const std::string before = "*a" + std::to_string(level - 1);
    bomb += "a" + std::to_string(level) + ": &a" + std::to_string(level) + " [";
    for (int item = 0; item < 10; ++item) bomb += (item ? ", " : "") + before + " ";
    bomb += "]\n";
  }
  const auto parsed = ParseText(bomb, "a.yaml");
  EXPECT_THAT(parsed.documents, IsEmpty());
  ASSERT_THAT(parsed.faults, SizeIs(1));
  EXPECT_THAT(parsed.faults[0].message, HasSubstr("aliases"));
}

TEST(ParseText, RefusesNamesThatAreNoTexts) {
  EXPECT_THAT(ParseText("? [a, b]\n: 1\n", "a.yaml").faults, SizeIs(1));
  EXPECT_THAT(ParseText("? {a: b}\n: {c: d}\nz: 1\n", "a.yaml").faults, SizeIs(1));
}

TEST(Resources, AreSortedByKindAndOthersPassedOver) {
  const auto resources = ResourcesOf(std::string(kOrders) + R"(---
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {tier: shop}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: other}
---
apiVersion: freehold.dev/v1alpha1
kind: DataPolicy
metadata: {name: all}
spec: {}
)");
  ASSERT_THAT(resources.databases, SizeIs(1));
  EXPECT_EQ(resources.databases[0].object->meta.full_name(), (kube::Name{"default", "orders"}));
  EXPECT_THAT(resources.policies, SizeIs(1));
  EXPECT_EQ(resources.unknown, 1);
  EXPECT_TRUE(resources.config_maps.contains({"default", "other"}));
  EXPECT_EQ(resources.LabelsOf("shop"), (Labels{{"tier", "shop"}, {"kubernetes.io/metadata.name", "shop"}}));
  EXPECT_EQ(resources.LabelsOf("else"), (Labels{{"kubernetes.io/metadata.name", "else"}}));
}

TEST(Resources, UnrollLists) {
  const auto resources = ResourcesOf(R"(apiVersion: v1
kind: List
items:
  - {apiVersion: v1, kind: Namespace, metadata: {name: shop}}
  - apiVersion: freehold.dev/v1alpha1
    kind: ServiceDatabase
    metadata: {name: orders, namespace: shop}
    spec:
      isolation: Schema
)");
  ASSERT_THAT(resources.databases, SizeIs(1));
  EXPECT_EQ(resources.databases[0].origin.PositionOf("spec.isolation"), (Position{9, 7}));
  EXPECT_EQ(resources.databases[0].origin.PositionOf("nothing"), (Position{5, 5}));
}

TEST(Resources, TellWhatIsNoObjectOfKubernetes) {
  EXPECT_THAT(ResourcesOf("just a text\n").faults, SizeIs(1));
  EXPECT_THAT(ResourcesOf("a: 1\n").faults, SizeIs(1));
  EXPECT_THAT(ResourcesOf("{apiVersion: freehold.dev/v1alpha1, kind: ServiceDatabse}").faults,
              ElementsAre(TextFault{"test.yaml", {1, 37}, "there is no kind ServiceDatabse in freehold.dev/v1alpha1"}));
  EXPECT_THAT(ResourcesOf("{apiVersion: freehold.dev/v2, kind: ServiceDatabase, metadata: {name: a}, spec: {}}")
                  .databases[0]
                  .faults,
              SizeIs(1));
}

class Load : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = testing::TempDir() + "/load-" + testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::create_directories(directory_ + "/below/.hidden");
    Write("b.yaml", "b");
    Write("a.yml", "a");
    Write("below/c.json", "c");
    Write("notes.txt", "d");
    Write(".draft.yaml", "e");
    Write("below/.hidden/f.yaml", "f");
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  static std::string Object(const std::string& name) {
    return "{apiVersion: freehold.dev/v1alpha1, kind: ServiceDatabase, metadata: {name: " + name + "}, spec: {}}\n";
  }
  void Write(const std::string& file, const std::string& name) {
    std::ofstream(directory_ + "/" + file) << Object(name);
  }
  static std::vector<std::string> Names(const Resources& resources) {
    std::vector<std::string> names;
    for (const auto& resource : resources.databases) names.push_back(resource.object->meta.name);
    return names;
  }

  std::string directory_;
  std::istringstream nothing_;
};

TEST_F(Load, ReadsADirectoryWithAllBelowItByName) {
  const auto resources = documents::Load({directory_}, nothing_);
  ASSERT_TRUE(resources);
  EXPECT_THAT(Names(*resources), ElementsAre("a", "b", "c"));
}

TEST_F(Load, ReadsFilesInTheOrderGivenAndStandardInput) {
  std::istringstream in(Object("stdin"));
  const auto resources = documents::Load({directory_ + "/b.yaml", "-", directory_ + "/notes.txt"}, in);
  ASSERT_TRUE(resources);
  EXPECT_THAT(Names(*resources), ElementsAre("b", "stdin", "d"));
  EXPECT_EQ(resources->databases[1].origin.file, "-");
}

TEST_F(Load, TellsAFileThatIsNotThere) {
  const auto resources = documents::Load({directory_ + "/missing.yaml"}, nothing_);
  ASSERT_FALSE(resources);
  EXPECT_EQ(resources.error().reason, "FileUnreadable");
  EXPECT_THAT(resources.error().message, HasSubstr("missing.yaml"));
}

}  // namespace
}  // namespace freehold::documents

// Every file of examples/ on a real API server: all of an example's objects are created, strictly.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <iostream>

#include "reconcilers/documents/resources.h"
#include "tests/cluster/api_fixture.h"

namespace freehold::api {
namespace {

class Examples : public ApiTest, public testing::WithParamInterface<std::string> {
 protected:
  /// In this test's own namespace, so that examples don't meet.
  template <class Kind>
  void ExpectAccepted(const documents::Resource<Kind>& resource) {
    SCOPED_TRACE(resource.origin.file);
    Json object = ToJson(*resource.object);
    if (TypeOf(object).namespaced) {
      object["metadata"]["namespace"] = ns;
    } else {
      object["metadata"]["name"] = ns + "-" + resource.object->meta.name;
    }
    const auto made = Create(object);
    ASSERT_TRUE(made) << made.error().message;
    if (!TypeOf(object).namespaced) {
      EXPECT_TRUE(client->Delete(TypeOf(object), {"", object["metadata"]["name"]}, {}));
    }
  }
};

TEST_P(Examples, AreAccepted) {
  const auto resources = documents::Load({"examples/" + GetParam()}, std::cin);
  ASSERT_TRUE(resources) << resources.error().message;
  ASSERT_FALSE(resources->databases.empty());
  EXPECT_FALSE(resources->namespaces.empty()) << "an example brings its namespace";
  for (const auto& resource : resources->databases) ExpectAccepted(resource);
  for (const auto& resource : resources->servers) ExpectAccepted(resource);
  for (const auto& resource : resources->policies) ExpectAccepted(resource);
  for (const auto& resource : resources->warehouses) ExpectAccepted(resource);
}

std::vector<std::string> ExampleNames() {
  std::vector<std::string> names;
  std::error_code missing;  // then there is no test to run, which GoogleTest takes for a failure
  for (const auto& entry : std::filesystem::directory_iterator("examples", missing)) {
    if (entry.is_directory()) names.push_back(entry.path().filename());
  }
  std::ranges::sort(names);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Api, Examples, testing::ValuesIn(ExampleNames()), [](const auto& info) {
  std::string name = info.param;
  std::erase(name, '-');
  return name;
});

}  // namespace
}  // namespace freehold::api

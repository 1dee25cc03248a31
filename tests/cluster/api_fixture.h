// A real API server that knows our kinds.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>

#include "reconcilers/api/kinds.h"
#include "tests/cluster/kube_fixture.h"

namespace freehold::api {

class ApiTest : public kube::ApiServerTest {
 protected:
  void SetUp() override {
    ApiServerTest::SetUp();
    if (HasFatalFailure()) return;
    for (const KindInfo& kind : Kinds()) InstallCrd(kind.crd);
  }

  /// `yaml` as an object of the API, in this test's namespace when its kind has one.
  Json Completed(Json object) const {
    object["apiVersion"] = "freehold.dev/v1alpha1";
    if (TypeOf(object).namespaced) object["metadata"]["namespace"] = ns;
    return object;
  }

  static const kube::ResourceType& TypeOf(const Json& object) {
    for (const KindInfo& kind : Kinds()) {
      if (kind.type.kind == object.at("kind")) return kind.type;
    }
    throw std::invalid_argument("not one of our kinds: " + object.dump());
  }

  base::Result<Json> Create(const Json& object) {
    const kube::ResourceType& type = TypeOf(object);
    return client->Create(type, type.namespaced ? ns : "", object);
  }

  base::Result<Json> Replace(Json object, const Json& spec) {
    object["spec"] = spec;
    return client->Replace(TypeOf(object), {object["metadata"].value("namespace", ""), object["metadata"]["name"]},
                           object);
  }

 private:
  void InstallCrd(const Json& crd) {
    static const kube::ResourceType kCrds{"apiextensions.k8s.io", "v1", "customresourcedefinitions",
                                          "CustomResourceDefinition", false};
    const kube::Name name{"", crd["metadata"]["name"]};
    const auto applied = client->Apply(kCrds, name, crd, "freehold-test", {});
    ASSERT_TRUE(applied) << applied.error().message;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!IsServed(*client->Get(kCrds, name))) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << name.name << " is not served";
      std::this_thread::yield();
    }
  }

  bool IsServed(const Json& crd) {
    const Json conditions = crd["status"].value("conditions", Json::array());
    const bool established = std::ranges::any_of(conditions, [](const Json& condition) {
      return condition["type"] == "Established" && condition["status"] == "True";
    });
    if (!established) return false;
    const Json& names = crd["spec"]["names"];
    const kube::ResourceType type{crd["spec"]["group"], "v1alpha1", names["plural"], names["kind"], false};
    return client->List(type, {}, [](const Json&) {}).has_value();
  }
};

}  // namespace freehold::api

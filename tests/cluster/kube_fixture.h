// A real API server for the tests of operator/kube, and a namespace of the test's own in it.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <string>

#include "operator/base/clock.h"
#include "operator/http/cpprest_transport.h"
#include "operator/kube/config.h"
#include "operator/kube/rest_client.h"

namespace freehold::kube {

inline const ResourceType kConfigMaps{"", "v1", "configmaps", "ConfigMap", true};
inline const ResourceType kNamespaces{"", "v1", "namespaces", "Namespace", false};

class ApiServerTest : public testing::Test {
 protected:
  void SetUp() override {
    const char* kubeconfig = std::getenv("FREEHOLD_TEST_KUBECONFIG");
    ASSERT_NE(kubeconfig, nullptr)
        << "set FREEHOLD_TEST_KUBECONFIG to the kubeconfig of a cluster's admin, or run this "
           "by dev/with-servers";
    auto loaded = LoadClusterAccess({.kubeconfig = kubeconfig}, Surroundings::OfThisProcess(), base::SystemClock());
    ASSERT_TRUE(loaded) << loaded.error().message;
    access = *loaded;
    client = NewClient();
    static std::atomic<int> count{0};
    ns = "kube-test-" + std::to_string(::getpid()) + "-" + std::to_string(count++);
    const auto made = client->Create(kNamespaces, "", {{"metadata", {{"name", ns}}}});
    ASSERT_TRUE(made) << made.error().message;
  }

  void TearDown() override {
    if (!client || ns.empty()) return;
    EXPECT_TRUE(client->Delete(kNamespaces, {"", ns}, {}));
  }

  std::shared_ptr<http::Transport> NewTransport() const {
    auto transport = http::MakeTransport(access.endpoint);
    EXPECT_TRUE(transport);
    return *transport;
  }

  std::unique_ptr<RestClient> NewClient(RestSettings settings = {}) const {
    return std::make_unique<RestClient>(NewTransport(), NewTransport(), std::move(settings));
  }

  Json ConfigMap(const std::string& name, const std::string& value) const {
    return {{"apiVersion", "v1"},
            {"kind", "ConfigMap"},
            {"metadata", {{"name", name}, {"namespace", ns}, {"labels", {{"test", "yes"}}}}},
            {"data", {{"value", value}}}};
  }

  ClusterAccess access;
  std::unique_ptr<RestClient> client;
  std::string ns;
};

}  // namespace freehold::kube

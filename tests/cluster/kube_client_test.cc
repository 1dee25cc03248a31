// The client against a real API server.
#include <gmock/gmock.h>

#include <set>

#include "tests/cluster/kube_fixture.h"

namespace freehold::kube {
namespace {

using base::FailureClass;

class KubeClient : public ApiServerTest {};

TEST_F(KubeClient, AppliesGetsAndDeletes) {
  const Name name{ns, "a"};
  const auto applied = client->Apply(kConfigMaps, name, ConfigMap("a", "1"), "kube-test", {});
  ASSERT_TRUE(applied) << applied.error().message;
  const auto got = client->Get(kConfigMaps, name);
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->at("data").at("value"), "1");
  EXPECT_FALSE(got->at("metadata").contains("managedFields"));

  EXPECT_TRUE(client->Delete(kConfigMaps, name, ParseMeta(*got)->uid));
  EXPECT_EQ(client->Get(kConfigMaps, name).error().reason, "NotFound");
  EXPECT_TRUE(client->Delete(kConfigMaps, name, {})) << "an object that is gone already is success";
}

TEST_F(KubeClient, DeletesOnlyTheObjectOfTheUidItNames) {
  ASSERT_TRUE(client->Create(kConfigMaps, ns, ConfigMap("a", "1")));
  const auto refused = client->Delete(kConfigMaps, {ns, "a"}, "00000000-0000-0000-0000-000000000000");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "Conflict");
  EXPECT_TRUE(client->Get(kConfigMaps, {ns, "a"}));
}

TEST_F(KubeClient, ListsEveryPage) {
  std::set<std::string> made;
  for (int i = 0; i < 12; ++i) {
    made.insert("cm-" + std::to_string(i));
    ASSERT_TRUE(client->Create(kConfigMaps, ns, ConfigMap("cm-" + std::to_string(i), "x")));
  }
  std::set<std::string> seen;
  const auto version =
      client->List(kConfigMaps, {.ns = ns, .label_selector = "test=yes", .limit = 5}, [&](const Json& item) {
        EXPECT_EQ(item.at("kind"), "ConfigMap");
        EXPECT_FALSE(item.at("metadata").contains("managedFields"));
        EXPECT_TRUE(seen.insert(ParseMeta(item)->name).second);
      });
  ASSERT_TRUE(version) << version.error().message;
  EXPECT_FALSE(version->empty());
  EXPECT_EQ(seen, made);
}

TEST_F(KubeClient, TellsAnExistingObjectFromAStaleOne) {
  const auto first = client->Create(kConfigMaps, ns, ConfigMap("a", "1"));
  ASSERT_TRUE(first);
  const auto again = client->Create(kConfigMaps, ns, ConfigMap("a", "1"));
  EXPECT_EQ(again.error().reason, "AlreadyExists");
  EXPECT_EQ(again.error().http_status, 409);

  Json changed = *first;
  changed["data"]["value"] = "2";
  ASSERT_TRUE(client->Replace(kConfigMaps, {ns, "a"}, changed));
  changed["data"]["value"] = "3";
  const auto stale = client->Replace(kConfigMaps, {ns, "a"}, changed);
  EXPECT_EQ(stale.error().reason, "Conflict");
  EXPECT_EQ(stale.error().kind, FailureClass::kTerminal);
}

TEST_F(KubeClient, RefusesUnknownFieldsInTheServersWords) {
  Json object = ConfigMap("a", "1");
  object["dta"] = Json::object();
  const auto refused = client->Create(kConfigMaps, ns, object);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "Invalid");
  EXPECT_THAT(refused.error().message, testing::HasSubstr("unknown field \"dta\""));
}

TEST_F(KubeClient, PatchesOnlyWhenTheTestHolds) {
  ASSERT_TRUE(client->Create(kConfigMaps, ns, ConfigMap("a", "1")));
  const auto patch = [](const char* expected, const char* wanted) {
    return Json::array({{{"op", "test"}, {"path", "/data/value"}, {"value", expected}},
                        {{"op", "replace"}, {"path", "/data/value"}, {"value", wanted}}});
  };
  EXPECT_TRUE(client->JsonPatch(kConfigMaps, {ns, "a"}, patch("1", "2"), {}));
  const auto refused = client->JsonPatch(kConfigMaps, {ns, "a"}, patch("1", "3"), {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "Invalid");
  EXPECT_EQ(client->Get(kConfigMaps, {ns, "a"})->at("data").at("value"), "2");
}

TEST_F(KubeClient, ServerSideApplyTakesOverWhatAnotherManagerOwns) {
  ASSERT_TRUE(client->Apply(kConfigMaps, {ns, "a"}, ConfigMap("a", "1"), "one", {}));
  const auto taken = client->Apply(kConfigMaps, {ns, "a"}, ConfigMap("a", "2"), "two", {});
  ASSERT_TRUE(taken) << taken.error().message;
  EXPECT_EQ(taken->at("data").at("value"), "2");
}

TEST_F(KubeClient, AppliesTheStatusSubresource) {
  const Json status{{"apiVersion", "v1"},
                    {"kind", "Namespace"},
                    {"metadata", {{"name", ns}}},
                    {"status", {{"conditions", Json::array({{{"type", "Seen"}, {"status", "True"}}})}}}};
  const auto applied = client->Apply(kNamespaces, {"", ns}, status, "kube-test-status", "status");
  ASSERT_TRUE(applied) << applied.error().message;
  EXPECT_EQ(applied->at("status").at("conditions").at(0).at("type"), "Seen");
}

TEST_F(KubeClient, CountsEachRequestByCodeMethodAndHost) {
  std::vector<std::string> counted;
  const auto counting = NewClient(
      {.host = "api", .count = [&](const std::string& code, const std::string& method, const std::string& host) {
         counted.push_back(code + " " + method + " " + host);
       }});
  (void)counting->Get(kConfigMaps, {ns, "absent"});
  (void)counting->Create(kConfigMaps, ns, ConfigMap("a", "1"));
  EXPECT_THAT(counted, testing::ElementsAre("404 GET api", "201 POST api"));
}

TEST_F(KubeClient, IsRefusedWithoutCredentials) {
  access.endpoint.credentials = nullptr;
  class Anonymous final : public http::CredentialSource {
   public:
    explicit Anonymous(http::Credentials credentials)
        : credentials_(std::make_shared<const http::Credentials>(std::move(credentials))) {}
    base::Result<std::shared_ptr<const http::Credentials>> Current() override { return credentials_; }
    void Refused() override { ++refused; }
    int refused = 0;

   private:
    std::shared_ptr<const http::Credentials> credentials_;
  };
  auto loaded = LoadClusterAccess({.kubeconfig = std::getenv("FREEHOLD_TEST_KUBECONFIG")},
                                  Surroundings::OfThisProcess(), base::SystemClock());
  http::Credentials known = **loaded->endpoint.credentials->Current();
  known.authorization = base::Sensitive("Bearer wrong");
  known.tls.client_certificate.clear();
  known.tls.client_key = {};
  const auto source = std::make_shared<Anonymous>(known);
  access.endpoint.credentials = source;
  const auto refused = NewClient()->Get(kConfigMaps, {ns, "a"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "Unauthorized");
  EXPECT_EQ(refused.error().kind, FailureClass::kRetryable);
  EXPECT_EQ(source->refused, 1);
}

TEST_F(KubeClient, TrustsOnlyTheConfiguredAuthority) {
  class SystemTrust final : public http::CredentialSource {
   public:
    base::Result<std::shared_ptr<const http::Credentials>> Current() override {
      return std::make_shared<const http::Credentials>();
    }
    void Refused() override {}
  };
  access.endpoint.credentials = std::make_shared<SystemTrust>();
  const auto refused = NewClient()->Get(kConfigMaps, {ns, "a"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "ApiUnreachable");
  EXPECT_EQ(refused.error().kind, FailureClass::kRetryable);
  EXPECT_THAT(refused.error().message, testing::HasSubstr("certificate is not accepted"));
}

}  // namespace
}  // namespace freehold::kube

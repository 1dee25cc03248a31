// The Secrets by which a server is reached: what is wrong with them is told with its place and what to do.
#include <gmock/gmock.h>

#include "operator/base/base64.h"
#include "reconcilers/servers/access.h"

namespace freehold::servers {
namespace {

using base::Json;
using testing::HasSubstr;

/// Secrets by name, all in one namespace.
class Secrets final : public kube::Reader {
 public:
  std::map<std::string, Json> of_namespace;
  std::map<std::string, int> read;
  base::Result<Json> Get(const kube::ResourceType&, const kube::Name& name) override {
    ++read[name.name];
    const auto found = of_namespace.find(name.name);
    if (name.ns == "home" && found != of_namespace.end()) return Json{{"data", found->second}};
    base::Failure missing = base::Terminal("NotFound", "no").error();
    missing.http_status = 404;
    return std::unexpected(missing);
  }
  base::Result<std::string> List(const kube::ResourceType&, const kube::ListOptions&,
                                 const std::function<void(const Json&)>&) override {
    return "1";
  }
};

class Access : public testing::Test {
 protected:
  Access() {
    server.meta.name = "main";
    server.spec.host = "h";
    server.spec.admin_secret = "admin";
    server.spec.tls.ca_secret = api::SecretKey{"ca", "ca.crt"};
    Put("admin", {{"username", "freehold"}, {"password", "canary-of-the-admin"}});
    Put("ca", {{"ca.crt", "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n"}});
  }
  void Put(const std::string& name, const std::map<std::string, std::string>& entries) {
    Json data = Json::object();
    for (const auto& [key, value] : entries) data[key] = base::EncodeBase64(value);
    secrets.of_namespace[name] = data;
  }
  void ExpectRefused(const std::string& what, const std::string& remedy) {
    const auto access = AccessOf(server, secrets, "home");
    ASSERT_FALSE(access);
    EXPECT_EQ(access.error().kind, base::FailureClass::kRetryable);
    EXPECT_EQ(access.error().reason, "AdminSecretMissing");
    EXPECT_THAT(access.error().message, HasSubstr(what));
    EXPECT_THAT(access.error().message, HasSubstr(remedy));
    EXPECT_THAT(access.error().message, testing::Not(HasSubstr("canary")));
  }

  api::DatabaseServer server;
  Secrets secrets;
};

TEST_F(Access, IsHadFromTheOperatorsNamespace) {
  const auto access = AccessOf(server, secrets, "home");
  ASSERT_TRUE(access) << access.error().message;
  EXPECT_EQ(access->username, "freehold");
  EXPECT_FALSE(AccessOf(server, secrets, "elsewhere"));
}

TEST_F(Access, HasUsernameAndPasswordOfOneVersionOfTheirSecret) {
  ASSERT_TRUE(AccessOf(server, secrets, "home"));
  EXPECT_EQ(secrets.read["admin"], 1) << "it may be another one the second time";
}

TEST_F(Access, IsRefusedWithoutASecretOrWithoutItsKeys) {
  Put("admin", {{"username", "freehold"}});
  ExpectRefused("Secret home/admin has no key password", "password");
  secrets.of_namespace["admin"] = {{"username", "***"}, {"password", "***"}};
  ExpectRefused("key username is not base64", "username");
  secrets.of_namespace.erase("admin");
  ExpectRefused("Secret home/admin does not exist", "create it");
}

TEST_F(Access, TrustsNobodyForAnAuthorityThatIsNone) {
  for (const auto* text : {"", "not a certificate", "-----BEGIN PRIVATE KEY-----\n"}) {
    Put("ca", {{"ca.crt", text}});
    ExpectRefused("Secret home/ca: key ca.crt (spec.tls.caSecret) holds no certificate", "in PEM form");
  }
}

TEST_F(Access, HoldsNoTextThatAConnectionCannotTakeWhole) {
  Put("admin", {{"username", "freehold"}, {"password", std::string("canary\0of-the-admin", 19)}});
  ExpectRefused("key password", "holds a zero byte");
}

}  // namespace
}  // namespace freehold::servers

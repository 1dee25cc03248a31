// What is kept of a webhook's certificates, and where the API server is told to call.
#include <gmock/gmock.h>

#include "operator/base/base64.h"
#include "operator/webhook/keyring.h"
#include "operator/webhook/target.h"

namespace freehold::webhook {
namespace {

using base::Json;
using std::chrono::days;
using testing::ElementsAre;
using testing::HasSubstr;

const base::Timestamp kDayOne = *base::ParseTime("2027-01-01T00:00:00Z");
const std::vector<std::string> kNames{"freehold-webhook.freehold-system.svc"};
const kube::Name kSecret{"freehold-system", "freehold-webhook"};
const Schedule kSchedule{.lifetime = days(90)};

TEST(Keyring, ComesBackFromItsSecretAsItWas) {
  const Keyring first = IssuedAnew({}, kNames, kSchedule, kDayOne);
  const Keyring keyring = WithNext(first, kNames, kSchedule, kDayOne + days(60));
  Json secret = SecretOf(keyring, kSecret);
  secret["metadata"]["resourceVersion"] = "7";
  const auto read = ReadKeyring(secret);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->current, keyring.current);
  EXPECT_EQ(read->next, keyring.next);
  EXPECT_EQ(read->authorities, keyring.authorities);
  EXPECT_EQ(read->resource_version, "7");
  EXPECT_EQ(secret["type"], "kubernetes.io/tls");
}

TEST(Keyring, IsEmptyWhenTheSecretIs) {
  const auto read = ReadKeyring({{"metadata", {{"name", "freehold-webhook"}, {"resourceVersion", "1"}}}});
  ASSERT_TRUE(read);
  EXPECT_FALSE(HeldOf(read->current, read->authorities));
  EXPECT_FALSE(read->next);
}

TEST(Keyring, IsOfNoUseWhenTheKeyOrTheAuthorityIsAnothers) {
  Keyring keyring = IssuedAnew({}, kNames, kSchedule, kDayOne);
  ASSERT_TRUE(HeldOf(keyring.current, keyring.authorities));
  EXPECT_EQ(HeldOf(keyring.current, keyring.authorities)->issued, kDayOne);
  EXPECT_EQ(HeldOf(keyring.current, keyring.authorities)->ends, kDayOne + days(90));
  EXPECT_EQ(HeldOf(keyring.current, keyring.authorities)->names, kNames);
  const Keyring other = IssuedAnew({}, kNames, kSchedule, kDayOne);
  EXPECT_FALSE(HeldOf(keyring.current, other.authorities)) << "nobody vouches for it";
  EXPECT_TRUE(HeldOf(keyring.current, other.authorities + keyring.authorities));
  keyring.current.key = other.current.key;
  EXPECT_FALSE(HeldOf(keyring.current, keyring.authorities));
}

TEST(Keyring, KeepsTheOldAuthorityUntilItHasEnded) {
  const Keyring first = IssuedAnew({}, kNames, kSchedule, kDayOne);
  const Keyring second = WithNext(first, kNames, kSchedule, kDayOne + days(60));
  EXPECT_EQ(second.current, first.current);
  EXPECT_THAT(serve::CertificatesOf(second.authorities), testing::SizeIs(2));
  EXPECT_THAT(second.authorities, HasSubstr(first.authorities));

  const Keyring served = Promoted(second);
  EXPECT_EQ(served.current, *second.next);
  EXPECT_FALSE(served.next);
  EXPECT_EQ(served.authorities, second.authorities);

  const Keyring third = WithNext(served, kNames, kSchedule, kDayOne + days(120));
  EXPECT_THAT(serve::CertificatesOf(third.authorities), testing::SizeIs(2));
  EXPECT_THAT(third.authorities, testing::Not(HasSubstr(first.authorities)));
}

TEST(Keyring, TrustsNothingOldWhenAllIsMadeAnew) {
  const Keyring first = IssuedAnew({}, kNames, kSchedule, kDayOne);
  const Keyring anew = IssuedAnew(first, kNames, kSchedule, kDayOne + days(1));
  EXPECT_THAT(serve::CertificatesOf(anew.authorities), testing::SizeIs(1));
  EXPECT_NE(anew.authorities, first.authorities);
}

TEST(Keyring, IsWrittenOnlyOverWhatWasRead) {
  Keyring keyring = IssuedAnew({}, kNames, kSchedule, kDayOne);
  keyring.resource_version = "7";
  const Json patch = PatchTo(keyring);
  EXPECT_EQ(patch[0], Json({{"op", "test"}, {"path", "/metadata/resourceVersion"}, {"value", "7"}}));
  EXPECT_EQ(patch[1]["path"], "/data");
  EXPECT_FALSE(patch[1]["value"].contains("next.crt"));
}

Json Configuration(const Json& clients) {
  Json webhooks = Json::array();
  for (const Json& client : clients) webhooks.push_back({{"name", "review.freehold.dev"}, {"clientConfig", client}});
  return {{"metadata", {{"name", "freehold-webhook"}, {"resourceVersion", "7"}}}, {"webhooks", webhooks}};
}

TEST(Target, TellsByWhichNamesItIsCalled) {
  const Json service = {{"service", {{"name", "freehold-webhook"}, {"namespace", "freehold-system"}}}};
  const auto names = [](const Json& clients) { return ReadTarget(Configuration(clients)).value().names; };
  EXPECT_EQ(names(Json::array({service})), kNames);
  EXPECT_THAT(names(Json::array({{{"url", "https://127.0.0.1:9443/review"}}})), ElementsAre("127.0.0.1"));
  EXPECT_THAT(names(Json::array({{{"url", "https://[::1]:9443/review"}}})), ElementsAre("::1"));
  EXPECT_THAT(names(Json::array({{{"url", "https://hooks.example/review"}}})), ElementsAre("hooks.example"));
  EXPECT_THAT(names(Json::array({service, service, {{"url", "https://a.example"}}})),
              ElementsAre("a.example", kNames.front()));
}

TEST(Target, IsRefusedWhenItSaysNowhere) {
  EXPECT_EQ(ReadTarget(Configuration(Json::array())).error().reason, "InvalidObject");
  EXPECT_EQ(ReadTarget(Configuration(Json::array({Json::object()}))).error().reason, "InvalidObject");
}

TEST(Target, IsToldWhomToTrustInEveryWebhook) {
  const Json client = {{"url", "https://127.0.0.1/review"}, {"caBundle", base::EncodeBase64("old")}};
  const auto target = ReadTarget(Configuration(Json::array({client, {{"url", "https://127.0.0.1/other"}}})));
  ASSERT_TRUE(target);
  EXPECT_THAT(target->bundles, ElementsAre("old", ""));
  EXPECT_EQ(TrustPatch(*target, "new"),
            Json::array({{{"op", "test"}, {"path", "/metadata/resourceVersion"}, {"value", "7"}},
                         {{"op", "add"}, {"path", "/webhooks/0/clientConfig/caBundle"}, {"value", "bmV3"}},
                         {{"op", "add"}, {"path", "/webhooks/1/clientConfig/caBundle"}, {"value", "bmV3"}}}));
}

}  // namespace
}  // namespace freehold::webhook

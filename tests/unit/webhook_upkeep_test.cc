// A webhook's certificate over the years: at no moment is something served that the API server doesn't trust.
#include <gmock/gmock.h>

#include "operator/base/base64.h"
#include "operator/webhook/upkeep.h"
#include "tests/unit/manual_clock.h"

namespace freehold::webhook {
namespace {

using base::Json;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const kube::Name kSecret{"freehold-system", "freehold-webhook"};
const Schedule kSchedule{.lifetime = days(90)};

/// One Secret and one configuration, as an API server keeps them: patches with a test that fails change nothing.
class SmallApi final : public kube::Client {
 public:
  base::Result<Json> Get(const kube::ResourceType& type, const kube::Name&) override {
    const Json& object = type.kind == "Secret" ? secret : configuration;
    if (object.is_null()) return std::unexpected(Refusal("NotFound", 404));
    return object;
  }
  base::Result<Json> Create(const kube::ResourceType&, const std::string&, const Json& object) override {
    if (!secret.is_null()) return std::unexpected(Refusal("AlreadyExists", 409));
    secret = object;
    return Written(secret, "create");
  }
  base::Result<Json> JsonPatch(const kube::ResourceType& type, const kube::Name&, const Json& patch,
                               std::string_view) override {
    if (fault) return std::unexpected(*fault);
    Json& object = type.kind == "Secret" ? secret : configuration;
    if (interfere) Touch(object);
    try {
      object = object.patch(patch);
    } catch (const Json::exception&) {
      return std::unexpected(Refusal("Invalid", 422));
    }
    return Written(object, "patch");
  }
  base::Result<Json> Apply(const kube::ResourceType&, const kube::Name&, const Json&, std::string_view,
                           std::string_view) override {
    return base::Terminal("Unexpected", "apply");
  }
  base::Result<Json> Replace(const kube::ResourceType&, const kube::Name&, const Json&) override {
    return base::Terminal("Unexpected", "replace");
  }
  base::Result<void> Delete(const kube::ResourceType&, const kube::Name&, const std::string&) override {
    return base::Terminal("Unexpected", "delete");
  }
  base::Result<std::string> List(const kube::ResourceType&, const kube::ListOptions&,
                                 const std::function<void(const Json&)>&) override {
    return base::Terminal("Unexpected", "list");
  }

  Json secret;
  Json configuration = {
      {"metadata", {{"name", "freehold-webhook"}, {"resourceVersion", "1"}}},
      {"webhooks",
       Json::array({{{"name", "review.freehold.dev"}, {"clientConfig", {{"url", "https://10.0.0.7/review"}}}}})}};
  std::vector<std::string> written;
  bool interfere = false;  ///< somebody else writes just before
  std::optional<base::Failure> fault;

 private:
  static base::Failure Refusal(const char* reason, int status) {
    return {base::FailureClass::kTerminal, reason, reason, {}, status};
  }
  void Touch(Json& object) { object["metadata"]["resourceVersion"] = std::to_string(++version_); }
  base::Result<Json> Written(Json& object, const std::string& verb) {
    Touch(object);
    written.push_back(verb + (object.contains("data") ? " secret" : " configuration"));
    return object;
  }
  int version_ = 1;
};

class UpkeepTest : public testing::Test {
 protected:
  std::vector<std::string> Pass() {
    outcome = upkeep.Reconcile();
    return std::exchange(api.written, {});
  }
  Keyring Held() { return ReadKeyring(api.secret).value(); }
  std::string Bundle() { return ReadTarget(api.configuration).value().bundles.front(); }
  /// Would the API server accept it now?
  bool IsTrusted(const serve::Identity& identity) {
    const auto held = HeldOf(identity, Bundle());
    return held && clock.Now() < held->ends;
  }

  ManualClock clock;
  SmallApi api;
  bool leading = true;
  runtime::Gate gate{[this] { return leading; }, clock};
  Upkeep upkeep{{api, api, gate, clock}, kSecret, "freehold-webhook", kSchedule};
  runtime::Outcome outcome;
};

TEST_F(UpkeepTest, MakesACertificateAndHasItTrusted) {
  EXPECT_THAT(Pass(), ElementsAre("create secret", "patch configuration"));
  EXPECT_TRUE(IsTrusted(Held().current));
  EXPECT_EQ(HeldOf(Held().current, Bundle())->names, std::vector<std::string>{"10.0.0.7"});
  EXPECT_TRUE(std::holds_alternative<runtime::Again>(outcome));
  EXPECT_THAT(Pass(), IsEmpty());
}

TEST_F(UpkeepTest, ServesNothingUntrustedInAYear) {
  Pass();
  // A replica that has read the Secret just before it changed serves what it had for one period more.
  serve::Identity late = Held().current;
  int renewed = 0;
  for (auto passed = days(0); passed < days(365); passed += days(5)) {
    clock.Advance(days(5) - 3 * minutes(11));
    for (int step = 0; step < 3; ++step) {
      const serve::Identity before = Held().current;
      Pass();
      renewed += Held().current != before;
      ASSERT_TRUE(IsTrusted(Held().current)) << passed;
      ASSERT_TRUE(IsTrusted(late)) << passed;
      late = before;
      clock.Advance(minutes(11));
    }
    ASSERT_LE(serve::CertificatesOf(Bundle()).size(), 3u);
  }
  EXPECT_EQ(renewed, 6) << "every sixty days";
}

TEST_F(UpkeepTest, GoesOnWhereALeaderDied) {
  Pass();
  const auto first = Held().current;
  clock.Advance(days(60));
  api.fault = base::Failure{base::FailureClass::kRetryable, "ApiUnreachable", "", {}, 0};
  EXPECT_THAT(Pass(), IsEmpty());
  EXPECT_TRUE(std::holds_alternative<runtime::Failed>(outcome));
  api.fault.reset();
  EXPECT_THAT(Pass(), ElementsAre("patch secret", "patch configuration"));
  EXPECT_EQ(Held().current, first) << "the next one waits until it is trusted everywhere";
  Upkeep successor({api, api, gate, clock}, kSecret, "freehold-webhook", kSchedule);
  clock.Advance(minutes(10));
  successor.Reconcile();
  EXPECT_THAT(api.written, ElementsAre("patch secret"));
  EXPECT_NE(Held().current, first);
}

TEST_F(UpkeepTest, OverwritesNobody) {
  Pass();
  const auto before = Held().current;
  api.configuration["webhooks"][0]["clientConfig"]["caBundle"] = base::EncodeBase64("another's");
  api.interfere = true;
  EXPECT_THAT(Pass(), IsEmpty());
  EXPECT_EQ(Bundle(), "another's");
  api.interfere = false;
  EXPECT_THAT(Pass(), ElementsAre("patch configuration"));
  EXPECT_TRUE(IsTrusted(before));
}

TEST_F(UpkeepTest, WritesNothingOnceTheLeaseIsLost) {
  leading = false;
  EXPECT_THAT(Pass(), IsEmpty());
  EXPECT_EQ(std::get<runtime::Failed>(outcome).failure.kind, base::FailureClass::kNotLeader);
}

TEST_F(UpkeepTest, MakesNothingWhereNobodyCalls) {
  api.configuration = nullptr;
  EXPECT_THAT(Pass(), IsEmpty());
  EXPECT_TRUE(std::holds_alternative<runtime::Again>(outcome));
}

}  // namespace
}  // namespace freehold::webhook

// What the controller tells the API server, so that it refuses foreign credentials by itself. That it does refuse them
// is shown by dev/check-guards.
#include <gmock/gmock.h>

#include "operator_world.h"
#include "program.h"
#include "reconcilers/api/kinds.h"

namespace freehold::test {
namespace {

using std::chrono::seconds;
using testing::IsEmpty;
using Accounts = std::vector<std::string>;

const kube::ResourceType kSecrets{"", "v1", "secrets", "Secret", true};

std::optional<api::CredentialIndex> IndexOf(const OperatorWorld& world) {
  const auto object = Cluster::Instance().admin().Get(api::CredentialIndexType(), {world.ns, api::kIndexName});
  if (!object) return std::nullopt;
  return api::ReadCredentialIndex(*object).value();
}

/// Who may use the Secret; none when the index doesn't list it.
std::optional<Accounts> ListedFor(const OperatorWorld& world, const std::string& secret) {
  const auto index = IndexOf(world);
  if (!index || !index->spec.credentials.contains(secret)) return std::nullopt;
  return index->spec.credentials.at(secret).service_accounts;
}

bool IsLabelled(const OperatorWorld& world) {
  const auto meta = kube::ParseMeta(Cluster::Instance().admin().Get(stores::NamespaceType(), {"", world.ns}).value());
  return meta->labels.contains(api::kIndexedLabel) && meta->labels.at(api::kIndexedLabel) == api::kIndexed;
}

std::int64_t RevisionOf(const kube::ResourceType& type, const kube::Name& name) {
  return std::stoll(kube::ParseMeta(Cluster::Instance().admin().Get(type, name).value())->resource_version);
}

/// One controller for all of its tests: a second one would wait until the lease of the first has expired.
class Guards : public testing::Test {
 protected:
  static void SetUpTestSuite() { controller = std::make_unique<ControllerProgram>(); }
  static void TearDownTestSuite() { controller.reset(); }
  void SetUp() override { ASSERT_TRUE(controller->AwaitReady(seconds(30))) << controller->log(); }

  static std::unique_ptr<ControllerProgram> controller;
  OperatorWorld world;
};
std::unique_ptr<ControllerProgram> Guards::controller;

TEST_F(Guards, FollowWhatIsDeclared) {
  EXPECT_FALSE(IsLabelled(world));
  world.Apply("orders", "{}");
  ASSERT_TRUE(Await(seconds(30), [&] { return IsLabelled(world); })) << controller->log();
  EXPECT_EQ(ListedFor(world, "orders.freehold"), Accounts{world.ns + "-orders"});

  world.Apply("orders", R"({"serviceAccounts": ["worker", "api"]})");
  const Accounts named{"api", "worker"};
  EXPECT_TRUE(Await(seconds(30), [&] { return ListedFor(world, "orders.freehold") == named; })) << controller->log();

  world.Delete("orders");
  EXPECT_TRUE(Await(seconds(60), [&] { return !ListedFor(world, "orders.freehold"); })) << controller->log();
  EXPECT_TRUE(IsLabelled(world));
}

TEST_F(Guards, ListASecretOfAnotherNameBeforeItIsThere) {
  world.Apply("orders", R"({"credentials": {"secretName": "orders-login"}})");
  ASSERT_TRUE(Await(seconds(60), [&] { return StatusOf(world.Get("orders"), "Ready") == "True"; }))
      << controller->log();
  EXPECT_TRUE(Opens(world.LoginOf("orders-login")));
  EXPECT_LT(RevisionOf(api::CredentialIndexType(), {world.ns, api::kIndexName}),
            RevisionOf(kSecrets, {world.ns, "orders-login"}));
}

TEST_F(Guards, PutBackAnIndexAndALabelThatSomebodyRemoved) {
  world.Apply("orders", "{}");
  ASSERT_TRUE(Await(seconds(30), [&] { return IsLabelled(world); })) << controller->log();
  auto& admin = Cluster::Instance().admin();
  const auto unlabel = base::Json::array({{{"op", "remove"}, {"path", "/metadata/labels/freehold.dev~1credentials"}}});
  ASSERT_TRUE(admin.JsonPatch(stores::NamespaceType(), {"", world.ns}, unlabel, ""));
  ASSERT_TRUE(admin.Delete(api::CredentialIndexType(), {world.ns, api::kIndexName}, ""));
  EXPECT_TRUE(Await(seconds(30), [&] { return ListedFor(world, "orders.freehold") && IsLabelled(world); }))
      << controller->log();
}

TEST(AStoreWithASecretOfAnotherName, WaitsForTheIndexAndSaysSo) {
  OperatorWorld world;
  world.Apply("orders", R"({"credentials": {"secretName": "orders-login"}})");
  auto life = world.Start();
  life->LetGuardsWork(false);
  life->Settle();
  EXPECT_EQ(ReasonOf(world.Get("orders"), "Ready"), "SecretNotGuarded");
  EXPECT_EQ(StatusOf(world.Get("orders"), "Reconciling"), "True");
  EXPECT_THAT(world.Secret("orders-login"), IsEmpty());
  life->LetGuardsWork(true);
  life->Settle();
  EXPECT_EQ(StatusOf(world.Get("orders"), "Ready"), "True");
  EXPECT_TRUE(Opens(world.LoginOf("orders-login")));
}

TEST(AStoreWithTheReservedName, WaitsForNoIndex) {
  OperatorWorld world;
  world.Apply("orders", "{}");
  auto life = world.Start();
  life->LetGuardsWork(false);
  life->Settle();
  EXPECT_EQ(StatusOf(world.Get("orders"), "Ready"), "True");
}

TEST(AServiceDatabase, ThatClaimsTheSecretOfAnotherLendsItToNobody) {
  OperatorWorld world;
  world.Apply("orders", "{}");
  world.Start()->Settle();
  world.Apply("thief", R"({"serviceAccounts": ["thief"], "credentials": {"secretName": "orders.freehold"}})");
  world.Start()->Settle();
  EXPECT_EQ(ListedFor(world, "orders.freehold"), Accounts{world.ns + "-orders"});
}

}  // namespace
}  // namespace freehold::test

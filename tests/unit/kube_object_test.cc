#include <gmock/gmock.h>

#include "operator/kube/conditions.h"
#include "operator/kube/files.h"
#include "operator/kube/object.h"
#include "operator/kube/text.h"
#include "operator/kube/url.h"

namespace freehold::kube {
namespace {

const ResourceType kSecrets{"", "v1", "secrets", "Secret", true};
const ResourceType kStores{"freehold.dev", "v1alpha1", "servicedatabases", "ServiceDatabase", true};
const ResourceType kServers{"freehold.dev", "v1alpha1", "databaseservers", "DatabaseServer", false};

TEST(Meta, IsReadWhole) {
  const auto json = base::ParseJson(R"({"metadata": {
      "name": "orders", "namespace": "shop", "uid": "u1", "resourceVersion": "7", "generation": 3,
      "creationTimestamp": "2026-03-01T12:00:00Z", "deletionTimestamp": "2026-03-01T12:00:09Z",
      "finalizers": ["freehold.dev/store"], "labels": {"a": "b"}, "annotations": {"c": "d"},
      "ownerReferences": [{"apiVersion": "v1", "kind": "X", "name": "x", "uid": "u2", "controller": true}]}})");
  const auto meta = ParseMeta(*json);
  ASSERT_TRUE(meta) << meta.error().message;
  EXPECT_EQ(meta->full_name(), (Name{"shop", "orders"}));
  EXPECT_EQ(meta->uid, "u1");
  EXPECT_EQ(meta->resource_version, "7");
  EXPECT_EQ(meta->generation, 3);
  EXPECT_EQ(*meta->deleted - meta->created, std::chrono::seconds(9));
  EXPECT_THAT(meta->finalizers, testing::ElementsAre("freehold.dev/store"));
  EXPECT_EQ(meta->labels.at("a"), "b");
  EXPECT_EQ(meta->annotations.at("c"), "d");
  ASSERT_EQ(meta->owners.size(), 1u);
  EXPECT_TRUE(meta->owners[0].controller);
  EXPECT_FALSE(meta->owners[0].block_owner_deletion);
}

TEST(Meta, IsMissingInWhatIsNoObject) {
  for (const char* text : {"{}", "[]", "3", R"({"metadata": 3})"}) {
    EXPECT_EQ(ParseMeta(*base::ParseJson(text)).error().reason, "InvalidObject") << text;
  }
}

TEST(Meta, SurvivesFieldsOfTheWrongKind) {
  const auto meta = ParseMeta(*base::ParseJson(
      R"({"metadata": {"name": 3, "labels": [1], "finalizers": {"a": 1}, "generation": "x", "ownerReferences": [3]}})"));
  ASSERT_TRUE(meta);
  EXPECT_EQ(*meta, ObjectMeta{});
}

TEST(Name, IsWrittenWithItsNamespaceIfItHasOne) {
  EXPECT_EQ(ToString(Name{"shop", "orders"}), "shop/orders");
  EXPECT_EQ(ToString(Name{"", "main"}), "main");
}

TEST(Url, FollowsTheConventionsOfTheApi) {
  EXPECT_EQ(ObjectPath(kSecrets, {"shop", "orders.freehold"}), "/api/v1/namespaces/shop/secrets/orders.freehold");
  EXPECT_EQ(ObjectPath(kStores, {"shop", "orders"}, "status"),
            "/apis/freehold.dev/v1alpha1/namespaces/shop/servicedatabases/orders/status");
  EXPECT_EQ(ObjectPath(kServers, {"", "main"}), "/apis/freehold.dev/v1alpha1/databaseservers/main");
  EXPECT_EQ(CollectionPath(kSecrets, ""), "/api/v1/secrets");
}

TEST(Url, EncodesWhatComesFromOutside) {
  EXPECT_EQ(ObjectPath(kSecrets, {"a/b", "../x?y"}), "/api/v1/namespaces/a%2Fb/secrets/..%2Fx%3Fy");
  EXPECT_EQ(Query({{"labelSelector", "a=b,c in (d)"}, {"continue", ""}, {"limit", "5"}}),
            "?labelSelector=a%3Db%2Cc%20in%20%28d%29&limit=5");
  EXPECT_EQ(Query({{"a", ""}}), "");
}

class ConditionList : public testing::Test {
 protected:
  const base::Timestamp early = *base::ParseTime("2026-03-01T12:00:00Z");
  const base::Timestamp late = early + std::chrono::minutes(5);
  Conditions conditions;

  void SetReady(Condition::Status status, const std::string& reason, base::Timestamp now) {
    SetCondition(conditions, "Ready", status, reason, "because of " + reason, 4, now);
  }
};

TEST_F(ConditionList, KeepsTheTimeWhileTheStatusStays) {
  SetReady(Condition::Status::kFalse, "Creating", early);
  SetReady(Condition::Status::kFalse, "ServerUnreachable", late);
  ASSERT_EQ(conditions.size(), 1u);
  EXPECT_EQ(conditions[0].last_transition, early);
  EXPECT_EQ(conditions[0].reason, "ServerUnreachable");
  EXPECT_EQ(conditions[0].message, "because of ServerUnreachable");
}

TEST_F(ConditionList, TakesTheTimeOfAFlip) {
  SetReady(Condition::Status::kFalse, "Creating", early);
  SetReady(Condition::Status::kTrue, "Created", late);
  EXPECT_EQ(FindCondition(conditions, "Ready")->last_transition, late);
}

TEST_F(ConditionList, KeepsItsOrder) {
  SetReady(Condition::Status::kTrue, "Created", early);
  SetCondition(conditions, "Isolated", Condition::Status::kUnknown, "NotLooked", "", 4, early);
  SetReady(Condition::Status::kFalse, "Broken", late);
  EXPECT_EQ(conditions[0].type, "Ready");
  EXPECT_EQ(conditions[1].type, "Isolated");
  EXPECT_EQ(FindCondition(conditions, "Stalled"), nullptr);
}

TEST_F(ConditionList, IsReadAsItIsWritten) {
  SetReady(Condition::Status::kTrue, "Created", early);
  SetCondition(conditions, "Isolated", Condition::Status::kUnknown, "NotLooked", "", 4, late);
  EXPECT_EQ(ParseConditions({{"status", {{"conditions", ToJson(conditions)}}}}), conditions);
  EXPECT_TRUE(ParseConditions({{"spec", 3}}).empty());
}

TEST_F(ConditionList, LeavesOutWhatIsNoCondition) {
  EXPECT_EQ(ParseCondition({{"type", "Ready"}, {"status", "Maybe"}}).error().reason, "InvalidCondition");
  EXPECT_EQ(ParseCondition({{"status", "True"}}).error().reason, "InvalidCondition");
  EXPECT_EQ(ParseCondition(Json::array()).error().reason, "InvalidCondition");
}

TEST_F(ConditionList, CutsMessagesThatTheServerWouldRefuse) {
  SetCondition(conditions, "Ready", Condition::Status::kFalse, "Broken", std::string(40'000, 'x'), 1, early);
  EXPECT_EQ(ToJson(conditions[0]).at("message").get<std::string>().size(), 32768u);
}

TEST(CutUtf8, NeverCutsACharacter) {
  EXPECT_EQ(CutUtf8("short", 5), "short");
  EXPECT_EQ(CutUtf8("too long", 6), "too...");
  EXPECT_EQ(CutUtf8("ääää", 7), "ää...");
  EXPECT_EQ(CutUtf8("ääää", 6), "ä...");
}

TEST(Base64, IsReadAsItIsWritten) {
  for (const std::string bytes : {"", "a", "ab", "abc", "abcd"}) EXPECT_EQ(DecodeBase64(EncodeBase64(bytes)), bytes);
  EXPECT_EQ(DecodeBase64("YWJj\nZA=="), "abcd");
}

TEST(Base64, IsRefusedWithoutBeingQuoted) {
  for (const std::string text : {"QUJDR", "secret!!", "YW=j", "===="}) {
    const auto decoded = DecodeBase64(text);
    ASSERT_FALSE(decoded) << text;
    EXPECT_EQ(decoded.error().message.find(text), std::string::npos);
  }
}

}  // namespace
}  // namespace freehold::kube

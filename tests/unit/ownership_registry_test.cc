#include <gmock/gmock.h>

#include "reconcilers/ownership/registry.h"

namespace freehold::ownership {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr base::Timestamp kMonday{std::chrono::seconds(1'000'000)};
constexpr base::Timestamp kTuesday{std::chrono::seconds(1'086'400)};

Claimant Claims(std::string name, base::Timestamp since, bool incumbent = false) {
  return {{"shop", name}, "uid-" + name, since, incumbent};
}
Thing Store(std::string name, std::string place = "pg:5432") { return {Thing::Kind::kStore, place, name}; }
Thing Server(std::string place = "pg:5432") { return {Thing::Kind::kServer, place, {}}; }

TEST(Registry, TheOlderOfTwoClaimsOwnsTheStore) {
  Registry registry;
  registry.Put(Claims("late", kTuesday), {Store("orders_db")});
  registry.Put(Claims("early", kMonday), {Store("orders_db")});
  EXPECT_EQ(registry.ConflictOf({"shop", "early"}), std::nullopt);
  ASSERT_TRUE(registry.ConflictOf({"shop", "late"}));
  EXPECT_EQ(registry.ConflictOf({"shop", "late"})->owner.name, (kube::Name{"shop", "early"}));
}

TEST(Registry, WhoAlreadyHasTheStoreKeepsItAgainstAnOlderObject) {
  Registry registry;
  registry.Put(Claims("late", kTuesday, true), {Store("orders_db")});
  registry.Put(Claims("early", kMonday), {Store("orders_db")});
  EXPECT_EQ(registry.ConflictOf({"shop", "late"}), std::nullopt);
  EXPECT_TRUE(registry.ConflictOf({"shop", "early"}));
}

TEST(Registry, TheSameNameOnTwoServersIsTwoStores) {
  Registry registry;
  registry.Put(Claims("a", kMonday), {Store("orders_db", "one:5432")});
  registry.Put(Claims("b", kTuesday), {Store("orders_db", "two:5432")});
  EXPECT_EQ(registry.ConflictOf({"shop", "b"}), std::nullopt);
}

TEST(Registry, TellsTheLoserWhenTheOwnerGoes) {
  Registry registry;
  registry.Put(Claims("early", kMonday), {Store("orders_db")});
  EXPECT_THAT(registry.Put(Claims("late", kTuesday), {Store("orders_db")}), ElementsAre(kube::Name{"shop", "early"}));
  EXPECT_THAT(registry.Erase({"shop", "early"}), ElementsAre(kube::Name{"shop", "late"}));
  EXPECT_EQ(registry.ConflictOf({"shop", "late"}), std::nullopt);
}

TEST(Registry, StatingTheSameClaimsAgainTouchesNobody) {
  Registry registry;
  registry.Put(Claims("early", kMonday), {Store("orders_db")});
  registry.Put(Claims("late", kTuesday), {Store("orders_db")});
  EXPECT_THAT(registry.Put(Claims("late", kTuesday), {Store("orders_db")}), IsEmpty());
}

TEST(Registry, AnInstanceStoreSharesItsServerWithNobody) {
  Registry registry;
  registry.Put(Claims("vault", kMonday), {Store("vault_db"), Server()});
  registry.Put(Claims("guest", kTuesday), {Store("guest_db")});
  EXPECT_EQ(registry.ConflictOf({"shop", "vault"}), std::nullopt);
  ASSERT_TRUE(registry.ConflictOf({"shop", "guest"}));
  EXPECT_EQ(registry.ConflictOf({"shop", "guest"})->thing, Server());
}

TEST(Registry, AnInstanceStoreThatComesLateIsRefusedOnABusyServer) {
  Registry registry;
  registry.Put(Claims("guest", kMonday), {Store("guest_db")});
  registry.Put(Claims("vault", kTuesday), {Store("vault_db"), Server()});
  EXPECT_EQ(registry.ConflictOf({"shop", "guest"}), std::nullopt);
  ASSERT_TRUE(registry.ConflictOf({"shop", "vault"}));
  EXPECT_EQ(registry.ConflictOf({"shop", "vault"})->thing, Store("guest_db"));
  EXPECT_THAT(registry.Erase({"shop", "guest"}), ElementsAre(kube::Name{"shop", "vault"}));
}

TEST(Registry, CountsTheStoresOfAServer) {
  Registry registry;
  registry.Put(Claims("a", kMonday), {Store("a_db")});
  registry.Put(Claims("b", kTuesday), {Store("b_db")});
  registry.Put(Claims("c", kTuesday), {Store("c_db", "other:5432")});
  EXPECT_EQ(registry.StoresAt("pg:5432"), 2);
}

TEST(Claims, NamesThatJoinToTheSamePhysicalNameMeet) {
  api::DatabaseServer server;
  server.spec.host = "pg";
  api::ServiceDatabase dashed, underscored;
  dashed.meta.name = "a-b";
  underscored.meta.name = "other";
  underscored.spec.name = "a_b_db";
  EXPECT_THAT(ClaimsOf(dashed, &server), testing::Contains(Store("a_b_db")));
  EXPECT_THAT(ClaimsOf(underscored, &server), testing::Contains(Store("a_b_db")));
}

TEST(Claims, TablesModeClaimsEachOwnedTable) {
  api::DatabaseServer server;
  server.spec.host = "pg";
  api::ServiceDatabase object;
  object.meta = {.name = "scores", .ns = "sports"};
  object.spec.isolation = api::Isolation::kTables;
  object.spec.owns = {{"Score", {"scores", "score_lines"}}, {"ScoreEvent", {"outbox"}}};
  EXPECT_THAT(ClaimsOf(object, &server), ElementsAre(Thing{Thing::Kind::kSecret, "sports", "scores.freehold"},
                                                     Store("scores"), Thing{Thing::Kind::kTable, "pg:5432", "scores"},
                                                     Thing{Thing::Kind::kTable, "pg:5432", "score_lines"}));
}

}  // namespace
}  // namespace freehold::ownership

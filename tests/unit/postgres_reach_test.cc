// Who comes how far, from what the catalogs say of roles and memberships.
#include <gtest/gtest.h>

#include "reconcilers/engines/postgres/reach.h"

namespace freehold::engines::postgres {
namespace {

const std::vector<std::string> kUs = {"orders_owner", "orders_a", "orders_b", "admin"};

/// The login eve connects; team is a group that may use the schema and, by `bond`, is open to her.
StoreRows World(int major, Membership bond, bool eve_inherits = true) {
  StoreRows rows;
  rows.shared.major = major;
  rows.actors = {
      {.name = "eve", .can_login = true, .inherits = eve_inherits, .connects = true, .schemas = {}},
      {.name = "team", .can_login = false, .inherits = true, .connects = false, .schemas = {"orders"}},
  };
  rows.bonds = {std::move(bond)};
  return rows;
}

Membership Bond(bool admin, bool inherits, bool settable) {
  return {
      .role = "team", .member = "eve", .grantor = "admin", .admin = admin, .inherits = inherits, .settable = settable};
}

TEST(Reach, GoesBySetRoleAsWellAsByInheritance) {
  EXPECT_TRUE(Reach(World(18, Bond(false, false, true)), kUs, false).IsOpen("team", "orders"));
  EXPECT_TRUE(Reach(World(14, Bond(false, true, true), false), kUs, false).IsOpen("team", "orders"));
}

TEST(Reach, NeedsTheRightAndTheSchemaAtOnce) {
  // What eve inherits from the group, the schema included, the server has told of herself.
  const auto inherited = World(18, Bond(false, true, false));
  EXPECT_TRUE(Reach(inherited, kUs, false).IsOpen("team"));
  EXPECT_FALSE(Reach(inherited, kUs, false).IsOpen("team", "orders"));
}

TEST(Reach, EndsAtAMembershipThatOnlyAdministers) {
  EXPECT_FALSE(Reach(World(18, Bond(true, false, false)), kUs, false).IsOpen("team"));
}

TEST(Reach, NeedsALoginThatConnects) {
  auto rows = World(18, Bond(false, true, true));
  rows.actors[0].connects = false;
  EXPECT_FALSE(Reach(rows, kUs, false).IsOpen("team"));
  EXPECT_FALSE(Reach(rows, kUs, false).IsOpen(""));
  EXPECT_TRUE(Reach(rows, kUs, true).IsOpen(""));
}

TEST(Reach, OfAChainIsThatOfWhoeverStandsAtItsEnd) {
  auto rows = World(18, Bond(false, true, true));
  rows.shared.memberships = {{.role = "orders_owner", .member = "team", .grantor = "admin"}};
  const Reach reach(rows, kUs, false);
  EXPECT_TRUE(reach.IsOpenBy("team", "orders_owner"));
  EXPECT_TRUE(reach.IsOpenBy("eve", "orders_owner"));
  EXPECT_FALSE(reach.IsOpenBy("mallory", "orders_owner"));
}

}  // namespace
}  // namespace freehold::engines::postgres

// Events and rows on their way between two servers while processes die at random and the network is cut: afterwards
// everything is there, once, and in order.
#include "random_kills.h"

namespace freehold::test {
namespace {

using std::chrono::seconds;

/// By the databases themselves, into a warehouse at the bank, too.
class ByTheDatabases : public RandomKills {
 protected:
  bool AllHolds() override { return RandomKills::AllHolds() && Holds(shop, "orders", "ReportingReady"); }
};

TEST_F(ByTheDatabases, LoseNothingDoubleNothingAndMixUpNothing) {
  bank.ApplyWarehouse();
  ASSERT_NO_FATAL_FAILURE(
      MakeServices(R"("reporting": {"warehouse": ")" + bank.server + R"(", "tables": [{"name": "orders"}]})"));
  ASSERT_NO_FATAL_FAILURE(Live(30));
  ExpectAllArrived(shop, "stock");
  ExpectAllArrived(bank, "payments");
  const auto source = HashOf(Session(shop.LoginOf("orders.freehold")), "SELECT id, total FROM orders");
  const auto same = [&] {
    return HashOf(bank.SessionIn(bank.ns + "_warehouse"), "SELECT id, total FROM " + shop.ns + "_orders.orders") ==
           source;
  };
  EXPECT_TRUE(Eventually(seconds(120), same)) << "the warehouse is what the store is\n" << Told();
  ExpectAllWell();
}

}  // namespace
}  // namespace freehold::test

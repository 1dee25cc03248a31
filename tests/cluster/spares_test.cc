// spares of a DatabaseServer, as the running controller keeps them.
#include <gmock/gmock.h>

#include <algorithm>

#include "operator_world.h"
#include "program.h"

namespace freehold::test {
namespace {

using std::chrono::seconds;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class Spares : public testing::Test {
 protected:
  bool AreReady(int count) {
    return Await(seconds(60), [&] {
      const auto server = world.GetServer();
      return server->status.spares == count && world.Spares().size() == static_cast<std::size_t>(count) + 1;
    });
  }
  std::string OidOf(const std::string& database) {
    return world.Sql("SELECT oid FROM pg_database WHERE datname = '" + database + "'").at(0);
  }

  OperatorWorld world{15, R"({"spares": 2})"};
};

TEST_F(Spares, AreKeptTakenAndRemovedAndWhatSomebodyElseMadeStays) {
  // By the name that the first one would have.
  auto probe = world.Start();
  probe->Settle();
  const auto theirs = world.Spares().at(0);
  probe.reset();
  world.Sql("DROP DATABASE \"" + theirs + "\"");
  world.Sql("CREATE DATABASE \"" + theirs + "\"");

  ControllerProgram controller;
  ASSERT_TRUE(AreReady(2)) << controller.log();
  EXPECT_THAT(world.GetServer()->status.findings, Contains(HasSubstr("database " + theirs)));
  std::vector<std::string> ours;
  for (const auto& name : world.Spares()) {
    if (name != theirs) ours.push_back(OidOf(name));
  }

  world.Apply("orders", "{}");
  ASSERT_TRUE(Await(seconds(60), [&] { return StatusOf(world.Get("orders"), "Ready") == "True"; })) << controller.log();
  EXPECT_THAT(ours, Contains(OidOf(world.ns + "_orders_db")));
  EXPECT_TRUE(Opens(world.LoginOf("orders.freehold")));
  ASSERT_TRUE(AreReady(2)) << controller.log();
  const auto audit = RunFreehold({"audit", "--kubeconfig", std::getenv("FREEHOLD_TEST_KUBECONFIG")});
  for (const auto& name : world.Spares()) {
    if (name == theirs) continue;
    EXPECT_THAT(audit.out, Not(HasSubstr(name)));
  }

  world.SetSpares(0);
  EXPECT_TRUE(AreReady(0)) << controller.log();
  EXPECT_TRUE(Await(seconds(30), [&] { return world.GetServer()->meta.finalizers.empty(); })) << controller.log();

  world.SetSpares(1);
  ASSERT_TRUE(AreReady(1)) << controller.log();
  world.DeleteServer();
  EXPECT_TRUE(Await(seconds(30), [&] { return !world.GetServer(); })) << controller.log();
  EXPECT_THAT(world.Spares(), ElementsAre(theirs));
  EXPECT_TRUE(Opens(world.LoginOf("orders.freehold")));
}

}  // namespace
}  // namespace freehold::test

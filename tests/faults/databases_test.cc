// What happens to database servers, one thing after the other: whoever is concerned is told what it is, nobody else
// notices, the server isn't stormed, and afterwards all goes on by itself with nothing lost. And at rest nothing is
// written anywhere.
#include <gmock/gmock.h>

#include <iostream>

#include "audit_log.h"
#include "door.h"
#include "operator_world.h"
#include "own_postgres.h"
#include "program.h"

namespace freehold::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// A shop with events and a warehouse on a server of its own behind a door, another shop on another server, and the
/// controller as a process.
struct Scene {
  OwnPostgres own{14, {"max_connections=40", "log_statement=mod", "log_line_prefix=%a|", "autovacuum=off"}};
  Door door{{own.port()}};
  OperatorWorld shop{14, R"({"port": )" + std::to_string(door.port()) + "}"};
  OperatorWorld other{18};
  ControllerProgram controller;

  bool Holds(const std::string& name, const std::string& condition) {
    return StatusOf(shop.Get(name), condition) == "True";
  }
  /// For people.
  std::string Told() {
    std::string told;
    for (const auto& service : shop.All()) {
      for (const auto& condition : service.status.conditions) {
        told += service.meta.name + " " + condition.type + " " + kube::ToString(condition.status) + " " +
                condition.reason + ": " + condition.message + "\n";
      }
    }
    return told + controller.log();
  }
};

class Databases : public testing::Test {
 protected:
  struct Fault {
    std::string name;
    /// Why a store that is asked for meanwhile is not Ready; empty: it is.
    std::string reason;
    std::function<void()> begin;
    std::function<void()> end;
  };

  static void SetUpTestSuite() {
    scene = std::make_unique<Scene>();
    ASSERT_TRUE(scene->controller.AwaitReady(seconds(60))) << scene->controller.log();
    auto& shop = scene->shop;
    shop.ApplyWarehouse();
    shop.Apply("orders", R"({"publishes": [{"event": "OrderConfirmed"}], "reporting": {"warehouse": ")" + shop.server +
                             R"(", "tables": [{"name": "kept"}]}})");
    shop.Apply("stock", R"({"consumes": [{"event": "OrderConfirmed", "from": ")" + shop.ns + R"(-orders"}]})");
    scene->other.Apply("orders", R"({"isolation": "Schema"})");
    ASSERT_TRUE(Await(seconds(60), [] { return scene->Holds("orders", "Ready"); })) << scene->Told();
    Query(shop.LoginOf("orders.freehold"), "CREATE TABLE kept (id int PRIMARY KEY); INSERT INTO kept VALUES (1)");
    ASSERT_TRUE(AllWell()) << scene->Told();
  }
  static void TearDownTestSuite() { scene.reset(); }

  /// What is told may be older than the fault: logins are tried.
  static bool AllWell() {
    return Await(seconds(90), [] {
      const auto stores = scene->shop.All();
      const auto well = [](const auto& store) {
        return StatusOf(store, "Ready") == "True" && StatusOf(store, "Isolated") == "True";
      };
      const auto opens = [](const auto& store) { return Opens(scene->shop.LoginOf(api::SecretNameOf(store))); };
      return std::ranges::all_of(stores, well) && scene->Holds("stock", "EventsReady") &&
             scene->Holds("orders", "ReportingReady") && std::ranges::all_of(stores, opens);
    });
  }
  /// Until every server was looked at so often.
  static bool AwaitLooks(int looks) {
    const auto enough = scene->controller.Passes("databaseserver") + 2 * looks;
    return Await(seconds(60), [&] { return scene->controller.Passes("databaseserver") >= enough; });
  }
  static bool IsReady(OperatorWorld& world, const std::string& name) {
    return Await(seconds(60), [&] { return StatusOf(world.Get(name), "Ready") == "True"; });
  }
  static Session Server() { return scene->shop.SessionIn("postgres"); }

  static void Set(const std::string& setting) {
    auto server = Server();
    server.Query("ALTER SYSTEM " + setting);
    server.Query("SELECT pg_reload_conf()");
  }
  /// Takes every connection there is, the operator's included.
  void TakeAllConnections() {
    auto guard = Server();
    for (bool free = true; free;) {
      guard.Query(
          "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name LIKE 'freehold%'");
      try {
        taken.push_back(Server());
      } catch (const std::exception&) {
        free = false;
      }
    }
  }
  void SayThatTheDiskIsFull(bool full) {
    auto apps = scene->shop.SessionIn(scene->shop.ns + "_apps");
    apps.Query(full ? "CREATE SCHEMA full_disk; "
                      "CREATE FUNCTION full_disk.say() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE "
                      "'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$; "
                      "CREATE EVENT TRIGGER full_disk ON ddl_command_start EXECUTE FUNCTION full_disk.say()"
                    : "DROP EVENT TRIGGER full_disk; DROP SCHEMA full_disk CASCADE");
  }

  std::vector<Fault> Faults();
  /// Rows and credentials are as they were, and an order gets through.
  void ExpectNothingLost(int orders);

  static std::unique_ptr<Scene> scene;
  std::vector<Session> taken;
};
std::unique_ptr<Scene> Databases::scene;

std::vector<Databases::Fault> Databases::Faults() {
  auto& [own, door, shop, other, controller] = *scene;
  return {
      {"down", "ServerUnreachable",
       [&] {
         own.Stop();
         own.Save();
       },
       [&] { own.Start(); }},
      {"cut off", "ServerUnreachable", [&] { door.Shut(true); },
       [&] {
         EXPECT_TRUE(AwaitLooks(3));
         door.Shut(false);
       }},
      {"losing one answer in nine", "", [&] { door.LoseOneIn(9); }, [&] { door.LoseOneIn(0); }},
      {"slow", "", [&] { door.Delay(milliseconds(100)); }, [&] { door.Delay({}); }},
      {"out of connections", "ServerBusy", [&] { TakeAllConnections(); }, [&] { taken.clear(); }},
      {"read-only by its settings", "", [] { Set("SET default_transaction_read_only = on"); },
       [] { Set("RESET default_transaction_read_only"); }},
      {"a standby", "ServerReadOnly",
       [&] {
         own.Stop();
         own.Demote();
         own.Start();
       },
       [&] { Server().Query("SELECT pg_promote()"); }},
      {"out of space", "ServerOutOfSpace", [&] { SayThatTheDiskIsFull(true); }, [&] { SayThatTheDiskIsFull(false); }},
      {"restarted", "",
       [&] {
         own.Stop();
         own.Start();
       },
       [] {}},
      {"restored from an older state", "",
       [&] {
         own.Stop();
         own.Restore();
         own.Start();
       },
       [] {}},
      {"moved to PostgreSQL 18", "",
       [&] {
         own.MoveTo(18);
         own.Stop();
         shop.ReplaceServer(18);
       },
       [] {}},
  };
}

void Databases::ExpectNothingLost(int orders) {
  auto& shop = scene->shop;
  EXPECT_EQ(Query(shop.LoginOf("orders.freehold"), "SELECT count(*) FROM kept").front(), "1");
  const auto number = std::to_string(orders);
  Query(shop.LoginOf("orders.freehold"),
        "INSERT INTO outbox (aggregatetype, aggregateid, type) VALUES ('Order', '" + number + "', 'OrderConfirmed')");
  const auto arrived = [&] {
    return Query(shop.LoginOf("stock.freehold"), "SELECT count(*) FROM inbox WHERE aggregateid = '" + number + "'")
               .front() == "1";
  };
  EXPECT_TRUE(Await(seconds(60), arrived)) << scene->Told();
}

TEST_F(Databases, AndTheApiServerAreNotWrittenToAtRest) {
  auto& controller = scene->controller;
  auto server = Server();
  const auto passes = [&] {
    return std::min(controller.Passes("servicedatabase") / 3, controller.Passes("databaseserver") / 2);
  };
  const auto settled = passes() + 2;
  ASSERT_TRUE(Await(seconds(30), [&] { return passes() >= settled; }));
  const AuditLog api;
  const auto logged = scene->own.log().size();
  ASSERT_THAT(scene->own.log(), HasSubstr("freehold")) << "what it writes is logged under its name";
  const auto transactions = [&] { return server.Query("SELECT pg_snapshot_xmax(pg_current_snapshot())").front(); };
  const auto before = transactions();
  ASSERT_TRUE(Await(seconds(60), [&] { return passes() >= settled + 5; })) << controller.log();
  EXPECT_EQ(transactions(), before) << "a transaction that changes something has a number";
  EXPECT_THAT(scene->own.log().substr(logged), Not(HasSubstr("freehold")));
  EXPECT_THAT(api.Writes("(?!leases$).*"), IsEmpty());
}

TEST_F(Databases, GoThroughFaultsThatAreToldDisturbNobodyElseAndEnd) {
  auto& [own, door, shop, other, controller] = *scene;
  int number = 0;
  for (const auto& fault : Faults()) {
    SCOPED_TRACE(fault.name);
    const auto store = "s" + std::to_string(++number);
    const int before = controller.Connections();
    const auto began = std::chrono::steady_clock::now();
    fault.begin();
    shop.Apply(store, R"({"isolation": "Schema"})");
    other.Apply(store, R"({"isolation": "Schema"})");
    EXPECT_TRUE(IsReady(other, store)) << scene->Told();
    const auto told = [&] { return ReasonOf(shop.Get(store), "Ready") == fault.reason; };
    EXPECT_TRUE(fault.reason.empty() ? IsReady(shop, store) : Await(seconds(60), told)) << scene->Told();
    fault.end();
    ASSERT_TRUE(AllWell()) << scene->Told();
    const auto took = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    const int attempts = controller.Connections() - before;
    std::cout << "    " << fault.name << ": well after " << took << " s, " << attempts << " connections\n";
    EXPECT_LE(attempts, 10 * (static_cast<double>(shop.All().size()) + took)) << "a few for each store and second";
    ExpectNothingLost(number);
    if (HasFailure()) return;
  }
  EXPECT_GT(door.lost(), 0);
}

}  // namespace
}  // namespace freehold::test

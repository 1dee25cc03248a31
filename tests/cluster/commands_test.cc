// The commands as users type them.
#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "operator_world.h"
#include "program.h"

namespace freehold::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

std::string AdminConfig() { return std::getenv("FREEHOLD_TEST_KUBECONFIG"); }

constexpr const char* kBroken = R"(apiVersion: freehold.dev/v1alpha1
kind: ServiceDatabase
metadata: {name: orders, namespace: shop}
spec:
  isolatoin: Schema
  credentials: {rotateEvery: soon}
)";

TEST(Validate, TellsEveryFaultWithItsPlaceAndEndsWithOne) {
  const auto run = RunFreehold({"validate", "-f", "-"}, kBroken);
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.out,
              AllOf(HasSubstr("-:5:3: error:"), HasSubstr("isolatoin"), HasSubstr(":6:"), HasSubstr("rotateEvery")));
}

TEST(Validate, HasNothingAgainstTheExamples) {
  for (const char* example : {"shop", "one-service", "schema-mode", "day-after-sports", "adoption", "marts"}) {
    const auto run = RunFreehold({"validate", "-f", std::string("examples/") + example});
    EXPECT_EQ(run.code, 0) << example << "\n" << run.out;
  }
}

TEST(Validate, RefusesATableWithTwoOwnersAndShowsBoth) {
  const auto run = RunFreehold({"validate", "-f", "-"}, R"(apiVersion: freehold.dev/v1alpha1
kind: ServiceDatabase
metadata: {name: orders, namespace: shop}
spec:
  owns: [{aggregate: Order, tables: [orders]}]
---
apiVersion: freehold.dev/v1alpha1
kind: ServiceDatabase
metadata: {name: billing, namespace: shop}
spec:
  owns: [{aggregate: Order, tables: [orders]}]
)");
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.out, AllOf(HasSubstr("-:5:"), HasSubstr("-:11:"), HasSubstr("orders"), HasSubstr("error")));
}

TEST(Validate, EndsWithTwoWhenItCouldNotLook) {
  const auto run = RunFreehold({"validate", "-f", "no/such/file.yaml"});
  EXPECT_EQ(run.code, 2);
  EXPECT_THAT(run.err, HasSubstr("no/such/file.yaml"));
}

TEST(Usage, IsRefusedWithTwo) {
  EXPECT_EQ(RunFreehold({}).code, 2);
  EXPECT_EQ(RunFreehold({"plant"}).code, 2);
  EXPECT_EQ(RunFreehold({"plan", "--output", "xml"}).code, 2);
  EXPECT_EQ(RunFreehold({"rotate", "orders", "--kubeconfig", AdminConfig()}).code, 2);
}

TEST(Plan, OnFilesPrintsTheStatementsAndMasksSecrets) {
  const std::string server = R"(apiVersion: freehold.dev/v1alpha1
kind: DatabaseServer
metadata: {name: main}
spec: {engine: PostgreSQL, host: pg, adminSecret: {name: a}, default: true}
---
)";
  const std::string store = R"(apiVersion: freehold.dev/v1alpha1
kind: ServiceDatabase
metadata: {name: orders, namespace: shop}
spec: {}
)";
  const auto run = RunFreehold({"plan", "-f", "-"}, server + store);
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.out, AllOf(HasSubstr("CREATE DATABASE"), HasSubstr("orders_db"),
                             HasSubstr("create-secret shop/orders.freehold")));
  EXPECT_THAT(run.out, Not(HasSubstr("SCRAM-SHA-256$4096:")));
}

TEST(Plan, OnFilesShowsWarehousesViewsAndConnectors) {
  const std::string server = R"(apiVersion: freehold.dev/v1alpha1
kind: DatabaseServer
metadata: {name: main}
spec: {engine: PostgreSQL, host: pg, adminSecret: {name: a}, default: true}
---
apiVersion: freehold.dev/v1alpha1
kind: EventBus
metadata: {name: kafka}
spec: {type: KafkaConnect, kafkaConnect: {url: "http://connect:8083", secretsPath: /opt/freehold}, default: true}
---
apiVersion: freehold.dev/v1alpha1
kind: ServiceDatabase
metadata: {name: sales, namespace: tickets}
spec:
  publishes: [{event: TicketSold}]
  reporting: {warehouse: sales, tables: [{name: sales}]}
---
apiVersion: freehold.dev/v1alpha1
kind: ServiceDatabase
metadata: {name: seats, namespace: tickets}
spec: {consumes: [{event: TicketSold, from: sales}]}
---
)";
  std::string files = server;
  for (const char* file : {"warehouse", "views"}) {
    std::ifstream in("examples/marts/" + std::string(file) + ".yaml");
    files += std::string(std::istreambuf_iterator<char>(in), {}) + "\n---\n";
  }
  const auto run = RunFreehold({"plan", "-f", "-"}, files);
  EXPECT_EQ(run.code, 1) << run.err;
  EXPECT_THAT(run.out,
              AllOf(HasSubstr("ReportingWarehouse sales\n  add-finalizer"), HasSubstr("CREATE SCHEMA \"sales\""),
                    HasSubstr("create-secret freehold-system/sales-looker.freehold"),
                    HasSubstr("views of ReportingWarehouse sales\n  prepare-views main/sales_warehouse"),
                    HasSubstr("build-view main/marts.sales_by_day"), HasSubstr("sum(price) AS total"),
                    HasSubstr("connectors of EventBus kafka\n  make-connector freehold."),
                    HasSubstr("database.password=${dir:/opt/freehold:"), Not(HasSubstr("SCRAM-SHA-256$4096:"))));
}

TEST(Plan, OfAClusterShowsWhatAWarehouseNeedsAndNothingOnceItHasIt) {
  OperatorWorld world;
  const auto life = world.Start();
  world.ApplyWarehouse(R"({"readers": [{"name": "looker"}]})");
  const std::string object = "ReportingWarehouse " + world.server + "\n";
  const auto before = RunFreehold({"plan", "--kubeconfig", AdminConfig()});
  EXPECT_THAT(before.out, AllOf(HasSubstr(object), HasSubstr("CREATE DATABASE \"" + world.ns + "_warehouse\""),
                                HasSubstr("create-secret freehold-system/" + world.server + "-looker.freehold")));
  EXPECT_EQ(world.Secret(world.server + "-looker.freehold", Cluster::kNamespace).size(), 0u);
  life->Settle();
  EXPECT_THAT(RunFreehold({"plan", "--kubeconfig", AdminConfig()}).out, Not(HasSubstr(object)));
}

TEST(Plan, OfAClusterTellsWhatIsToDoAndNothingOfWhatIsInSync) {
  OperatorWorld world;
  world.Apply("orders", "{}");
  const std::string object = "ServiceDatabase " + world.ns + "/orders\n";
  const auto before = RunFreehold({"plan", "--kubeconfig", AdminConfig()});
  EXPECT_EQ(before.code, 1) << before.out;
  EXPECT_THAT(before.out, AllOf(HasSubstr(object), HasSubstr("create-database")));
  EXPECT_THAT(world.Secret("orders.freehold"), IsEmpty());
  world.Start()->Settle();
  const auto after = RunFreehold({"plan", "--kubeconfig", AdminConfig()});
  EXPECT_NE(after.code, 2) << after.err;
  EXPECT_THAT(after.out, AllOf(Not(HasSubstr(object)), HasSubstr(" in sync, ")));
}

TEST(OwnedData, OfAClusterIsTheTableOfTheFiles) {
  const auto files = RunFreehold({"owned-data", "-f", "examples/shop", "-o", "markdown"});
  EXPECT_EQ(files.code, 0);
  EXPECT_THAT(
      files.out,
      HasSubstr("| Orders | orders_db | Order, OrderItem, OrderEvent (outbox) | ProductUpdated, ShipmentDispatched |"));
  const auto cluster = RunFreehold({"owned-data", "--kubeconfig", AdminConfig(), "-o", "json"});
  EXPECT_EQ(cluster.code, 0) << cluster.err;
}

TEST(EventFlows, OfFilesAreDeclaredAndOfAClusterAsTheyWereSeen) {
  const auto files = RunFreehold({"events", "-f", "examples/schema-mode"});
  EXPECT_EQ(files.code, 0) << files.err;
  EXPECT_THAT(files.out, AllOf(HasSubstr("InvoiceIssued"), HasSubstr("Declared")));
  OperatorWorld world;
  world.Apply("orders", R"({"isolation": "Schema", "publishes": [{"event": "OrderConfirmed"}]})");
  world.Apply("payments", R"({"isolation": "Schema", "consumes": [{"event": "OrderConfirmed", "from": ")" + world.ns +
                              R"(-orders"}]})");
  world.Start()->Settle();
  const auto seen = RunFreehold({"events", "--kubeconfig", AdminConfig(), "-o", "json"});
  EXPECT_THAT(seen.out, HasSubstr(R"("state": "Streaming",)"));
}

TEST(Crds, AreThoseThatAreCommitted) {
  const auto run = RunFreehold({"crds"});
  EXPECT_EQ(run.code, 0);
  EXPECT_THAT(run.out, AllOf(HasSubstr("servicedatabases.freehold.dev"), HasSubstr("databaseservers.freehold.dev"),
                             HasSubstr("datapolicies.freehold.dev")));
}

TEST(Completion, KnowsEveryCommand) {
  for (const char* shell : {"bash", "zsh"}) {
    const auto run = RunFreehold({"completion", shell});
    EXPECT_EQ(run.code, 0);
    for (const char* command :
         {"controller", "validate", "plan", "owned-data", "events", "rotate", "crds", "version"}) {
      EXPECT_THAT(run.out, HasSubstr(command)) << shell;
    }
  }
  EXPECT_EQ(
      std::system(
          ("bash -c 'source <(" + FreeholdBinary() + " completion bash) && complete -p freehold' >/dev/null").c_str()),
      0);
}

TEST(Version, IsPrinted) { EXPECT_THAT(RunFreehold({"version"}).out, StartsWith("freehold 0.")); }

TEST(Controller, RefusesFlagsItCannotWorkWith) {
  EXPECT_EQ(RunFreehold({"controller", "--resync", "10ms", "--kubeconfig", AdminConfig()}).code, 2);
  EXPECT_EQ(RunFreehold({"controller", "--log-level", "loud", "--kubeconfig", AdminConfig()}).code, 2);
  const auto nowhere = RunFreehold({"controller", "--kubeconfig", "/nonexistent/kubeconfig"});
  EXPECT_EQ(nowhere.code, 2);
  EXPECT_THAT(nowhere.err, HasSubstr("/nonexistent/kubeconfig"));
}

}  // namespace
}  // namespace freehold::test

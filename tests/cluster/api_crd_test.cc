// The CRDs on a real API server: accepted, with defaults and rules that tell what is wrong.
#include <gmock/gmock.h>

#include <cstdio>

#include "tests/cluster/api_fixture.h"
#include "tests/unit/api_refusals.h"
#include "tests/unit/mutations.h"
#include "tests/unit/resources_of.h"

namespace freehold::api {
namespace {

using testing::HasSubstr;

class Crd : public ApiTest {
 protected:
  Json Sound(const std::string& spec) { return Completed(JsonOf(Sdb("orders", spec))); }

  void ExpectRefused(const base::Result<Json>& reply, const std::string& path, const std::string& message) {
    ASSERT_FALSE(reply) << "was accepted";
    EXPECT_EQ(reply.error().reason, "Invalid") << reply.error().message;
    EXPECT_THAT(reply.error().message, HasSubstr(path));
    EXPECT_THAT(reply.error().message, HasSubstr(message));
  }
};

TEST_F(Crd, RefusesWhatIsRefusedOnFilesWithTheSameWords) {
  for (const Refusal& refusal : Refusals()) {
    SCOPED_TRACE(refusal.title);
    ExpectRefused(Create(Completed(JsonOf(refusal.object))), refusal.path, refusal.message);
  }
}

TEST_F(Crd, RefusesUnknownFields) {
  for (const char* spec : {"isolaton: Schema", "owns: [{aggregate: A, tabels: [t]}]", "limits: {conections: 1}"}) {
    const auto reply = Create(Sound(spec));
    ASSERT_FALSE(reply) << spec;
    EXPECT_THAT(reply.error().message, HasSubstr("unknown field"));
  }
}

std::vector<Fault> FaultsOf(const Json& object) {
  const Json kind = object["kind"];
  if (kind == "ServiceDatabase") return ParseServiceDatabase(object).faults;
  if (kind == "DatabaseServer") return ParseDatabaseServer(object).faults;
  if (kind == "DataPolicy") return ParseDataPolicy(object).faults;
  if (kind == "EventBus") return ParseEventBus(object).faults;
  return ParseReportingWarehouse(object).faults;
}

// Every field of every kind wrong in many ways; one in 41 of them, all with FREEHOLD_MUTATIONS=all.
TEST_F(Crd, TakesWhatIsTakenOnFilesAndRefusesTheRestAtTheField) {
  int taken = 0, refused = 0;
  for (const Json& whole : WholeObjects()) {
    for (const auto& mutation : MutationsOf(whole, StepOfMutations(41))) {
      // The API server leaves out what is null, and takes a list for a text of the format date.
      const bool lax = mutation.what == "null" || (mutation.path.ends_with(".until") && mutation.what.starts_with("["));
      if (lax) continue;
      SCOPED_TRACE(mutation.kind + " " + mutation.path + ": " + mutation.what);
      const auto faults = FaultsOf(mutation.object);
      Json object = Completed(mutation.object);
      object["metadata"]["name"] = ns;
      const auto made = Create(object);
      EXPECT_EQ(made.has_value(), faults.empty())
          << (made ? "was accepted, in spite of " + faults.front().path + ": " + faults.front().message
                   : made.error().message);
      (made ? taken : refused) += 1;
      if (made) {
        EXPECT_TRUE(client->Delete(TypeOf(object), {TypeOf(object).namespaced ? ns : "", ns}, {}));
      } else {
        EXPECT_THAT(made.error().message, HasSubstr("spec"));
      }
    }
  }
  std::printf("%d mutations were taken, %d refused\n", taken, refused);
  EXPECT_GT(refused, 100);
}

TEST_F(Crd, FillsInDefaultsThatAreTheOnesOfTheStructs) {
  const auto made = Create(Sound(""));
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->at("spec"),
            JsonOf("{adopt: false, credentials: {overlap: 24h, rotateEvery: 720h}, deletionPolicy: Retain, "
                   "engine: PostgreSQL, isolation: Database}"));
  const auto read = ReadServiceDatabase(*made);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->spec, ServiceDatabaseSpec{});
}

TEST_F(Crd, FillsInTheDefaultsOfServersAndPolicies) {
  const auto server = Create(Completed(
      JsonOf("{kind: DatabaseServer, metadata: {name: " + ns + "}, spec: {host: h, adminSecret: {name: a}}}")));
  ASSERT_TRUE(server) << server.error().message;
  DatabaseServerSpec expected;
  expected.host = "h";
  expected.admin_secret = "a";
  EXPECT_EQ(ReadDatabaseServer(*server)->spec, expected);
  EXPECT_EQ(server->at("spec").at("tls").at("mode"), "VerifyFull");
  EXPECT_EQ(server->at("spec").at("isolation"), Json::array({"Schema", "Database", "Instance"}));
  EXPECT_TRUE(client->Delete(DatabaseServerType(), {"", ns}, {}));

  const auto policy = Create(Completed(JsonOf("{kind: DataPolicy, metadata: {name: " + ns + "}, spec: {}}")));
  ASSERT_TRUE(policy) << policy.error().message;
  EXPECT_EQ(ReadDataPolicy(*policy)->spec, DataPolicySpec{});
  EXPECT_EQ(policy->at("spec").at("minimumIsolation"), "Schema");
  EXPECT_TRUE(client->Delete(DataPolicyType(), {"", ns}, {}));

  const auto bus = Create(Completed(JsonOf("{kind: EventBus, metadata: {name: " + ns + "}, spec: {}}")));
  ASSERT_TRUE(bus) << bus.error().message;
  EXPECT_EQ(ReadEventBus(*bus)->spec, EventBusSpec{});
  EXPECT_EQ(bus->at("spec").at("type"), "PostgreSQL");
  EXPECT_TRUE(client->Delete(EventBusType(), {"", ns}, {}));

  const auto warehouse =
      Create(Completed(JsonOf("{kind: ReportingWarehouse, metadata: {name: " + ns + "}, spec: {}}")));
  ASSERT_TRUE(warehouse) << warehouse.error().message;
  EXPECT_EQ(ReadReportingWarehouse(*warehouse)->spec, ReportingWarehouseSpec{});
  EXPECT_EQ(warehouse->at("spec").at("database"), "warehouse");
  EXPECT_TRUE(client->Delete(ReportingWarehouseType(), {"", ns}, {}));
}

TEST_F(Crd, KeepsABusOfKafkaConnectOne) {
  const Json at_connect = JsonOf("{type: KafkaConnect, kafkaConnect: {url: 'http://connect:8083'}}");
  const auto made = Create(Completed({{"kind", "EventBus"}, {"metadata", {{"name", ns}}}, {"spec", at_connect}}));
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(ReadEventBus(*made)->spec.kafka_connect->topic_prefix, "freehold");
  ExpectRefused(Replace(*made, JsonOf("{type: Polling}")), "spec.type", "make another");
  ExpectRefused(Replace(*made, JsonOf("{type: KafkaConnect, kafkaConnect: {url: 'http://b', topicPrefix: other}}")),
                "spec.kafkaConnect.topicPrefix", "can't be changed");
  EXPECT_TRUE(client->Delete(EventBusType(), {"", ns}, {}));
}

TEST_F(Crd, KeepsABusOfStrimziAtItsCluster) {
  const Json on_strimzi = JsonOf("{type: Strimzi, strimzi: {cluster: events, namespace: kafka}}");
  const auto made = Create(Completed({{"kind", "EventBus"}, {"metadata", {{"name", ns}}}, {"spec", on_strimzi}}));
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(ReadEventBus(*made)->spec.strimzi->secrets_path, "/opt/freehold");
  ExpectRefused(Replace(*made, JsonOf("{type: KafkaConnect, kafkaConnect: {url: 'http://b'}}")), "spec.type",
                "make another");
  ExpectRefused(Replace(*made, JsonOf("{type: Strimzi, strimzi: {cluster: others, namespace: kafka}}")),
                "spec.strimzi.cluster", "can't be changed");
  ExpectRefused(Replace(*made, JsonOf("{type: Strimzi}")), "spec.strimzi", "needs strimzi");
  EXPECT_TRUE(client->Delete(EventBusType(), {"", ns}, {}));
}

TEST_F(Crd, KeepsWhatIsImmutable) {
  const auto made = Create(Sound("service: orders, name: orders_v2"));
  ASSERT_TRUE(made) << made.error().message;
  ExpectRefused(Replace(*made, JsonOf("{service: other, name: orders_v2}")), "spec.service",
                "service can't be changed");
  ExpectRefused(Replace(*made, JsonOf("{name: orders_v2}")), "spec.service", "service can't be changed");
  ExpectRefused(Replace(*made, JsonOf("{service: orders, name: orders_v3}")), "spec.name", "name can't be changed");
  ExpectRefused(Replace(*made, JsonOf("{service: orders}")), "spec.name", "name can't be changed");
  ExpectRefused(Replace(*made, JsonOf("{service: orders, name: orders_v2, engine: Redis}")), "spec.engine",
                "engine can't be changed");
  EXPECT_TRUE(Replace(*made, JsonOf("{service: orders, name: orders_v2, adopt: true}")));
}

TEST_F(Crd, LetsNobodySetLaterWhatIsImmutable) {
  const auto made = Create(Sound(""));
  ASSERT_TRUE(made) << made.error().message;
  ExpectRefused(Replace(*made, JsonOf("{service: orders}")), "spec.service", "service can't be changed");
  ExpectRefused(Replace(*made, JsonOf("{name: orders_db}")), "spec.name", "name can't be changed");
}

TEST_F(Crd, LetsIsolationRiseOnly) {
  const std::vector<std::string> ladder = {"Tables", "Schema", "Database", "Instance"};
  for (std::size_t from = 0; from < ladder.size(); ++from) {
    for (std::size_t to = 0; to < ladder.size(); ++to) {
      SCOPED_TRACE(ladder[from] + " to " + ladder[to]);
      const Json object =
          Completed(JsonOf(Sdb("r" + std::to_string(from) + std::to_string(to), "isolation: " + ladder[from])));
      const auto made = Create(object);
      ASSERT_TRUE(made) << made.error().message;
      const auto changed = Replace(*made, {{"isolation", ladder[to]}});
      if (to >= from) {
        EXPECT_TRUE(changed) << changed.error().message;
      } else {
        ExpectRefused(changed, "spec.isolation", "isolation may only be raised");
      }
    }
  }
}

TEST_F(Crd, TakesTheStatusThatIsPrinted) {
  const auto made = Create(Sound(""));
  ASSERT_TRUE(made) << made.error().message;
  ServiceDatabaseStatus status;
  status.observed_generation = 1;
  status.conditions = {
      {"Ready", kube::Condition::Status::kFalse, "Creating", "", 1, base::Timestamp(std::chrono::hours(1))}};
  status.assurance = Assurance::kMedium;
  status.binding = "orders.freehold";
  status.store = StoreStatus{"main", "orders_db", "orders", "f00"};
  status.credentials = CredentialStatus{"orders_db_a", CredentialPhase::kStable, {}, {}, {}, ""};
  status.consumes = {{"A", "shop/b", "native", "Streaming"}, {"B", "shop/b", "", ""}};
  const auto applied = client->Apply(ServiceDatabaseType(), {ns, "orders"},
                                     StatusObject(ReadServiceDatabase(*made)->meta, status), "freehold", "status");
  ASSERT_TRUE(applied) << applied.error().message;
  EXPECT_EQ(ReadServiceDatabase(*applied)->status, status);
}

std::string OutputOf(const std::string& command) {
  std::string output;
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (!pipe) return output;
  for (int letter; (letter = std::fgetc(pipe)) != EOF;) output += static_cast<char>(letter);
  ::pclose(pipe);
  return output;
}

TEST_F(Crd, ReadsWellInExplain) {
  // A cache of its own: kubectl keeps what it discovered before the kinds were there.
  const std::string kubectl = "KUBECACHEDIR=$(mktemp -d) kubectl --kubeconfig \"$FREEHOLD_TEST_KUBECONFIG\" ";
  const std::string explained = OutputOf(kubectl + "explain sdb.spec.isolation");
  EXPECT_THAT(explained, HasSubstr("KIND:       ServiceDatabase"));
  EXPECT_THAT(explained, HasSubstr("How far the store is apart from those of other services."));
  EXPECT_THAT(explained, HasSubstr("ENUM:\n    Tables\n    Schema\n    Database\n    Instance\n"));
  EXPECT_THAT(explained, HasSubstr("Default: Database."));
  EXPECT_THAT(OutputOf(kubectl + "explain dbs.spec.tls.mode"), HasSubstr("VerifyFull"));
}

TEST_F(Crd, ListsColumnsAndTheCategory) {
  ASSERT_TRUE(Create(Sound("isolation: Schema")));
  // A cache of its own: kubectl keeps what it discovered before the kinds were there.
  const std::string kubectl = "KUBECACHEDIR=$(mktemp -d) kubectl --kubeconfig \"$FREEHOLD_TEST_KUBECONFIG\" ";
  const std::string listed = OutputOf(kubectl + "get freehold -n " + ns);
  EXPECT_THAT(listed,
              HasSubstr("READY   ISOLATED   SERVER   STORE   ISOLATION   ASSURANCE   EVENTS   REPORTING   AGE"));
  EXPECT_THAT(listed, HasSubstr("orders"));
}

}  // namespace
}  // namespace freehold::api

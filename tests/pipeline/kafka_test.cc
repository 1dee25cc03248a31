// Events over a real Kafka, Kafka Connect and Debezium, kept by the controller as a process.
#include <gmock/gmock.h>

#include "named_bus.h"
#include "operator_world.h"
#include "program.h"
#include "reconcilers/connect/strimzi_client.h"
#include "strimzi.h"
#include "workers.h"

namespace freehold::test {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;
using testing::IsEmpty;

class Kafka : public testing::Test {
 protected:
  virtual std::string BusSpec() const {
    return R"({"type": "KafkaConnect", "kafkaConnect": {"url": ")" + workers.url() + "\", " + WorkersSpec() + "}}";
  }
  std::string WorkersSpec() const {
    return R"("topicPrefix": ")" + world.ns + R"(", "partitions": 1, "secretsPath": ")" +
           (workers.dir / "secrets").string() + "\"";
  }
  /// What the cluster does meanwhile.
  virtual void GoOn() { workers.Mount(Cluster::kNamespace); }

  void SetUp() override {
    ASSERT_TRUE(controller.AwaitReady(seconds(30))) << controller.log();
    bus.Put(BusSpec());
    world.Apply("orders", R"({"bus": ")" + world.ns +
                              R"(", "publishes": [{"event": "OrderConfirmed"}, {"event": "OrderCancelled"}]})");
    Consume("payments");
    ASSERT_TRUE(Become("payments", "True")) << controller.log() << bus.Status().conditions.size();
  }
  void TearDown() override {
    bus.Delete();
    EXPECT_TRUE(Eventually([&] { return bus.Status().conditions.empty(); })) << "the bus waits for its connectors";
    GoOn();
    EXPECT_THAT(workers.List(), IsEmpty());
  }

  void Consume(const std::string& name, const std::string& deliver = "Inbox") {
    world.Apply(name, R"({"consumes": [{"event": "OrderConfirmed", "deliver": ")" + deliver + R"(", "from": ")" +
                          world.ns + R"(-orders"}]})");
  }
  template <class Condition>
  bool Eventually(Condition holds) {
    return Await(seconds(90), [&] {
      GoOn();
      return holds();
    });
  }
  bool Become(const std::string& name, const std::string& status) {
    return Eventually([&] { return StatusOf(world.Get(name), "EventsReady") == status; });
  }
  void Insert(int from, int to) {
    SessionOf("orders").Query(
        "INSERT INTO outbox (aggregatetype, aggregateid, type, payload) SELECT 'Order', n, 'OrderConfirmed', "
        "jsonb_build_object('total', 12345678901234567890.10, 'n', n) FROM generate_series(" +
        std::to_string(from) + ", " + std::to_string(to) + ") n");
  }
  /// How many events arrived, and how many different ones.
  std::vector<std::string> Arrived(const std::string& name = "payments") {
    return SessionOf(name).Query("SELECT count(*) || ' of ' || count(DISTINCT aggregateid) FROM inbox");
  }
  bool Arrive(int count, const std::string& name = "payments") {
    const auto all = std::to_string(count) + " of " + std::to_string(count);
    return Eventually([&] { return Arrived(name) == std::vector{all}; });
  }
  /// The service's, once its credential is there.
  Session& SessionOf(const std::string& name) {
    const auto found = sessions_.find(name);
    return found != sessions_.end() ? found->second
                                    : sessions_.try_emplace(name, world.LoginOf(name + ".freehold")).first->second;
  }
  std::vector<std::string> Slots() {
    return world.Sql("SELECT slot_name FROM pg_replication_slots WHERE database = '" + world.ns + "_orders_db'");
  }
  std::vector<std::string> CdcRoles() {
    return world.Sql("SELECT rolname FROM pg_roles WHERE rolname LIKE '" + world.ns + "%\\_cdc'");
  }

  OperatorWorld world;
  Workers workers;
  NamedBus bus{world.ns};
  ControllerProgram controller;

 private:
  std::map<std::string, Session> sessions_;
};

TEST_F(Kafka, BringsEventsIntoTheInboxOnceEachWhateverDiesAndLeavesNothing) {
  EXPECT_EQ(world.Get("payments").status.consumes[0].transport, "KafkaConnect");
  Insert(1, 3);
  EXPECT_TRUE(Arrive(3)) << testing::PrintToString(Arrived()) << controller.log();
  EXPECT_EQ(SessionOf("payments").Query("SELECT payload->>'total' FROM inbox LIMIT 1").front(),
            "12345678901234567890.10");
  EXPECT_EQ(StatusOf(world.Get("payments"), "Isolated"), "True");
  EXPECT_EQ(StatusOf(world.Get("orders"), "Isolated"), "True");
  EXPECT_EQ(Slots().size(), 1u);

  for (int n = 4; n <= 300; ++n) {
    Insert(n, n);
    if (n == 100) workers.Kill();
  }
  workers.Start();
  EXPECT_TRUE(Arrive(300)) << testing::PrintToString(Arrived()) << controller.log();

  world.Sql("SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots WHERE slot_name = '" +
            Slots().front() + "' AND active");
  world.Sql("SELECT pg_drop_replication_slot('" + Slots().front() + "')");
  Insert(301, 310);
  EXPECT_TRUE(Arrive(310)) << testing::PrintToString(Arrived()) << controller.log();

  // A sink does not survive its connection.
  world.Sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '" + world.ns +
            "_payments_db_cdc'");
  Insert(311, 320);
  EXPECT_TRUE(Arrive(320)) << testing::PrintToString(Arrived()) << controller.log();
  EXPECT_THAT(controller.log(), HasSubstr("connector started again"));
  EXPECT_TRUE(Become("payments", "True")) << controller.log();

  Consume("stock");
  EXPECT_TRUE(Become("stock", "True")) << controller.log();
  Insert(321, 321);
  EXPECT_TRUE(Arrive(321)) << testing::PrintToString(Arrived());
  EXPECT_TRUE(Arrive(1, "stock")) << testing::PrintToString(Arrived("stock"));
  EXPECT_EQ(Slots().size(), 1u) << "one for all consumers";

  world.Delete("stock");
  world.Delete("payments");
  EXPECT_TRUE(Eventually([&] { return Slots().empty() && CdcRoles().empty() && workers.List().empty(); }))
      << testing::PrintToString(Slots()) << testing::PrintToString(CdcRoles()) << controller.log();
  EXPECT_THAT(world.Sql("SELECT pubname FROM pg_publication", world.ns + "_orders_db"), IsEmpty());
}

/// Services that read Kafka themselves.
class Topics : public Kafka {
 protected:
  std::string BusSpec() const override {
    return R"({"type": "KafkaConnect", "kafkaConnect": {"url": ")" + workers.url() + "\", " + WorkersSpec() +
           R"(, "brokers": {"bootstrapServers": [")" + workers.secure() + R"("], "caSecret": {"name": ")" + secret +
           R"("}, "adminSecret": ")" + secret + "\"}}}";
  }
  void SetUp() override {
    std::ifstream authority(workers.dir / "ca.crt");
    const std::string pem{std::istreambuf_iterator<char>(authority), {}};
    const auto put = Cluster::Instance().admin().Create(
        credentials::SecretType(), Cluster::kNamespace,
        {{"apiVersion", "v1"},
         {"kind", "Secret"},
         {"metadata", {{"name", secret}}},
         {"stringData", {{"username", "admin"}, {"password", workers.admin_password()}, {"ca.crt", pem}}}});
    ASSERT_TRUE(put) << put.error().message;
    Kafka::SetUp();
  }

  using Entries = std::map<std::string, std::string>;
  /// What Kafka's own console consumer reads from `topic` with the entries of a Secret as they are, or why it doesn't.
  std::string Read(const Entries& entries, const std::string& topic, int count) {
    const auto authority = workers.dir / "reader.crt", file = workers.dir / "reader.properties";
    std::ofstream(authority) << entries.at("certificates");
    {
      std::ofstream properties(file);
      for (const auto& [key, value] : entries) {
        if (key.contains('.')) properties << key << "=" << value << "\n";
      }
      properties << "ssl.truststore.type=PEM\nssl.truststore.location=" << authority.string() << "\n";
    }
    const auto command =
        "java -Xmx64m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dlog4j2.level=ERROR -cp \"$(dev/kafka-bin)/libs/*\" "
        "org.apache.kafka.tools.consumer.ConsoleConsumer --timeout-ms 60000 --max-messages " +
        std::to_string(count) + " --topic " + topic + " --bootstrap-server " + entries.at("bootstrap.servers") +
        " --command-config " + file.string() + " 2>&1";
    const std::unique_ptr<FILE, int (*)(FILE*)> consumer(popen(command.c_str(), "r"), pclose);
    std::string said;
    for (char buffer[4096]; const auto size = fread(buffer, 1, sizeof buffer, consumer.get());)
      said.append(buffer, size);
    std::filesystem::remove(file);
    return said;
  }
  Entries SecretOf(const std::string& name) { return world.Secret(name + ".kafka.freehold"); }
  const std::string secret = world.ns + "-kafka";
};

TEST_F(Topics, AreOpenedForTheServicesThatReadThemAndClosedWithoutLoss) {
  Insert(1, 3);
  EXPECT_TRUE(Arrive(3)) << testing::PrintToString(Arrived()) << controller.log();

  Consume("payments", "Topic");
  EXPECT_TRUE(Eventually([&] {
    const auto status = world.Get("payments").status;
    return StatusOf(world.Get("payments"), "EventsReady") == "True" && status.consumes.size() == 1 &&
           status.consumes[0].topic && status.consumes[0].state == "Streaming";
  })) << controller.log();
  EXPECT_TRUE(Eventually([&] { return workers.List().size() == 1; })) << "it needs no sink";
  Insert(4, 6);
  const auto payments = SecretOf("payments");
  ASSERT_TRUE(payments.contains("password")) << controller.log();
  EXPECT_EQ(world.Get("payments").status.consumes[0].topic->name, payments.at("topics"));
  EXPECT_EQ(StatusOf(world.Get("payments"), "Isolated"), "True");

  Consume("stock", "Topic");
  EXPECT_TRUE(Become("stock", "True")) << controller.log();
  EXPECT_TRUE(SecretOf("stock").contains("password"));
  EXPECT_NE(SecretOf("stock").at("topics"), payments.at("topics"));
  const auto read = Read(payments, payments.at("topics"), 6);
  for (int n = 1; n <= 6; ++n)
    EXPECT_THAT(read, HasSubstr("\"n\": " + std::to_string(n) + ",")) << "from its beginning";
  EXPECT_THAT(Read(SecretOf("stock"), payments.at("topics"), 1), HasSubstr("Not authorized to access topics"));
  auto in_its_group = SecretOf("stock");
  in_its_group["group.id"] = payments.at("group.id");
  EXPECT_THAT(Read(in_its_group, in_its_group.at("topics"), 1), HasSubstr("Not authorized to access group"));
  Insert(7, 7);

  // Back again: the inbox gets all that the topic holds, once each.
  Consume("payments");
  EXPECT_TRUE(Eventually([&] { return SecretOf("payments").empty(); })) << controller.log();
  Insert(8, 9);
  EXPECT_TRUE(Arrive(9)) << testing::PrintToString(Arrived()) << controller.log();
  EXPECT_TRUE(Become("payments", "True")) << controller.log();
}

/// The same workers, kept by what stands in for Strimzi's operator.
class OnStrimzi : public Kafka {
 protected:
  std::string BusSpec() const override {
    return R"({"type": "Strimzi", "strimzi": {"cluster": "events", "namespace": ")" + world.ns + "\", " +
           WorkersSpec() + "}}";
  }
  void GoOn() override {
    workers.Mount(world.ns);
    strimzi.Keep();
  }

  connect::RestClient client = workers.Client();
  Strimzi strimzi{world.ns, "events", client};
};

TEST_F(OnStrimzi, EventsArriveOnceEachAndNothingIsLeft) {
  EXPECT_EQ(world.Get("payments").status.consumes[0].transport, "KafkaConnect");
  Insert(1, 20);
  EXPECT_TRUE(Arrive(20)) << testing::PrintToString(Arrived()) << controller.log();

  // A source without its slot is stopped, its offsets are reset, and it begins at the new slot.
  world.Sql("SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots WHERE slot_name = '" +
            Slots().front() + "' AND active");
  world.Sql("SELECT pg_drop_replication_slot('" + Slots().front() + "')");
  Insert(21, 30);
  EXPECT_TRUE(Arrive(30)) << testing::PrintToString(Arrived()) << controller.log();
  EXPECT_GE(strimzi.resets(), 1);

  // A sink that lost its connection is started again by an annotation.
  world.Sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '" + world.ns +
            "_payments_db_cdc'");
  Insert(31, 40);
  EXPECT_TRUE(Arrive(40)) << testing::PrintToString(Arrived()) << controller.log();
  EXPECT_GE(strimzi.restarts(), 1);
  EXPECT_TRUE(Become("payments", "True")) << controller.log();

  world.Delete("payments");
  EXPECT_TRUE(Eventually([&] { return Slots().empty() && CdcRoles().empty() && strimzi.connectors() == 0; }))
      << testing::PrintToString(Slots()) << testing::PrintToString(CdcRoles()) << controller.log();
}

}  // namespace
}  // namespace freehold::test

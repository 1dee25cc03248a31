// Who may read which topic, and what is done so that it is so; Kafka and the API server are played by hand.
#include <gmock/gmock.h>

#include "reconcilers/api/kinds.h"
#include "reconcilers/topics/keeper.h"
#include "reconcilers/topics/strimzi_realm.h"
#include "tests/unit/manual_clock.h"
#include "tests/world/played_kafka.h"

namespace freehold::topics {
namespace {

using base::Json;
using test::PlayedKafka;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;
using testing::Not;
using testing::SizeIs;

/// Objects by kind and name.
class PlayedApi final : public kube::Client {
 public:
  Result<Json> Get(const kube::ResourceType& type, const kube::Name& name) override {
    const auto found = objects.find({type.kind, name});
    if (found != objects.end()) return found->second;
    return std::unexpected(base::Failure{base::FailureClass::kTerminal, "NotFound", "not found", {}, 404});
  }
  Result<std::string> List(const kube::ResourceType& type, const kube::ListOptions&,
                           const std::function<void(const Json&)>& visit) override {
    for (const auto& [key, object] : objects) {
      if (key.first == type.kind) visit(object);
    }
    return "";
  }
  Result<Json> Create(const kube::ResourceType& type, const std::string& ns, const Json& object) override {
    return objects[{type.kind, {ns, object["metadata"]["name"]}}] = object;
  }
  Result<Json> Apply(const kube::ResourceType& type, const kube::Name& name, const Json& object, std::string_view,
                     std::string_view) override {
    auto& there = objects[{type.kind, name}];
    there.update(object);
    return there;
  }
  Result<Json> JsonPatch(const kube::ResourceType& type, const kube::Name& name, const Json& patch,
                         std::string_view) override {
    for (const auto& operation : patch) {
      if (operation["path"] == "/data") objects[{type.kind, name}]["data"] = operation["value"];
    }
    return patch;
  }
  Result<Json> Replace(const kube::ResourceType&, const kube::Name&, const Json&) override {
    return base::Terminal("Unexpected", "not in this test");
  }
  Result<void> Delete(const kube::ResourceType& type, const kube::Name& name, const std::string&) override {
    objects.erase({type.kind, name});
    return {};
  }

  std::map<std::pair<std::string, kube::Name>, Json> objects;
};

Json SecretWith(const std::map<std::string, base::Sensitive>& entries) {
  return credentials::SecretForm({"", "any"}, {}, "Opaque", entries, Json::object());
}

class Topics : public testing::Test, protected runtime::GateObserver {
 protected:
  Topics() {
    auto server = std::make_shared<api::DatabaseServer>();
    server->meta.name = "main";
    server->status.capabilities = api::Capabilities{.superuser = true, .wal_level = "logical"};
    servers.Put(server);
    Put("orders")->spec.publishes = {{.event = "OrderConfirmed"}};
    Read(*Put("payments"));
    bus->meta.name = "kafka";
    bus->spec = {.type = api::BusType::kKafkaConnect,
                 .kafka_connect = api::KafkaConnectSpec{.url = "http://connect", .topic_prefix = "fh"},
                 .is_default = true};
    bus->spec.kafka_connect->brokers =
        api::KafkaBrokersSpec{.bootstrap_servers = {"kafka:9093"}, .admin_secret = "admin"};
    buses.Put(bus);
    passwords.SetKey(base::Sensitive("a key"));
    api.objects[{"Secret", {"system", "admin"}}] =
        SecretWith({{"username", base::Sensitive("admin")}, {"password", base::Sensitive("admin")}});
  }

  std::shared_ptr<api::ServiceDatabase> Put(const std::string& name) {
    auto object = std::make_shared<api::ServiceDatabase>();
    object->meta = {.name = name, .ns = "shop", .uid = "uid-" + name};
    object->spec.server = "main";
    object->status.store =
        api::StoreStatus{.server = "main", .database = name + "_db", .schema = name, .fingerprint = {}};
    databases.Put(object);
    return object;
  }
  static void Read(api::ServiceDatabase& object) {
    object.spec.consumes = {{.event = "OrderConfirmed", .from = "orders", .deliver = api::Delivery::kTopic}};
  }
  /// What was done, by verb.
  std::vector<std::string> Pass() {
    done.clear();
    kept = *keeper.Keep(*bus);
    return done;
  }
  void PassUntilRead() {
    Pass();
    Pass();
    ASSERT_EQ(Trouble(), "");
  }
  void Before(const runtime::Effect& effect) override { done.push_back(effect.verb); }
  void After(const runtime::Effect&, std::chrono::steady_clock::duration, const base::Failure*) override {}
  credentials::SecretEntries SecretOf(const std::string& consumer) {
    const auto found = api.objects.find({"Secret", {"shop", consumer + ".kafka.freehold"}});
    return found == api.objects.end() ? credentials::SecretEntries{} : credentials::EntriesOf(found->second);
  }
  std::string Trouble() const { return kept.troubles.empty() ? "" : kept.troubles.begin()->second; }

  kube::Store<api::ServiceDatabase> databases;
  kube::Store<api::DatabaseServer> servers;
  kube::Store<api::DataPolicy> policies;
  kube::Store<stores::Namespace> namespaces;
  kube::Store<api::CredentialIndex> indexes;
  kube::Store<api::EventBus> buses;
  ownership::Registry registry;
  const stores::World world{databases, servers, policies, namespaces, registry, indexes, buses};
  PlayedKafka kafka;
  PlayedApi api;
  ManualClock clock;
  runtime::Gate gate{[] { return true; }, clock, this};
  credentials::CdcPasswords passwords;
  std::shared_ptr<api::EventBus> bus = std::make_shared<api::EventBus>();
  std::vector<std::string> done;
  Keeper::Kept kept;
  Keeper keeper{{world, api, api, gate, clock, passwords,
                 [this](const kafka::Access& access) { return kafka.Connect(access); }, "system"}};
};

TEST_F(Topics, AreReadWithALoginThatWasTriedByTheOneUserThatMay) {
  EXPECT_THAT(Pass(), ElementsAre("add-acls", "set-password", "make-topic"));
  EXPECT_THAT(Trouble(), HasSubstr("does not see all of its topics yet"));
  EXPECT_THAT(SecretOf("payments"), IsEmpty());
  EXPECT_THAT(Pass(), ElementsAre("create-secret"));
  EXPECT_EQ(Trouble(), "");
  EXPECT_THAT(kafka.logins, ElementsAre("admin", "fh.shop.payments", "admin", "fh.shop.payments"));
  const auto secret = SecretOf("payments");
  ASSERT_THAT(secret, Contains(Key("topics")));
  const auto topic = secret.at("topics").Reveal();
  EXPECT_TRUE(topic.starts_with("fh.orders_db_to_payments_db_")) << topic;
  EXPECT_THAT(kafka.topics, ElementsAre(topic));
  EXPECT_EQ(secret.at("type").Reveal(), "kafka");
  EXPECT_EQ(secret.at("group.id").Reveal(), "fh.shop.payments");
  EXPECT_EQ(secret.at("username").Reveal(), "fh.shop.payments");
  EXPECT_EQ(secret.at("password").Reveal(), kafka.users.at("fh.shop.payments"));
  EXPECT_EQ(secret.at("bootstrap.servers").Reveal(), "kafka:9093");
  EXPECT_EQ(secret.at("security.protocol").Reveal(), "SASL_SSL");

  using kafka::Operation, kafka::Resource;
  EXPECT_THAT(
      kafka.acls,
      ElementsAre(
          kafka::Acl{.resource = Resource::kTopic, .name = topic, .principal = "User:fh.shop.payments"},
          kafka::Acl{.resource = Resource::kTopic,
                     .name = topic,
                     .principal = "User:fh.shop.payments",
                     .operation = Operation::kDescribe},
          kafka::Acl{.resource = Resource::kGroup, .name = "fh.shop.payments", .principal = "User:fh.shop.payments"}));
  EXPECT_THAT(Pass(), IsEmpty());
}

TEST_F(Topics, RightsAndPasswordsThatSomebodyChangedAreAsTheyShouldBeAgain) {
  PassUntilRead();
  const auto password = kafka.users["fh.shop.payments"];
  kafka.acls.insert({.name = "fh.another", .principal = "User:fh.shop.payments"});
  kafka.acls.insert({.name = "fh.another", .principal = "User:somebody"});
  kafka.acls.erase(std::prev(kafka.acls.end()));
  EXPECT_THAT(Pass(), ElementsAre("delete-acls", "add-acls"));
  EXPECT_THAT(kafka.acls, SizeIs(4)) << "those of others are theirs";
  kafka.users["fh.shop.payments"] = "another";
  clock.Advance(std::chrono::minutes(11));
  EXPECT_THAT(Pass(), ElementsAre("set-password"));
  EXPECT_TRUE(kept.busy);
  EXPECT_EQ(kafka.users["fh.shop.payments"], password);
  Pass();
  EXPECT_EQ(Trouble(), "");
}

TEST_F(Topics, AreReadWithAnotherPasswordOnceARotationIsAskedFor) {
  PassUntilRead();
  const auto before = SecretOf("payments").at("password").Reveal();
  const auto object = Put("payments");
  Read(*object);
  object->meta.annotations[api::kRotateAnnotation] = "today";
  EXPECT_THAT(Pass(), ElementsAre("set-password"));
  EXPECT_THAT(Pass(), ElementsAre("update-secret"));
  EXPECT_NE(SecretOf("payments").at("password").Reveal(), before);
  EXPECT_EQ(SecretOf("payments").at("password").Reveal(), kafka.users.at("fh.shop.payments"));
  EXPECT_THAT(Pass(), IsEmpty());
}

TEST_F(Topics, OfAServiceThatReadsThemNoMoreAreClosedAndItsSecretIsEmptied) {
  PassUntilRead();
  Put("payments")->spec.consumes = {{.event = "OrderConfirmed", .from = "orders"}};
  EXPECT_THAT(Pass(), ElementsAre("update-secret", "delete-acls", "delete-user"));
  EXPECT_THAT(SecretOf("payments"), IsEmpty());
  EXPECT_THAT(kafka.acls, IsEmpty());
  EXPECT_THAT(kafka.users, ElementsAre(Key("admin")));
  EXPECT_TRUE(kept.busy);
  EXPECT_THAT(Pass(), IsEmpty());
  EXPECT_TRUE(kept.empty);
}

TEST_F(Topics, OfABusThatGoesAreClosed) {
  Pass();
  bus->meta.deleted = base::Timestamp{};
  Pass();
  EXPECT_THAT(kafka.users, ElementsAre(Key("admin")));
  Pass();
  EXPECT_TRUE(kept.empty);
}

TEST_F(Topics, NeedASecretThatIsNobodyElses) {
  api.objects[{"Secret", {"shop", "payments.kafka.freehold"}}] = SecretWith({{"theirs", base::Sensitive("x")}});
  Pass();
  Pass();
  EXPECT_THAT(Trouble(), HasSubstr("was not made by Freehold"));
  EXPECT_THAT(SecretOf("payments"), ElementsAre(Key("theirs")));
}

TEST_F(Topics, WaitWhileKafkaIsDownOrItsAdministratorIsRefused) {
  kafka.down = true;
  EXPECT_THAT(Pass(), IsEmpty());
  EXPECT_THAT(Trouble(), HasSubstr("nobody is there"));
  EXPECT_FALSE(kept.empty);
  kafka.down = false;
  kafka.users["admin"] = "changed";
  Pass();
  EXPECT_EQ(Trouble(), "Kafka: no");
  EXPECT_THAT(SecretOf("payments"), IsEmpty());
}

TEST_F(Topics, AreNamedInASecretWithoutALoginWhereUsersAreOthersBusiness) {
  bus->spec.kafka_connect->brokers->admin_secret.reset();
  EXPECT_THAT(Pass(), ElementsAre("create-secret"));
  EXPECT_THAT(kafka.logins, IsEmpty());
  EXPECT_THAT(SecretOf("payments"), Contains(Key("topics")));
  EXPECT_THAT(SecretOf("payments"), Not(Contains(Key("password"))));
}

TEST_F(Topics, OnStrimziAreReadByAKafkaUserAndItsSecretIsHandedOn) {
  bus->spec = {.type = api::BusType::kStrimzi,
               .strimzi = api::StrimziSpec{.cluster = "connect",
                                           .ns = "kafka",
                                           .topic_prefix = "f_h",
                                           .kafka = api::StrimziKafkaSpec{.cluster = "events", .listener = "apps"}},
               .is_default = true};
  api.objects[{"Kafka", {"kafka", "events"}}] = Json::parse(R"({
    "spec": {"kafka": {"listeners": [{"name": "apps", "tls": true}]}},
    "status": {"listeners": [{"name": "apps", "bootstrapServers": "events.kafka:9093", "certificates": ["PEM"]}]}})");
  EXPECT_THAT(Pass(), ElementsAre("apply-user"));
  const std::pair<std::string, kube::Name> key{"KafkaUser", {"kafka", "f-h.shop.payments"}};
  ASSERT_TRUE(api.objects.contains(key));
  auto& user = api.objects[key];
  EXPECT_EQ(user["metadata"]["labels"]["strimzi.io/cluster"], "events");
  const auto& acls = user["spec"]["authorization"]["acls"];
  ASSERT_EQ(acls.size(), 2u) << acls;
  EXPECT_EQ(acls[0],
            Json::parse(R"({"resource": {"type": "group", "name": "f-h.shop.payments", "patternType": "literal"},
                                     "host": "*", "operations": ["Read"]})"));
  EXPECT_EQ(acls[1]["operations"], Json::parse(R"(["Read", "Describe"])"));
  EXPECT_THAT(acls[1]["resource"]["name"].get<std::string>(), testing::StartsWith("f_h.orders_db_to_payments_db_"));

  EXPECT_THAT(Pass(), IsEmpty());
  EXPECT_THAT(Trouble(), HasSubstr("not ready"));
  user["metadata"]["generation"] = 1;
  user["status"] = Json::parse(
      R"({"observedGeneration": 1, "secret": "made", "conditions": [{"type": "Ready", "status": "True"}]})");
  api.objects[{"Secret", {"kafka", "made"}}] = SecretWith({{"password", base::Sensitive("by Strimzi")}});
  EXPECT_THAT(Pass(), ElementsAre("create-secret"));
  EXPECT_EQ(SecretOf("payments").at("password").Reveal(), "by Strimzi");
  EXPECT_EQ(SecretOf("payments").at("bootstrap.servers").Reveal(), "events.kafka:9093");
  EXPECT_EQ(SecretOf("payments").at("certificates").Reveal(), "PEM");

  Put("payments");
  EXPECT_THAT(Pass(), ElementsAre("update-secret", "delete-user"));
  EXPECT_FALSE(api.objects.contains(key));
}

}  // namespace
}  // namespace freehold::topics

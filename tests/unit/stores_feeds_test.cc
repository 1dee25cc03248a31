// Which events leave a store and come into it, and who carries them.
#include <gmock/gmock.h>

#include "reconcilers/stores/carrier.h"
#include "reconcilers/stores/feeds.h"

namespace freehold::stores {
namespace {

using engines::Carrier;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class Feeds : public testing::Test {
 protected:
  Feeds() {
    PutServer("main");
    PutServer("other");
    Put("orders", "main")->spec.publishes = {{.event = "OrderConfirmed"}, {.event = "OrderCancelled"}};
    Consume(*Put("payments", "main"), {{.event = "OrderConfirmed", .from = "orders"}});
  }

  std::shared_ptr<api::DatabaseServer> PutServer(const std::string& name) {
    auto server = std::make_shared<api::DatabaseServer>();
    server->meta.name = name;
    server->spec.tls.ca_secret = {.name = "ca", .key = "ca.crt"};
    server->spec.shared_database = "apps";
    server->status.version = "15.4";
    server->status.capabilities = api::Capabilities{.superuser = true,
                                                    .replicate = true,
                                                    .subscribe = true,
                                                    .wal_level = "logical",
                                                    .replication_slots = 10,
                                                    .subscriptions = 4};
    servers.Put(server);
    return server;
  }
  /// A store that was made.
  std::shared_ptr<api::ServiceDatabase> Put(const std::string& name, const std::string& server,
                                            const std::string& database = "") {
    auto object = std::make_shared<api::ServiceDatabase>();
    object->meta = {.name = name, .ns = "shop", .uid = "uid-" + name};
    object->spec.server = server;
    if (!database.empty()) object->spec.isolation = api::Isolation::kSchema;
    object->status.store = api::StoreStatus{
        .server = server, .database = database.empty() ? name + "_db" : database, .schema = name, .fingerprint = {}};
    databases.Put(object);
    return object;
  }
  static void Consume(api::ServiceDatabase& object, std::vector<api::ConsumedEvent> events) {
    object.spec.consumes = std::move(events);
  }
  std::vector<engines::FeedWanted> Into(const std::string& name) {
    const auto object = databases.Find({"shop", name});
    return FeedsInto(*PlaceOfStore(*object, world), SubscriptionsOf(*object, world), world).inbox;
  }
  std::vector<TopicFeed> Topics(const std::string& name) {
    const auto object = databases.Find({"shop", name});
    return FeedsInto(*PlaceOfStore(*object, world), SubscriptionsOf(*object, world), world).topics;
  }
  std::vector<engines::OutgoingWanted> From(const std::string& name) {
    const auto object = databases.Find({"shop", name});
    return OutgoingFrom(*object, *PlaceOfStore(*object, world), world);
  }

  static api::KafkaConnectSpec WithBrokers() {
    return {.url = "http://connect", .brokers = api::KafkaBrokersSpec{.bootstrap_servers = {"kafka:9093"}}};
  }
  std::shared_ptr<api::EventBus> PutBus(const std::string& name, api::BusType type, bool is_default = true,
                                        int created = 0) {
    auto bus = std::make_shared<api::EventBus>();
    bus->meta.name = name;
    bus->meta.created = base::Timestamp{} + std::chrono::seconds(created);
    bus->spec = {.type = type, .is_default = is_default};
    buses.Put(bus);
    return bus;
  }
  /// Of what leaves `orders` for another server.
  Carrier CarrierOfOrders(const std::optional<std::string>& bus) {
    auto publisher = Put("orders", "main");
    publisher->spec.publishes = {{.event = "OrderConfirmed"}};
    publisher->spec.bus = bus;
    return CarrierOf(*publisher, *PlaceOfStore(*publisher, world), *PlaceOfStore(*Put("stock", "other"), world), world);
  }

  kube::Store<api::ServiceDatabase> databases;
  kube::Store<api::DatabaseServer> servers;
  kube::Store<api::DataPolicy> policies;
  kube::Store<Namespace> namespaces;
  kube::Store<api::CredentialIndex> indexes;
  kube::Store<api::EventBus> buses;
  ownership::Registry registry;
  const World world{databases, servers, policies, namespaces, registry, indexes, buses};
};

TEST_F(Feeds, OfTwoDatabasesHaveOneChannelThatBothEndsCallTheSame) {
  const auto into = Into("payments");
  const auto from = From("orders");
  ASSERT_THAT(into, SizeIs(1));
  ASSERT_THAT(from, SizeIs(1));
  EXPECT_EQ(into[0].channel, from[0].channel);
  EXPECT_TRUE(into[0].channel->name.starts_with("orders_db_to_payments_db_")) << into[0].channel->name;
  EXPECT_THAT(into[0].types, ElementsAre("OrderConfirmed"));
  EXPECT_THAT(from[0].types, ElementsAre("OrderConfirmed"));
  EXPECT_EQ(from[0].consumer, "shop/payments");
}

TEST_F(Feeds, OfOneDatabaseHaveNone) {
  Put("orders", "main", "apps")->spec.publishes = {{.event = "OrderConfirmed"}};
  Consume(*Put("payments", "main", "apps"), {{.event = "OrderConfirmed", .from = "orders"}});
  ASSERT_THAT(Into("payments"), SizeIs(1));
  EXPECT_EQ(Into("payments")[0].channel, std::nullopt);
  EXPECT_THAT(From("orders"), IsEmpty());
}

TEST_F(Feeds, AreNotKeptForAConsumerThatIsNotMadeYetOrGoes) {
  auto coming = Put("payments", "main");
  Consume(*coming, {{.event = "OrderConfirmed", .from = "orders"}});
  coming->status.store.reset();
  EXPECT_THAT(From("orders"), IsEmpty());
  auto leaving = Put("payments", "main");
  Consume(*leaving, {{.event = "OrderConfirmed", .from = "orders"}});
  leaving->meta.deleted = base::Timestamp{};
  EXPECT_THAT(From("orders"), IsEmpty());
}

TEST_F(Feeds, AreOfOfferedEventsOnly) {
  Put("orders", "main")->spec.publishes = {{.event = "OrderConfirmed", .to = std::vector<std::string>{"inventory"}}};
  EXPECT_THAT(From("orders"), IsEmpty());
  EXPECT_THAT(Into("payments"), IsEmpty());
}

TEST_F(Feeds, BetweenTwoServersHaveAChannelThoughTheDatabasesAreCalledTheSame) {
  Put("orders", "main", "apps")->spec.publishes = {{.event = "OrderConfirmed"}};
  Consume(*Put("payments", "other", "apps"), {{.event = "OrderConfirmed", .from = "orders"}});
  ASSERT_THAT(Into("payments"), SizeIs(1));
  EXPECT_NE(Into("payments")[0].channel, std::nullopt);
  EXPECT_EQ(Into("payments")[0].server, "main");
}

TEST_F(Feeds, AreCarriedByTheDatabasesWhereTheyCan) {
  struct Case {
    const char* what;
    std::function<void(api::DatabaseServer& publisher, api::DatabaseServer& consumer)> change;
    Carrier carrier;
  };
  const std::vector<Case> cases = {
      {"both can", [](auto&, auto&) {}, Carrier::kReplication},
      {"the publisher's admin makes no role that replicates",
       [](auto& p, auto&) { p.status.capabilities->replicate = false; }, Carrier::kPolling},
      {"nor need the consumer's", [](auto&, auto& c) { c.status.capabilities->replicate = false; },
       Carrier::kReplication},
      {"the consumer's admin makes no subscription", [](auto&, auto& c) { c.status.capabilities->subscribe = false; },
       Carrier::kPolling},
      {"nor need the publisher's", [](auto& p, auto&) { p.status.capabilities->subscribe = false; },
       Carrier::kReplication},
      {"the publisher's admin is no superuser", [](auto& p, auto&) { p.status.capabilities->superuser = false; },
       Carrier::kReplication},
      {"the consumer's is none, and writes no file with the CA",
       [](auto&, auto& c) { c.status.capabilities->superuser = false; }, Carrier::kPolling},
      {"the file is there",
       [](auto& p, auto& c) {
         c.status.capabilities->superuser = false;
         p.spec.tls.peer_root_cert = "/etc/ssl/pg-ca.pem";
       },
       Carrier::kReplication},
      {"the CA is the system's, which 15 doesn't look at", [](auto& p, auto&) { p.spec.tls.peer_root_cert = "system"; },
       Carrier::kPolling},
      {"the CA is the system's, and 18 looks there",
       [](auto& p, auto& c) {
         c.status.capabilities->superuser = false;
         c.status.version = "18.1";
         p.spec.tls.peer_root_cert = "system";
       },
       Carrier::kReplication},
      {"no certificate is asked for",
       [](auto& p, auto& c) {
         c.status.capabilities->superuser = false;
         p.spec.tls.mode = api::TlsMode::kRequire;
       },
       Carrier::kReplication},
      {"the publisher doesn't decode", [](auto& p, auto&) { p.status.capabilities->wal_level = "replica"; },
       Carrier::kPolling},
      {"the consumer's wal_level is nobody's business",
       [](auto&, auto& c) { c.status.capabilities->wal_level = "replica"; }, Carrier::kReplication},
      {"no slot is left", [](auto& p, auto&) { p.status.capabilities->replication_slots = 0; }, Carrier::kPolling},
      {"no worker is left", [](auto&, auto& c) { c.status.capabilities->subscriptions = 0; }, Carrier::kPolling},
      {"nobody has looked", [](auto& p, auto&) { p.status.capabilities.reset(); }, Carrier::kPolling},
      {"15 doesn't know the system's authorities", [](auto& p, auto&) { p.spec.tls.ca_secret.reset(); },
       Carrier::kPolling},
      {"16 does",
       [](auto& p, auto& c) {
         p.spec.tls.ca_secret.reset();
         c.status.version = "16.1";
       },
       Carrier::kReplication},
  };
  Consume(*Put("payments", "other"), {{.event = "OrderConfirmed", .from = "orders"}});
  for (const auto& [what, change, carrier] : cases) {
    change(*PutServer("main"), *PutServer("other"));
    EXPECT_EQ(CarrierBetween("main", "other", world), carrier) << what;
  }
}

TEST_F(Feeds, SayWhyTheOperatorCarriesThemUnlessItWasAskedTo) {
  Put("stock", "other");
  const auto why = [&] {
    const auto orders = databases.Find({"shop", "orders"}), stock = databases.Find({"shop", "stock"});
    return WhyPolled(*orders, *PlaceOfStore(*orders, world), *PlaceOfStore(*stock, world), world);
  };
  EXPECT_EQ(why(), "");
  auto publisher = PutServer("main");
  publisher->status.capabilities->superuser = publisher->status.capabilities->replicate = false;
  EXPECT_EQ(why(), "the admin of DatabaseServer main is no superuser, which it takes before PostgreSQL 16");
  publisher->status.version = "16.4";
  EXPECT_EQ(why(), "the admin of DatabaseServer main is no superuser and lacks REPLICATION or CREATEROLE");
  PutServer("main");
  PutServer("other")->status.capabilities->superuser = false;
  EXPECT_THAT(why(), testing::HasSubstr("say by tls.peerRootCert of DatabaseServer main where the CA is"));
  PutBus("slow", api::BusType::kPolling);
  EXPECT_EQ(why(), "");
}

TEST_F(Feeds, AreCarriedByTheBusThatThePublisherNamesOrTheDefaultOne) {
  EXPECT_EQ(CarrierOfOrders({}), Carrier::kReplication) << "there is no bus";
  PutBus("slow", api::BusType::kPolling, false);
  EXPECT_EQ(CarrierOfOrders({}), Carrier::kReplication) << "none is the default";
  EXPECT_EQ(CarrierOfOrders("slow"), Carrier::kPolling);
  PutBus("main", api::BusType::kPolling);
  EXPECT_EQ(CarrierOfOrders({}), Carrier::kPolling);
  PutBus("native", api::BusType::kPostgreSQL, false);
  EXPECT_EQ(CarrierOfOrders("native"), Carrier::kReplication);
}

TEST_F(Feeds, AreCarriedByTheOperatorWhileABusThatIsNamedIsMissing) {
  EXPECT_EQ(CarrierOfOrders("gone"), Carrier::kPolling);
}

TEST_F(Feeds, AreCarriedByTheOldestOfSeveralDefaultBuses) {
  PutBus("b-first", api::BusType::kPolling, true, 1);
  PutBus("a-second", api::BusType::kPostgreSQL, true, 2);
  EXPECT_EQ(CarrierOfOrders({}), Carrier::kPolling);
}

TEST_F(Feeds, AreCarriedByConnectWhereItsRolesCanBeMadeAndTheConsumerHasItsOwnDatabase) {
  PutBus("kafka", api::BusType::kKafkaConnect);
  EXPECT_EQ(CarrierOfOrders({}), Carrier::kConnect);
  PutServer("other")->status.capabilities->subscriptions = 0;
  EXPECT_EQ(CarrierOfOrders({}), Carrier::kConnect) << "it subscribes to nothing";
  PutServer("other")->status.capabilities->superuser = false;
  EXPECT_EQ(CarrierOfOrders({}), Carrier::kPolling);
  PutServer("other");
  PutServer("main")->status.capabilities->wal_level = "replica";
  EXPECT_EQ(CarrierOfOrders({}), Carrier::kPolling);
  PutServer("main");
  Consume(*Put("payments", "other", "apps"), {{.event = "OrderConfirmed", .from = "orders"}});
  EXPECT_EQ(Into("payments").at(0).channel->carrier, Carrier::kPolling) << "others live in its database";
}

TEST_F(Feeds, OfOnePublisherShareALinkByConnectAndKeepTheirChannels) {
  const auto before = From("orders").at(0).channel.name;
  PutBus("kafka", api::BusType::kKafkaConnect);
  Consume(*Put("stock", "other"), {{.event = "OrderCancelled", .from = "orders"}});
  const auto from = From("orders");
  ASSERT_THAT(from, SizeIs(2));
  EXPECT_EQ(from[0].channel.name, before);
  EXPECT_EQ(from[0].channel.link, from[1].channel.link);
  EXPECT_NE(from[0].channel.name, from[1].channel.name);
  EXPECT_TRUE(from[0].channel.link.starts_with("orders_db_to_kafka_")) << from[0].channel.link;
  EXPECT_EQ(Into("stock").at(0).channel, from[1].channel);
}

api::ConsumedEvent ByTopic(const std::string& event, const std::string& from) {
  return {.event = event, .from = from, .deliver = api::Delivery::kTopic};
}

TEST_F(Feeds, ThatAServiceReadsItselfComeByTheChannelOfTheirTopicAndNothingIsMadeAtItsStore) {
  PutBus("kafka", api::BusType::kKafkaConnect)->spec.kafka_connect = WithBrokers();
  const auto before = From("orders").at(0).channel;
  Consume(*Put("payments", "main"), {ByTopic("OrderConfirmed", "orders")});
  EXPECT_THAT(Into("payments"), IsEmpty());
  ASSERT_THAT(Topics("payments"), SizeIs(1));
  const auto topic = Topics("payments")[0];
  EXPECT_EQ(topic.hindrance, "");
  EXPECT_EQ(topic.bus->meta.name, "kafka");
  EXPECT_EQ(topic.feed.channel, before) << "a change of delivery changes nothing at the publisher";
  EXPECT_THAT(From("orders").at(0).channel, before);

  Consume(*Put("payments", "main", "apps"), {ByTopic("OrderConfirmed", "orders")});
  EXPECT_EQ(Topics("payments").at(0).feed.channel->carrier, Carrier::kConnect) << "others may live in its database";
  Put("orders", "main", "apps")->spec.publishes = {{.event = "OrderConfirmed"}};
  EXPECT_THAT(Topics("payments"), IsEmpty()) << "within one database the publisher writes the inbox";
  EXPECT_THAT(Into("payments"), SizeIs(1));
  EXPECT_THAT(From("orders"), IsEmpty());
}

TEST_F(Feeds, ThatCantBeReadFromATopicWaitAtThePublisherAndSayWhy) {
  Consume(*Put("payments", "other"), {ByTopic("OrderConfirmed", "orders")});
  EXPECT_THAT(Topics("payments").at(0).hindrance,
              HasSubstr("shop/orders publishes by the databases themselves: let it"));
  EXPECT_EQ(From("orders").at(0).channel.carrier, Carrier::kPolling);
  const auto bus = PutBus("kafka", api::BusType::kKafkaConnect);
  bus->spec.kafka_connect = api::KafkaConnectSpec{};
  EXPECT_THAT(Topics("payments").at(0).hindrance, HasSubstr("does not say where Kafka is: set kafkaConnect.brokers"));
  bus->spec.kafka_connect = WithBrokers();
  EXPECT_EQ(Topics("payments").at(0).hindrance, "");
  PutServer("main")->status.capabilities->superuser = false;
  EXPECT_THAT(Topics("payments").at(0).hindrance, HasSubstr("DatabaseServer main of shop/orders can't feed topics"));
  PutServer("main");

  PutBus("second", api::BusType::kKafkaConnect, false)->spec.kafka_connect = WithBrokers();
  auto stock = Put("stock", "main");
  stock->spec.publishes = {{.event = "Reserved"}};
  stock->spec.bus = "second";
  Consume(*Put("payments", "other"), {ByTopic("OrderConfirmed", "orders"), ByTopic("Reserved", "stock")});
  EXPECT_EQ(Topics("payments").at(0).hindrance, "");
  EXPECT_THAT(Topics("payments").at(1).hindrance, HasSubstr("a service reads topics of one Kafka"));
}

TEST_F(Feeds, OfOnePublisherGoOneWayAndThatIsTheInbox) {
  PutBus("kafka", api::BusType::kKafkaConnect)->spec.kafka_connect = WithBrokers();
  Consume(*Put("payments", "main"),
          {ByTopic("OrderConfirmed", "orders"), {.event = "OrderCancelled", .from = "orders"}});
  EXPECT_THAT(Topics("payments"), IsEmpty());
  EXPECT_THAT(Into("payments").at(0).types, ElementsAre("OrderCancelled", "OrderConfirmed"));
}

TEST_F(Feeds, ThatTheOperatorCarriesTakeNoRoomOnTheServers) {
  servers.Put([&] {
    auto server = std::make_shared<api::DatabaseServer>(*PutServer("other"));
    server->status.capabilities->subscriptions = 1;
    return server;
  }());
  PutBus("slow", api::BusType::kPolling, false);
  auto catalog = Put("catalog", "main");
  catalog->spec.publishes = {{.event = "ProductUpdated"}};
  Consume(*Put("payments", "other"),
          {{.event = "OrderConfirmed", .from = "orders"}, {.event = "ProductUpdated", .from = "catalog"}});
  EXPECT_EQ(CarrierOfOrders({}), Carrier::kPolling) << "there is room for one of two";
  catalog->spec.bus = "slow";
  EXPECT_EQ(CarrierOfOrders({}), Carrier::kReplication);
}

}  // namespace
}  // namespace freehold::stores

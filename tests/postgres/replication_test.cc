// Events between stores of different databases, carried by the databases themselves.
#include <cstdlib>
#include <fstream>

#include "tests/postgres/channels.h"
#include "tests/world/await.h"

namespace freehold::engines::postgres {
namespace {

using api::Isolation;
using testing::ElementsAre;
using testing::IsEmpty;

class Replication : public Channels {
 protected:
  void TearDown() override {
    // Slots and subscriptions keep a database from being dropped.
    if (major_ > 0) ConvergeRemoval(consumer_.layout, api::DeletionPolicy::kDelete, "uid-of-payments");
    if (major_ > 0) ConvergeRemoval(producer_.layout, api::DeletionPolicy::kDelete);
    ServerTest::TearDown();
  }
  void Replicate(std::vector<std::string> types = {"OrderConfirmed"}, std::vector<std::string> early = {}) {
    Want(std::move(types), std::move(early));
    producer_.outgoing[0].channel.carrier = Carrier::kReplication;
    if (!Observe(producer_.layout).cdc.exists) producer_.new_cdc_verifier = engine_.MakeVerifier(kCdcPassword);
    Converge(producer_, 2);
    producer_.new_cdc_verifier.reset();
    consumer_.feeds[0].channel->carrier = Carrier::kReplication;
    consumer_.feeds[0].upstream =
        Upstream{.host = access_.host,
                 .port = access_.port,
                 .database = producer_.layout.database,
                 .ca_pem = access_.ca_pem,
                 .root_cert = IsManaged() ? Root().Ask("SHOW data_directory") + "/ca.crt" : "",
                 .user = CdcRoleOf(producer_.layout),
                 .password = kCdcPassword};
    Converge(consumer_, 2);
  }
  /// Waits for it.
  std::string ArrivedAtLast(const std::string& what) {
    test::Await(20s, [&] { return Arrived() == what; });
    return Arrived();
  }
  bool Runs() {
    const auto feeds = Observe(consumer_.layout).feeds;
    return feeds.size() == 1 && feeds[0].running;
  }

  inline static const base::Sensitive kCdcPassword{"only-for-replication"};
};

INSTANTIATE_TEST_SUITE_P(, Replication, testing::ValuesIn(ReplicatingSites()), PrintSite);

TEST_P(Replication, BringsEventsWithoutTheOperator) {
  Publish("OrderConfirmed", "before");
  Replicate();
  EXPECT_TRUE(Look().published);
  Publish("OrderConfirmed", "1", R"({"total": 12345678901234567890.10})");
  Publish("OrderCancelled", "2");
  Publish("OrderConfirmed", "3");
  EXPECT_EQ(ArrivedAtLast("OrderConfirmed 1, OrderConfirmed 3"), "OrderConfirmed 1, OrderConfirmed 3");
  EXPECT_TRUE(Runs());
  EXPECT_EQ(Look().waiting, 0) << "nothing stays at the publisher's";
  EXPECT_EQ(InConsumer().Ask("SELECT count(*) FROM freehold." + channel_), "0");
  EXPECT_EQ(Service(consumer_).Ask("SELECT payload->>'total' FROM inbox ORDER BY position"), "12345678901234567890.10");
  for (const auto* store : {&producer_, &consumer_}) {
    EXPECT_THAT(Observe(store->layout).foreign, IsEmpty());
    EXPECT_FALSE(IsSuspect(store->layout));
    EXPECT_THAT(Plan(*store), IsEmpty());
  }
}

TEST_P(Replication, ComesFromAStoreThatSharesItsDatabase) {
  producer_ = NewStore(Isolation::kSchema, "catalog");
  producer_.outbox = OutboxWanted{{"OrderConfirmed"}, 168h, now_};
  Settle(producer_);
  channel_ = ChannelBetween({"here", producer_.layout}, {"here", consumer_.layout});
  Replicate();
  Publish("OrderConfirmed", "1");
  EXPECT_EQ(ArrivedAtLast("OrderConfirmed 1"), "OrderConfirmed 1");
}

TEST_P(Replication, BeginsWithWhatTheOutboxHoldsWhenAsked) {
  Publish("OrderConfirmed", "1");
  Publish("OrderConfirmed", "2");
  Replicate({"OrderConfirmed"}, {"OrderConfirmed"});
  Publish("OrderConfirmed", "3");
  const std::string all = "OrderConfirmed 1, OrderConfirmed 2, OrderConfirmed 3";
  EXPECT_EQ(ArrivedAtLast(all), all);
}

TEST_P(Replication, TellsTheServiceThatListens) {
  Replicate();
  auto service = Service(consumer_);
  const auto channel = InboxChannel(consumer_.layout);
  service.Ask("LISTEN \"" + channel + "\"");
  EXPECT_TRUE(service.Hears(channel, [&] { Publish("OrderConfirmed", "1"); }));
}

TEST_P(Replication, IsByARoleThatCanDoNothingElse) {
  Replicate();
  const auto cdc = CdcRoleOf(producer_.layout);
  const auto may_not = [&](const std::string& database, const std::string& statement) {
    Client client(ConnectAs(cdc, database, kCdcPassword));
    EXPECT_ANY_THROW(client.Ask(statement)) << statement;
  };
  const auto outbox = "\"" + producer_.layout.schema + "\".outbox";
  for (const auto& statement :
       {"SELECT * FROM " + outbox,
        "INSERT INTO " + outbox + " (aggregatetype, aggregateid, type) VALUES ('a', 'b', 'c')",
        "SELECT * FROM freehold." + channel_, std::string("CREATE TABLE mine (id int)"),
        std::string("CREATE PUBLICATION mine FOR ALL TABLES"), std::string("SET ROLE ") + access_.username}) {
    may_not(producer_.layout.database, statement);
  }
  EXPECT_ANY_THROW(Client(ConnectAs(cdc, consumer_.layout.database, kCdcPassword)));
  EXPECT_ANY_THROW(Client(ConnectAs(cdc, access_.maintenance_database, kCdcPassword)));
  Root().Ask("GRANT CONNECT ON DATABASE \"" + consumer_.layout.database + "\" TO " + cdc);
  EXPECT_FALSE(Observe(consumer_.layout).foreign.empty()) << "its exemption is for its own database";
  EXPECT_THAT(Converge(consumer_, 1).foreign, IsEmpty());
  Root().Ask("ALTER ROLE " + cdc + " CREATEROLE");
  EXPECT_FALSE(Plan(producer_).empty());
  Converge(producer_, 1);
}

TEST_P(Replication, ShowsItsPasswordToSuperusersAndInNoLog) {
  const auto& database = consumer_.layout.database;
  auto root = Root();
  root.Ask("ALTER DATABASE \"" + database + "\" SET log_statement = 'all'");
  root.Ask("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '" + database + "'");
  Replicate();
  // What fails is logged with its statement.
  consumer_.feeds[0].upstream->port = 1;
  for (const auto& step : Plan(consumer_)) EXPECT_TRUE(engine_.Run(access_, step)) << step.verb;
  InConsumer().Ask("ALTER SUBSCRIPTION freehold_" + channel_ + " DISABLE");
  InConsumer().Ask("ALTER SUBSCRIPTION freehold_" + channel_ + " SET (slot_name = NONE)");
  InConsumer().Ask("DROP SUBSCRIPTION freehold_" + channel_);
  for (const auto& step : Plan(consumer_)) EXPECT_FALSE(engine_.Run(access_, step)) << step.verb;
  consumer_.feeds[0].upstream->port = access_.port;
  Converge(consumer_, 2);
  EXPECT_EQ(Root().Ask("SELECT subconninfo LIKE '%only-for-' || 'replication%' FROM pg_subscription WHERE subname = "
                       "'freehold_" +
                       channel_ + "'"),
            "t");
  EXPECT_ANY_THROW(Service(consumer_).Ask("SELECT subconninfo FROM pg_subscription"));
  const auto* servers = std::getenv("FREEHOLD_TEST_SERVERS");
  ASSERT_TRUE(servers);
  std::ifstream file(std::string(servers) + "/pg" + std::to_string(major_) + "/postgres.log");
  const std::string log((std::istreambuf_iterator<char>(file)), {});
  EXPECT_TRUE(log.contains("CREATE SUBSCRIPTION \"freehold_" + channel_));
  EXPECT_TRUE(log.contains("could not connect to the publisher"));
  EXPECT_FALSE(log.contains(kCdcPassword.Reveal()));
}

TEST_P(Replication, IsMadeAgainWithoutLossWhenItsPartsWereTakenAway) {
  Replicate();
  Publish("OrderConfirmed", "1");
  ASSERT_EQ(ArrivedAtLast("OrderConfirmed 1"), "OrderConfirmed 1");
  InConsumer().Ask("ALTER SUBSCRIPTION freehold_" + channel_ + " DISABLE");
  auto root = InProducer();
  root.Ask("SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots WHERE slot_name = 'freehold_" +
           channel_ + "' AND active");
  Publish("OrderConfirmed", "2");
  root.Ask("SELECT pg_drop_replication_slot('freehold_" + channel_ + "')");
  Publish("OrderConfirmed", "3");
  EXPECT_FALSE(Look().published);
  EXPECT_FALSE(Runs());
  Replicate();
  Publish("OrderConfirmed", "4");
  const std::string all = "OrderConfirmed 1, OrderConfirmed 2, OrderConfirmed 3, OrderConfirmed 4";
  EXPECT_EQ(ArrivedAtLast(all), all);
  root.Ask("DROP PUBLICATION freehold_" + channel_);
  Replicate();
  Publish("OrderConfirmed", "5");
  EXPECT_EQ(ArrivedAtLast(all + ", OrderConfirmed 5"), all + ", OrderConfirmed 5");
}

TEST_P(Replication, IsMadeAgainWhereItsSubscriptionWasRestoredFromADumpAndKnowsNoTable) {
  if (GetParam().kind != AdminKind::kSuperuser) return;  // its subscription would be the superuser's who restored it
  Replicate();
  const auto name = "freehold_" + channel_;
  auto root = InConsumer();
  const auto conninfo =
      root.Ask("SELECT quote_literal(subconninfo) FROM pg_subscription WHERE subname = '" + name + "'");
  root.Ask("ALTER SUBSCRIPTION " + name + " DISABLE");
  root.Ask("ALTER SUBSCRIPTION " + name + " SET (slot_name = NONE)");
  root.Ask("DROP SUBSCRIPTION " + name);
  root.Ask("CREATE SUBSCRIPTION " + name + " CONNECTION " + conninfo + " PUBLICATION " + name +
           " WITH (connect = false, slot_name = '" + name + "')");
  EXPECT_FALSE(Runs());
  Publish("OrderConfirmed", "1");
  Replicate();
  EXPECT_EQ(ArrivedAtLast("OrderConfirmed 1"), "OrderConfirmed 1");
  EXPECT_TRUE(Runs());
}

TEST_P(Replication, TakesOverFromTheOperatorAndGivesBackWithoutLoss) {
  Want();
  Connect();
  Publish("OrderConfirmed", "1");
  Replicate();
  Publish("OrderConfirmed", "2");
  EXPECT_EQ(ArrivedAtLast("OrderConfirmed 1, OrderConfirmed 2"), "OrderConfirmed 1, OrderConfirmed 2");
  InConsumer().Ask("ALTER SUBSCRIPTION freehold_" + channel_ + " DISABLE");
  Publish("OrderConfirmed", "3");
  Want();
  Connect();
  EXPECT_EQ(InProducer().Ask("SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'freehold_" + channel_ + "'"),
            "0");
  EXPECT_FALSE(Observe(producer_.layout).cdc.exists);
  Publish("OrderConfirmed", "4");
  while (Deliver().more) {
  }
  EXPECT_EQ(Arrived(), "OrderConfirmed 1, OrderConfirmed 2, OrderConfirmed 3, OrderConfirmed 4");
}

TEST_P(Replication, EndsWithTheStores) {
  Replicate();
  ASSERT_TRUE(Observe(producer_.layout).cdc.exists);
  ConvergeRemoval(producer_.layout, api::DeletionPolicy::kDelete);
  ConvergeRemoval(consumer_.layout, api::DeletionPolicy::kDelete, "uid-of-payments");
  EXPECT_EQ(Root().Ask("SELECT count(*) FROM pg_database WHERE datname IN ('" + producer_.layout.database + "', '" +
                       consumer_.layout.database + "')"),
            "0");
  EXPECT_EQ(Root().Ask("SELECT count(*) FROM pg_roles WHERE rolname = '" + CdcRoleOf(producer_.layout) + "'"), "0");
  EXPECT_EQ(Root().Ask("SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'freehold_" + channel_ + "'"), "0");
}

}  // namespace
}  // namespace freehold::engines::postgres

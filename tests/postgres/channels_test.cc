// Events between stores of different databases, carried by the operator.
#include <cstdlib>
#include <fstream>

#include "reconcilers/engines/channel.h"
#include "reconcilers/engines/postgres/names.h"
#include "tests/postgres/server_fixture.h"
#include "tests/world/await.h"

namespace freehold::engines::postgres {
namespace {

using api::Isolation;
using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::chrono_literals;

class Channels : public ServerTest {
 protected:
  Channels() : now_(PartitionStart(168h, base::SystemClock().Now())) {}

  /// Stores in databases of their own, without a way between them.
  void SetUp() override {
    producer_ = NewStore(Isolation::kDatabase, "orders");
    producer_.outbox = OutboxWanted{{"OrderCancelled", "OrderConfirmed"}, 168h, now_};
    Settle(producer_);
    consumer_ = NewStore(Isolation::kDatabase, "payments");
    consumer_.marker.uid = "uid-of-payments";
    consumer_.inbox = Rolling{168h, now_};
    Settle(consumer_);
    channel_ = ChannelBetween({"here", producer_.layout}, {"here", consumer_.layout});
  }
  void Settle(Store& store) {
    Converge(store, 2);
    store.logins[0].new_verifier.reset();
  }
  void Want(std::vector<std::string> types = {"OrderConfirmed"}, std::vector<std::string> early = {}) {
    producer_.outgoing = {
        {.channel = {channel_}, .consumer = "shop/payments", .types = types, .early = early, .memory = 168h}};
    consumer_.feeds = {{.source = "shop/orders",
                        .publisher = producer_.layout,
                        .channel = Channel{channel_},
                        .types = types,
                        .early = early}};
  }
  void Connect() {
    Converge(producer_, 2);
    Converge(consumer_, 2);
  }
  Delivered Deliver() {
    const auto done =
        engine_.Deliver({channel_, access_, producer_.layout.database, access_, consumer_.layout.database});
    if (!done) throw std::runtime_error(done.error().reason + ": " + done.error().message);
    return *done;
  }
  ChannelSeen Look() {
    const auto seen = engine_.ObserveChannel(access_, producer_.layout.database, channel_);
    if (!seen) throw std::runtime_error(seen.error().message);
    return *seen;
  }
  void Publish(const std::string& type, const std::string& aggregate, const std::string& payload = "{}") {
    Service(producer_).Ask("INSERT INTO \"" + producer_.layout.schema +
                           "\".outbox (aggregatetype, aggregateid, type, payload) VALUES ('Order', '" + aggregate +
                           "', '" + type + "', '" + payload + "')");
  }
  /// Of it and of one that isn't there.
  std::set<std::string> WithEvents() {
    return engine_.WithEvents(access_, producer_.layout.database, {"channel_of_nobody", channel_}).value();
  }
  std::string Arrived() {
    return Service(consumer_).Ask(
        "SELECT coalesce(string_agg(type || ' ' || aggregateid, ', ' ORDER BY position), '') FROM inbox");
  }
  Client InProducer() { return Root(producer_.layout.database); }
  Client InConsumer() { return Root(consumer_.layout.database); }

  base::Timestamp now_;
  Store producer_, consumer_;
  std::string channel_;
};

/// By the databases themselves.
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

INSTANTIATE_TEST_SUITE_P(, Channels, testing::ValuesIn(SitesByTurns()), PrintSite);

TEST_P(Channels, CarryNoMoreAtOnceThanCanBeHeld) {
  Want();
  Connect();
  Service(producer_).Ask(
      "INSERT INTO outbox (aggregatetype, aggregateid, type, payload) SELECT 'Order', n::text, 'OrderConfirmed', "
      "jsonb_build_object('note', repeat('x', 1000000)) FROM generate_series(1, 9) n");
  auto delivered = Deliver();
  EXPECT_TRUE(delivered.more);
  EXPECT_LE(delivered.events, 5);
  for (int total = delivered.events; delivered.more; total += delivered.events) {
    ASSERT_LT(total, 9);
    delivered = Deliver();
    ASSERT_GT(delivered.events, 0);
  }
  EXPECT_EQ(Service(consumer_).Ask("SELECT count(*) FROM inbox WHERE payload->>'note' = repeat('x', 1000000)"), "9");
}

TEST_P(Channels, BringWhatIsAskedForFromNowOn) {
  Publish("OrderConfirmed", "before");
  Want();
  Connect();
  EXPECT_THAT(WithEvents(), IsEmpty());
  EXPECT_THAT(Look().types, ElementsAre("OrderConfirmed"));
  EXPECT_THAT(Observe(consumer_.layout).feeds,
              ElementsAre(FeedSeen{.source = "shop/orders", .types = {}, .channel = channel_}));
  Publish("OrderConfirmed", "1", R"({"total": 12345678901234567890.10, "text": "\u00e4 \"quoted\""})");
  Publish("OrderCancelled", "2");
  Publish("OrderConfirmed", "3");
  EXPECT_THAT(WithEvents(), ElementsAre(channel_));
  EXPECT_EQ(Look().waiting, 2);
  EXPECT_EQ(Deliver().events, 2);
  EXPECT_THAT(WithEvents(), IsEmpty());
  EXPECT_EQ(Deliver().events, 0);
  EXPECT_EQ(Look().waiting, 0);
  EXPECT_EQ(Arrived(), "OrderConfirmed 1, OrderConfirmed 3");
  EXPECT_EQ(
      Service(consumer_).Ask("SELECT source || ' ' || (payload->>'total') || ' ' || (payload->>'text') FROM inbox "
                             "ORDER BY position"),
      "shop/orders 12345678901234567890.10 ä \"quoted\"");
}

TEST_P(Channels, BeginWithWhatTheOutboxHoldsWhenAsked) {
  Service(producer_).Ask("INSERT INTO \"" + producer_.layout.schema +
                         "\".outbox (aggregatetype, aggregateid, type) SELECT 'Order', n::text, 'OrderConfirmed' FROM "
                         "generate_series(1, 250) n");
  Want({"OrderConfirmed"}, {"OrderConfirmed"});
  Connect();
  Publish("OrderConfirmed", "251");
  int rounds = 0;
  while (Deliver().more) ASSERT_LT(++rounds, 5);
  EXPECT_EQ(rounds, 2);
  EXPECT_EQ(
      Service(consumer_).Ask("SELECT string_agg(aggregateid, ',' ORDER BY position) = (SELECT string_agg(n::text, "
                             "',' ORDER BY n) FROM generate_series(1, 251) n) FROM inbox"),
      "t");
}

TEST_P(Channels, BringAnEventOnceThoughItIsDeliveredTwice) {
  Want();
  Connect();
  Publish("OrderConfirmed", "1");
  const auto copy = "CREATE TEMP TABLE kept AS SELECT * FROM freehold." + channel_;
  auto root = InProducer();
  root.Ask(copy);
  Deliver();
  root.Ask("INSERT INTO freehold." + channel_ + " SELECT * FROM kept");
  EXPECT_EQ(Deliver().events, 1);
  EXPECT_EQ(Arrived(), "OrderConfirmed 1");
}

TEST_P(Channels, AreOfOneTransactionWithTheOutbox) {
  Want();
  Connect();
  auto service = Service(producer_);
  service.Ask("BEGIN");
  service.Ask("INSERT INTO \"" + producer_.layout.schema +
              "\".outbox (aggregatetype, aggregateid, type) VALUES ('Order', '1', 'OrderConfirmed')");
  EXPECT_EQ(Deliver().events, 0);
  service.Ask("ROLLBACK");
  EXPECT_EQ(Deliver().events, 0);
}

TEST_P(Channels, AreClosedToBothServices) {
  Want();
  Connect();
  Publish("OrderConfirmed", "1");
  const auto table = "freehold." + channel_;
  for (const auto& forbidden :
       {"SELECT * FROM " + table, "DELETE FROM " + table,
        "INSERT INTO " + table +
            " (id, aggregatetype, aggregateid, type, created_at) VALUES (gen_random_uuid(), 'a', 'b', 'c', now())",
        "DROP FUNCTION " + table + "_send() CASCADE", std::string("SELECT * FROM freehold.channels")}) {
    EXPECT_ANY_THROW(Service(producer_).Ask(forbidden)) << forbidden;
    EXPECT_ANY_THROW(Service(consumer_).Ask(forbidden)) << forbidden;
  }
  for (const auto* store : {&producer_, &consumer_}) {
    EXPECT_THAT(Observe(store->layout).foreign, IsEmpty());
    EXPECT_FALSE(IsSuspect(store->layout));
    EXPECT_THAT(Plan(*store), IsEmpty());
  }
  const auto stranger = Stranger("spy");
  Careless(producer_, access_.username).Ask("GRANT SELECT ON " + table + " TO " + stranger);
  EXPECT_TRUE(IsSuspect(producer_.layout));
  EXPECT_FALSE(Observe(producer_.layout).foreign.empty());
}

TEST_P(Channels, GoOnWhereTheyWereWhenTheirPartsWereTakenAway) {
  Want();
  Connect();
  Publish("OrderConfirmed", "1");
  Deliver();
  const auto outbox = "\"" + producer_.layout.schema + "\".outbox";
  for (const auto& harm :
       {"ALTER TABLE " + outbox + " DISABLE TRIGGER freehold_" + channel_,
        "DROP FUNCTION freehold." + channel_ + "_send() CASCADE", "DROP TABLE freehold." + channel_ + " CASCADE"}) {
    InProducer().Ask(harm);
    EXPECT_ANY_THROW([&] {
      Publish("OrderConfirmed", harm.substr(0, 10));
      if (Look().types.empty()) throw std::runtime_error("not connected");
    }());
    Converge(producer_, 1);
    EXPECT_THAT(Look().types, ElementsAre("OrderConfirmed")) << harm;
    Deliver();
  }
  InConsumer().Ask("DROP TABLE freehold." + channel_);
  Publish("OrderConfirmed", "last");
  EXPECT_ANY_THROW(Deliver());
  Converge(consumer_, 1);
  InConsumer().Ask("ALTER TABLE freehold." + channel_ + " DISABLE TRIGGER freehold_" + channel_);
  EXPECT_ANY_THROW(Deliver());
  EXPECT_THAT(Observe(consumer_.layout).feeds, IsEmpty());
  Converge(consumer_, 1);
  Deliver();
  EXPECT_EQ(Service(consumer_).Ask("SELECT count(*) = count(DISTINCT id) AND count(*) >= 2 FROM inbox"), "t");
  EXPECT_EQ(Service(consumer_).Ask("SELECT aggregateid FROM inbox ORDER BY position DESC"), "last");
  EXPECT_EQ(Look().parked, 0);
}

TEST_P(Channels, TakeUpNewTypesAndLeaveOffOldOnes) {
  Want();
  Connect();
  Publish("OrderConfirmed", "1");
  Publish("OrderCancelled", "2");
  Want({"OrderCancelled", "OrderConfirmed"}, {"OrderCancelled"});
  Connect();
  Publish("OrderConfirmed", "3");
  Deliver();
  EXPECT_EQ(Arrived(), "OrderConfirmed 1, OrderCancelled 2, OrderConfirmed 3");
  Want({"OrderCancelled"});
  Connect();
  Publish("OrderConfirmed", "4");
  Publish("OrderCancelled", "5");
  Deliver();
  EXPECT_EQ(Arrived(), "OrderConfirmed 1, OrderCancelled 2, OrderConfirmed 3, OrderCancelled 5");
}

TEST_P(Channels, PutAnEventAsideThatCantBeTaken) {
  Want();
  Connect();
  Publish("OrderConfirmed", "poison");
  Publish("OrderConfirmed", "good");
  Publish("OrderConfirmed", "poison");
  auto root = InConsumer();
  const auto inbox = "freehold." + InboxTable(consumer_.layout);
  root.Ask("ALTER TABLE " + inbox + " ADD CONSTRAINT picky CHECK (aggregateid <> 'poison')");
  const auto first = Deliver();
  EXPECT_EQ(first.events, 1);
  EXPECT_EQ(first.failed, 1);
  EXPECT_EQ(Look().waiting, 2);
  for (int tries = 1; tries < 5; ++tries) EXPECT_EQ(Deliver().events, 0);
  EXPECT_EQ(Look().parked, 1);
  EXPECT_THAT(Look().last_error, testing::HasSubstr("picky"));
  EXPECT_EQ(Arrived(), "OrderConfirmed good");
  root.Ask("ALTER TABLE " + inbox + " DROP CONSTRAINT picky");
  EXPECT_EQ(Deliver().events, 1);
  producer_.outgoing[0].resync = "now";
  Converge(producer_, 2);
  EXPECT_EQ(Look().parked, 0);
  EXPECT_EQ(Look().resync, channel_ + " now");
  EXPECT_EQ(Deliver().events, 3) << "all that the outbox holds";
  EXPECT_EQ(Arrived(), "OrderConfirmed good, OrderConfirmed poison, OrderConfirmed poison") << "and each once";
}

TEST_P(Channels, EndWithWhatIsWanted) {
  Want();
  Connect();
  producer_.outgoing.clear();
  consumer_.feeds.clear();
  Connect();
  EXPECT_THAT(Look().types, IsEmpty());
  EXPECT_THAT(Observe(consumer_.layout).feeds, IsEmpty());
  Publish("OrderConfirmed", "1");
  for (auto* client : {&producer_, &consumer_}) {
    EXPECT_EQ(Root(client->layout.database).Ask("SELECT count(*) FROM pg_class WHERE relname = '" + channel_ + "'"),
              "0");
  }
}

TEST_P(Channels, EndWithTheStores) {
  Want();
  Connect();
  ConvergeRemoval(producer_.layout, api::DeletionPolicy::kRetain);
  EXPECT_THAT(Look().types, IsEmpty());
  ConvergeRemoval(consumer_.layout, api::DeletionPolicy::kRetain, "uid-of-payments");
  for (auto* store : {&producer_, &consumer_}) {
    EXPECT_EQ(Root(store->layout.database).Ask("SELECT count(*) FROM pg_class WHERE relname = '" + channel_ + "'"),
              "0");
    store->adopt = true;
    store->logins[0].new_verifier = engine_.MakeVerifier(kPassword);
    Settle(*store);
  }
  Want();
  Connect();
  ConvergeRemoval(consumer_.layout, api::DeletionPolicy::kDelete, "uid-of-payments");
  ConvergeRemoval(producer_.layout, api::DeletionPolicy::kDelete);
  EXPECT_EQ(Root().Ask("SELECT count(*) FROM pg_database WHERE datname LIKE '" + Unique("%") + "' AND datname IN ('" +
                       producer_.layout.database + "', '" + consumer_.layout.database + "')"),
            "0");
}

}  // namespace
}  // namespace freehold::engines::postgres

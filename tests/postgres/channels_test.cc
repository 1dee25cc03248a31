// Events between stores of different databases, carried by the operator.
#include "tests/postgres/channels.h"

namespace freehold::engines::postgres {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

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

// Events between stores of one database: from an outbox to the inboxes of those who may have them, and to no other.
#include "reconcilers/engines/postgres/names.h"
#include "tests/postgres/server_fixture.h"

namespace freehold::engines::postgres {
namespace {

using api::Isolation;
using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::chrono_literals;

class Feeds : public ServerTest {
 protected:
  Feeds() : now_(PartitionStart(168h, base::SystemClock().Now())) {}

  Store Producer(Isolation isolation = Isolation::kSchema, const std::string& name = "orders") {
    auto store = NewStore(isolation, name);
    store.outbox = OutboxWanted{{"OrderCancelled", "OrderConfirmed"}, 168h, now_};
    Converge(store, 1);
    store.logins[0].new_verifier.reset();
    return store;
  }
  Store Consumer(const std::string& name, Isolation isolation = Isolation::kSchema) {
    auto store = NewStore(isolation, name);
    store.marker.uid = "uid-of-" + name;
    store.inbox = Rolling{168h, now_};
    return store;
  }
  static FeedWanted From(const Store& producer, std::vector<std::string> types = {"OrderConfirmed"}) {
    return {
        .source = "shop/orders", .publisher = producer.layout, .channel = {}, .types = std::move(types), .early = {}};
  }
  /// What a consumer gets of a producer from now on.
  Store Following(const Store& producer) {
    auto consumer = Consumer("payments");
    consumer.feeds = {From(producer)};
    Converge(consumer, 2);
    consumer.logins[0].new_verifier.reset();
    return consumer;
  }
  static std::string View(const Store& store) { return "\"" + store.layout.schema + "\"." + InboxView(store.layout); }
  void Publish(const Store& producer, const std::string& type, const std::string& aggregate) {
    Service(producer).Ask("INSERT INTO \"" + producer.layout.schema + "\"." + OutboxTable(producer.layout) +
                          " (aggregatetype, aggregateid, type, payload) VALUES ('Order', '" + aggregate + "', '" +
                          type + "', '{}')");
  }
  std::string Arrived(const Store& store) {
    return Service(store).Ask(
        "SELECT coalesce(string_agg(type || ' ' || aggregateid, ', ' ORDER BY position), '') FROM " + View(store));
  }
  std::string Triggers(const Store& producer) {
    return Root(producer.layout.database)
        .Ask("SELECT count(*) FROM pg_trigger WHERE tgparentid = 0 AND tgrelid = '\"" + producer.layout.schema + "\"." +
             OutboxTable(producer.layout) + "'::regclass");
  }

  base::Timestamp now_;
};

INSTANTIATE_TEST_SUITE_P(, Feeds, testing::ValuesIn(SitesByTurns()), PrintSite);

TEST_P(Feeds, BringWhatIsAskedForFromNowOn) {
  const auto producer = Producer();
  Publish(producer, "OrderConfirmed", "before");
  auto consumer = Following(producer);
  EXPECT_THAT(Observe(consumer.layout).feeds, ElementsAre(FeedSeen{"shop/orders", {"OrderConfirmed"}}));
  Publish(producer, "OrderConfirmed", "1");
  Publish(producer, "OrderCancelled", "2");
  Publish(producer, "OrderConfirmed", "3");
  EXPECT_EQ(Arrived(consumer), "OrderConfirmed 1, OrderConfirmed 3");
  EXPECT_EQ(Service(consumer).Ask("SELECT DISTINCT source FROM " + View(consumer)), "shop/orders");
}

TEST_P(Feeds, BeginWithWhatTheOutboxHoldsWhenAsked) {
  const auto producer = Producer();
  Service(producer).Ask("INSERT INTO \"" + producer.layout.schema +
                        "\".outbox (aggregatetype, aggregateid, type) SELECT 'Order', n::text, 'OrderConfirmed' FROM "
                        "generate_series(1, 5) n");
  auto consumer = Consumer("payments");
  consumer.feeds = {From(producer)};
  consumer.feeds[0].early = {"OrderConfirmed"};
  Converge(consumer, 2);
  Publish(producer, "OrderConfirmed", "6");
  EXPECT_EQ(
      Arrived(consumer),
      "OrderConfirmed 1, OrderConfirmed 2, OrderConfirmed 3, OrderConfirmed 4, OrderConfirmed 5, OrderConfirmed 6");
}

TEST_P(Feeds, AreOfOneTransactionWithTheOutbox) {
  const auto producer = Producer();
  auto consumer = Following(producer);
  auto service = Service(producer);
  service.Ask("BEGIN");
  service.Ask("INSERT INTO \"" + producer.layout.schema +
              "\".outbox (aggregatetype, aggregateid, type) VALUES ('Order', '1', 'OrderConfirmed')");
  service.Ask("ROLLBACK");
  EXPECT_EQ(Arrived(consumer), "");
}

TEST_P(Feeds, LeaveThePublisherItsRightsAndNoMore) {
  const auto producer = Producer();
  auto consumer = Following(producer);
  const auto outbox = "\"" + producer.layout.schema + "\".outbox";
  const auto trigger = "freehold_" + InboxTable(consumer.layout);
  for (const auto& forbidden :
       {"ALTER TABLE " + outbox + " DISABLE TRIGGER ALL", "DROP TRIGGER " + trigger + " ON " + outbox,
        std::string("SET session_replication_role = replica"), "SELECT * FROM " + View(consumer),
        "INSERT INTO freehold." + InboxTable(consumer.layout) + " (id) VALUES (gen_random_uuid())",
        "DROP FUNCTION freehold." + InboxTable(consumer.layout) + "_take() CASCADE"}) {
    EXPECT_ANY_THROW(Service(producer).Ask(forbidden)) << forbidden;
    EXPECT_ANY_THROW(
        Service(consumer).Ask(forbidden == "SELECT * FROM " + View(consumer) ? "SELECT * FROM " + outbox : forbidden))
        << forbidden;
  }
  Publish(producer, "OrderConfirmed", "1");
  EXPECT_EQ(Arrived(consumer), "OrderConfirmed 1");
  consumer.logins[0].new_verifier.reset();
  for (const auto* store : {&producer, static_cast<const Store*>(&consumer)}) {
    EXPECT_THAT(Observe(store->layout).foreign, IsEmpty());
    EXPECT_FALSE(IsSuspect(store->layout));
    EXPECT_THAT(Plan(*store), IsEmpty());
  }
}

TEST_P(Feeds, AreNotHeldUpByWhatAConsumerDoesToItsSchema) {
  const auto producer = Producer();
  auto consumer = Following(producer);
  auto careless = Service(consumer);
  careless.Ask("BEGIN");
  careless.Ask("DROP VIEW " + View(consumer));
  Publish(producer, "OrderConfirmed", "1");
  careless.Ask("COMMIT");
  Publish(producer, "OrderConfirmed", "2");
  consumer.logins[0].new_verifier.reset();
  Converge(consumer, 1);
  EXPECT_EQ(Arrived(consumer), "OrderConfirmed 1, OrderConfirmed 2");
}

TEST_P(Feeds, AreNotHeldUpByAConsumerThatKeepsItsPartitionsFromGoing) {
  const auto producer = Producer();
  auto consumer = Following(producer);
  consumer.inbox->now += 24h * 12;
  auto idle = Service(consumer);
  idle.Ask("BEGIN");
  idle.Ask("SELECT count(*) FROM " + View(consumer));
  const auto steps = Plan(consumer);
  ASSERT_EQ(steps.front().verb, "keep-inbox");
  const auto begun = std::chrono::steady_clock::now();
  const auto rolled = engine_.Run(access_, steps.front());
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 8s) << "others wait as long";
  ASSERT_FALSE(rolled);
  EXPECT_EQ(rolled.error().kind, base::FailureClass::kRetryable);
  Publish(producer, "OrderConfirmed", "1");
  idle.Ask("COMMIT");
  Converge(consumer, 1);
  EXPECT_EQ(Arrived(consumer), "OrderConfirmed 1");
}

TEST_P(Feeds, GoOnWhereTheyWereWhenSomebodyBrokeThem) {
  const auto producer = Producer();
  auto consumer = Following(producer);
  Publish(producer, "OrderConfirmed", "1");
  const auto outbox = "\"" + producer.layout.schema + "\".outbox";
  auto root = Root(producer.layout.database);
  root.Ask("ALTER TABLE " + outbox + " DISABLE TRIGGER USER");
  Publish(producer, "OrderConfirmed", "2");
  EXPECT_THAT(Observe(consumer.layout).feeds, IsEmpty());
  Converge(consumer, 1);
  root.Ask("DROP TRIGGER freehold_" + InboxTable(consumer.layout) + " ON " + outbox);
  Publish(producer, "OrderConfirmed", "3");
  Converge(consumer, 1);
  Publish(producer, "OrderConfirmed", "4");
  EXPECT_EQ(Arrived(consumer), "OrderConfirmed 1, OrderConfirmed 2, OrderConfirmed 3, OrderConfirmed 4");
}

TEST_P(Feeds, FollowWhatIsConsumed) {
  const auto producer = Producer();
  auto consumer = Following(producer);
  Publish(producer, "OrderCancelled", "1");
  consumer.feeds = {From(producer, {"OrderCancelled", "OrderConfirmed"})};
  Converge(consumer, 1);
  Publish(producer, "OrderCancelled", "2");
  Publish(producer, "OrderConfirmed", "3");
  consumer.feeds = {From(producer, {"OrderCancelled"})};
  Converge(consumer, 1);
  Publish(producer, "OrderConfirmed", "4");
  EXPECT_EQ(Arrived(consumer), "OrderCancelled 2, OrderConfirmed 3");
  consumer.feeds.clear();
  Converge(consumer, 1);
  Publish(producer, "OrderCancelled", "5");
  EXPECT_EQ(Arrived(consumer), "OrderCancelled 2, OrderConfirmed 3");
  EXPECT_EQ(Triggers(producer), "0");
}

TEST_P(Feeds, WaitForAPublisherThatIsNotThereYet) {
  auto consumer = Consumer("payments");
  auto later = NewStore(Isolation::kSchema, "orders");
  consumer.feeds = {From(later)};
  EXPECT_THAT(Converge(consumer, 1).feeds, IsEmpty());
  const auto producer = Producer();
  consumer.logins[0].new_verifier.reset();
  Converge(consumer, 1);
  Publish(producer, "OrderConfirmed", "1");
  EXPECT_EQ(Arrived(consumer), "OrderConfirmed 1");
}

TEST_P(Feeds, AreNotMadeToAnotherDatabase) {
  auto consumer = Consumer("payments");
  consumer.feeds = {From(Producer(Isolation::kDatabase))};
  EXPECT_THAT(Converge(consumer, 2).feeds, IsEmpty());
}

TEST_P(Feeds, LinkStoresOfTablesModeAndAStoreWithItself) {
  const auto tables = Producer(Isolation::kTables, "monolith");
  auto consumer = Following(tables);
  Publish(tables, "OrderConfirmed", "1");
  EXPECT_EQ(Arrived(consumer), "OrderConfirmed 1");
  auto itself = Producer(Isolation::kDatabase, "alone");
  itself.inbox = Rolling{168h, now_};
  itself.feeds = {From(itself)};
  Converge(itself, 2);
  Publish(itself, "OrderConfirmed", "2");
  EXPECT_EQ(Arrived(itself), "OrderConfirmed 2");
}

TEST_P(Feeds, EndWithTheConsumerAndWithThePublisher) {
  const auto producer = Producer();
  for (const auto policy : {api::DeletionPolicy::kRetain, api::DeletionPolicy::kDelete}) {
    auto consumer = Consumer("payments");
    consumer.adopt = true;
    consumer.feeds = {From(producer)};
    Converge(consumer, 3);
    ConvergeRemoval(consumer.layout, policy, consumer.marker.uid);
    EXPECT_EQ(Triggers(producer), "0");
    Publish(producer, "OrderConfirmed", "1");
  }
  auto consumer = Following(producer);
  Publish(producer, "OrderConfirmed", "2");
  ConvergeRemoval(producer.layout, api::DeletionPolicy::kDelete);
  EXPECT_THAT(Observe(consumer.layout).feeds, IsEmpty());
  EXPECT_EQ(Arrived(consumer), "OrderConfirmed 2");
}

TEST_P(Feeds, OutliveTheRollingOfPartitions) {
  auto producer = Producer();
  auto consumer = Following(producer);
  Service(producer).Ask("INSERT INTO \"" + producer.layout.schema +
                        "\".outbox (aggregatetype, aggregateid, type, "
                        "created_at) VALUES ('Order', 'ahead', 'OrderConfirmed', now() + interval '4 days')");
  for (int day = 1; day <= 4; ++day) {
    producer.outbox->now += 24h;
    Converge(producer, 1);
  }
  Service(producer).Ask("INSERT INTO \"" + producer.layout.schema +
                        "\".outbox (aggregatetype, aggregateid, type, "
                        "created_at) VALUES ('Order', 'there', 'OrderConfirmed', now() + interval '4 days')");
  EXPECT_EQ(Arrived(consumer), "OrderConfirmed ahead, OrderConfirmed there");
}

}  // namespace
}  // namespace freehold::engines::postgres

// The ends of what Kafka Connect carries: one slot for all that leaves a store, and a role that may add to an inbox.
// Connect itself is played by hand here; tests/pipeline has the real one.
#include "reconcilers/engines/channel.h"
#include "tests/postgres/server_fixture.h"

namespace freehold::engines::postgres {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::chrono_literals;

class Links : public ServerTest {
 protected:
  void SetUp() override {
    const auto now = PartitionStart(168h, base::SystemClock().Now());
    producer_ = NewStore(api::Isolation::kDatabase, "orders");
    producer_.outbox = OutboxWanted{{"OrderCancelled", "OrderConfirmed"}, 168h, now};
    consumer_ = NewStore(api::Isolation::kDatabase, "payments");
    consumer_.marker.uid = "uid-of-payments";
    consumer_.inbox = Rolling{168h, now};
    for (auto* store : {&producer_, &consumer_}) {
      Converge(*store, 2);
      store->logins[0].new_verifier.reset();
    }
    link_ = LinkOf({"here", producer_.layout}, "kafka");
    payments_ = ChannelBetween({"here", producer_.layout}, {"here", consumer_.layout});
    stock_ = payments_.substr(0, payments_.size() - 8) + "0123abcd";
  }
  void TearDown() override {
    // A slot keeps a database from being dropped.
    if (major_ > 0) ConvergeRemoval(producer_.layout, api::DeletionPolicy::kDelete);
    ServerTest::TearDown();
  }

  OutgoingWanted To(const std::string& channel, std::vector<std::string> types, Carrier carrier = Carrier::kConnect) {
    return {.channel = {.name = channel, .carrier = carrier, .link = carrier == Carrier::kConnect ? link_ : ""},
            .consumer = "shop/any",
            .types = std::move(types),
            .early = {},
            .memory = 168h};
  }
  void Want(std::vector<OutgoingWanted> outgoing) {
    producer_.outgoing = std::move(outgoing);
    Converge(producer_, 2);
  }
  void Publish(const std::string& type, const std::string& aggregate) {
    Service(producer_).Ask("INSERT INTO outbox (aggregatetype, aggregateid, type) VALUES ('Order', '" + aggregate +
                           "', '" + type + "')");
  }
  /// What a reader of the slot gets next: "<channel> <aggregate>", each once.
  std::vector<std::string> Read() {
    std::vector<std::string> events;
    auto root = Root(producer_.layout.database);
    // Decoding reads what is on disk only, and servers of tests don't wait for it.
    root.Ask("SET synchronous_commit = on");
    root.Ask("SELECT pg_logical_emit_message(true, 'test', 'to disk')");
    const auto text = root.Ask(
        "SELECT coalesce(string_agg(r.channel || ' ' || a.n, ',' ORDER BY r.channel, a.n), '') "
        "FROM (SELECT data FROM pg_logical_slot_get_binary_changes('freehold_" +
        link_ + "', NULL, NULL, 'proto_version', '1', 'publication_names', 'freehold_" + link_ +
        "') WHERE get_byte(data, 0) = ascii('I')) d, (VALUES ('" + payments_ + "', 'payments'), ('" + stock_ +
        "', 'stock')) r(name, channel), generate_series(1, 9) a(n) "
        "WHERE position(convert_to(r.name, 'UTF8') in data) > 0 "
        "AND position(convert_to('order-' || a.n, 'UTF8') in data) > 0");
    for (std::size_t at = 0; at < text.size();) {
      const auto comma = std::min(text.find(',', at), text.size());
      events.push_back(text.substr(at, comma - at));
      at = comma + 1;
    }
    return events;
  }
  void DropSlot() { Root(producer_.layout.database).Ask("SELECT pg_drop_replication_slot('freehold_" + link_ + "')"); }
  std::string CountSlots() {
    return Root().Ask("SELECT count(*) FROM pg_replication_slots WHERE database = '" + producer_.layout.database + "'");
  }

  Store producer_, consumer_;
  std::string link_, payments_, stock_;
};

INSTANTIATE_TEST_SUITE_P(, Links, testing::ValuesIn(SuperuserSites()), PrintSite);

TEST_P(Links, BringToEachConsumerWhatItAsksForThroughOneSlot) {
  Want({To(payments_, {"OrderConfirmed"}), To(stock_, {"OrderCancelled", "OrderConfirmed"})});
  EXPECT_EQ(CountSlots(), "1");
  Publish("OrderConfirmed", "order-1");
  Publish("OrderCancelled", "order-2");
  EXPECT_THAT(Read(), ElementsAre("payments 1", "stock 1", "stock 2"));
  EXPECT_EQ(Root(producer_.layout.database).Ask("SELECT count(*) FROM freehold." + link_), "0");
  EXPECT_THAT(Observe(producer_.layout).foreign, IsEmpty());
  EXPECT_FALSE(IsSuspect(producer_.layout));
  EXPECT_THAT(Plan(producer_), IsEmpty());
}

TEST_P(Links, TakeUpAConsumerFromNowOnAndLeaveOffAnother) {
  Want({To(payments_, {"OrderConfirmed"})});
  Publish("OrderConfirmed", "order-1");
  Want({To(payments_, {"OrderConfirmed"}), To(stock_, {"OrderConfirmed"})});
  Publish("OrderConfirmed", "order-2");
  EXPECT_THAT(Read(), ElementsAre("payments 1", "payments 2", "stock 2"));
  Want({To(stock_, {"OrderConfirmed"})});
  Publish("OrderConfirmed", "order-3");
  Want({To(payments_, {"OrderConfirmed"}), To(stock_, {"OrderConfirmed"})});
  Publish("OrderConfirmed", "order-4");
  EXPECT_THAT(Read(), ElementsAre("payments 4", "stock 3", "stock 4")) << "who comes back begins anew";
}

TEST_P(Links, ReadTheOutboxAgainWhenTheSlotWasLost) {
  Want({To(payments_, {"OrderConfirmed"}), To(stock_, {"OrderConfirmed"})});
  Publish("OrderConfirmed", "order-1");
  DropSlot();
  Publish("OrderConfirmed", "order-2");
  Converge(producer_, 2);
  EXPECT_THAT(Read(), ElementsAre("payments 1", "payments 2", "stock 1", "stock 2"));
}

TEST_P(Links, ReadTheOutboxAgainThoughTheyDiedRightAfterMakingTheSlot) {
  Want({To(payments_, {"OrderConfirmed"})});
  DropSlot();
  Publish("OrderConfirmed", "order-1");
  auto steps = Plan(producer_);
  ASSERT_EQ(steps.front().verb, "make-slot");
  Run({steps.front()});
  Publish("OrderConfirmed", "order-2");
  Converge(producer_, 2);
  EXPECT_THAT(Read(), ElementsAre("payments 1", "payments 2"));
}

TEST_P(Links, TakeOverFromTheOperatorAndGiveBackWithoutLoss) {
  Want({To(payments_, {"OrderConfirmed"}, Carrier::kPolling)});
  Publish("OrderConfirmed", "order-1");
  Want({To(payments_, {"OrderConfirmed"})});
  Publish("OrderConfirmed", "order-2");
  EXPECT_THAT(Read(), ElementsAre("payments 1", "payments 2"));
  Publish("OrderConfirmed", "order-3");
  Want({To(payments_, {"OrderConfirmed"}, Carrier::kPolling)});
  EXPECT_EQ(CountSlots(), "0");
  EXPECT_EQ(Root(producer_.layout.database)
                .Ask("SELECT string_agg(aggregateid, ' ' ORDER BY position) FROM freehold." + payments_),
            "order-1 order-2 order-3");
}

TEST_P(Links, AddToAnInboxByARoleThatCanDoNothingElse) {
  consumer_.feeds = {{.source = "shop/orders",
                      .publisher = producer_.layout,
                      .channel = Channel{payments_, Carrier::kConnect, link_},
                      .types = {"OrderConfirmed"},
                      .early = {}}};
  const base::Sensitive password("only-for-connect");
  consumer_.new_cdc_verifier = engine_.MakeVerifier(password);
  Converge(consumer_, 2);
  consumer_.new_cdc_verifier.reset();
  const auto& database = consumer_.layout.database;
  const auto role = CdcRoleOf(consumer_.layout);
  {
    Client connect(ConnectAs(role, database, password));
    const auto add = "INSERT INTO freehold." + payments_ +
                     " (id, aggregatetype, aggregateid, type, payload, created_at) VALUES (gen_random_uuid(), 'Order', "
                     "'1', 'OrderConfirmed', '{}', now())";
    connect.Ask(add);
    EXPECT_THAT(Observe(consumer_.layout).foreign, IsEmpty()) << "while it is connected, too";
    for (const auto& statement :
         {"SELECT * FROM freehold." + payments_, "UPDATE freehold." + payments_ + " SET attempts = 1",
          std::string("SELECT * FROM inbox"), std::string("CREATE TABLE mine (id int)"),
          "SELECT * FROM \"" + consumer_.layout.schema + "\".inbox"}) {
      EXPECT_ANY_THROW(connect.Ask(statement)) << statement;
    }
  }
  EXPECT_EQ(Service(consumer_).Ask("SELECT string_agg(aggregateid, ' ') FROM inbox"), "1");
  EXPECT_EQ(Root().Ask("SELECT rolreplication FROM pg_roles WHERE rolname = '" + role + "'"), "f");
  EXPECT_ANY_THROW(Client(ConnectAs(role, producer_.layout.database, password)));
  EXPECT_THAT(Plan(consumer_), IsEmpty());

  std::vector<std::string> ways;
  for (const auto& way : Observe(consumer_.layout).feed_access) {
    EXPECT_EQ(way.feed, Feed::kEvents);
    ways.push_back(way.principal + " " + way.right + " " + way.path);
  }
  EXPECT_THAT(ways,
              testing::UnorderedElementsAre(role + " CONNECT database " + database, role + " USAGE schema freehold",
                                            role + " INSERT table freehold." + payments_));
  const auto stranger = Stranger("stranger");
  Root().Ask("GRANT " + role + " TO " + stranger);
  EXPECT_FALSE(Observe(consumer_.layout).foreign.empty()) << "nobody adds events in its name";
  EXPECT_TRUE(IsSuspect(consumer_.layout));
  EXPECT_THAT(Converge(consumer_, 1).foreign, IsEmpty());

  Service(consumer_).Ask("CREATE TABLE ledger (amount int)");
  auto root = Root(database);
  root.Ask("SET freehold.allow_grants = on");
  root.Ask("GRANT SELECT ON \"" + consumer_.layout.schema + "\".ledger TO " + role);
  EXPECT_TRUE(IsSuspect(consumer_.layout));
  EXPECT_FALSE(Observe(consumer_.layout).foreign.empty()) << "its exemption is for the ends of channels";
  EXPECT_THAT(Converge(consumer_, 1).foreign, IsEmpty());

  consumer_.feeds.clear();
  Converge(consumer_, 2);
  EXPECT_EQ(Root().Ask("SELECT count(*) FROM pg_roles WHERE rolname = '" + role + "'"), "0");
}

TEST_P(Links, EndWithWhatIsWantedAndWithTheStore) {
  Want({To(payments_, {"OrderConfirmed"})});
  ASSERT_TRUE(Observe(producer_.layout).cdc.exists);
  Want({});
  EXPECT_EQ(CountSlots(), "0");
  EXPECT_FALSE(Observe(producer_.layout).cdc.exists);
  auto root = Root(producer_.layout.database);
  EXPECT_EQ(root.Ask("SELECT count(*) FROM pg_publication"), "0");
  EXPECT_EQ(root.Ask("SELECT count(*) FROM freehold.channels"), "0");
  Want({To(payments_, {"OrderConfirmed"})});
  ConvergeRemoval(producer_.layout, api::DeletionPolicy::kDelete);
  EXPECT_EQ(CountSlots(), "0");
}

}  // namespace
}  // namespace freehold::engines::postgres

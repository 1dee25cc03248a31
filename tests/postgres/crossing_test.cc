// Events between two servers, of different majors: carried by the databases and by the operator.
#include <map>

#include "reconcilers/engines/channel.h"
#include "reconcilers/engines/postgres/names.h"
#include "tests/postgres/server_fixture.h"
#include "tests/world/await.h"

namespace freehold::engines::postgres {
namespace {

using namespace std::chrono_literals;

/// The consumer is on the server of the parameter, the publisher on another one.
class Crossing : public ServerTest {
 protected:
  void SetUp() override {
    static const std::map<std::string, std::string> kPublishers = {{"FREEHOLD_TEST_PG14", "FREEHOLD_TEST_PG15"},
                                                                   {"FREEHOLD_TEST_PG15", "FREEHOLD_TEST_PG18"},
                                                                   {"FREEHOLD_TEST_PG18", "FREEHOLD_TEST_PG14"}};
    there_ = &Ground::Of({kPublishers.at(GetParam().variable), AdminKind::kSuperuser});
    elsewhere_ = there_->access();
    const auto now = PartitionStart(168h, base::SystemClock().Now());
    producer_ = NewStore(api::Isolation::kDatabase, "orders");
    producer_.outbox = OutboxWanted{{"OrderConfirmed"}, 168h, now};
    AtPublisher([&] { Converge(producer_, 2); });
    consumer_ = NewStore(api::Isolation::kDatabase, "payments");
    consumer_.marker.uid = "uid-of-payments";
    consumer_.inbox = Rolling{168h, now};
    Converge(consumer_, 2);
    for (auto* store : {&producer_, &consumer_}) store->logins[0].new_verifier.reset();
  }
  void TearDown() override {
    if (!consumer_.layout.database.empty()) {
      ConvergeRemoval(consumer_.layout, api::DeletionPolicy::kDelete, consumer_.marker.uid);
      AtPublisher([&] { ConvergeRemoval(producer_.layout, api::DeletionPolicy::kDelete); });
    }
    if (there_) there_->Clear(Unique(""));
    ServerTest::TearDown();
  }

  template <class Act>
  void AtPublisher(Act act) {
    std::swap(access_, elsewhere_);
    act();
    std::swap(access_, elsewhere_);
  }
  /// Makes the way between them.
  void Connect(Carrier carrier) {
    const Channel channel{ChannelBetween({"there", producer_.layout}, {"here", consumer_.layout}), carrier};
    producer_.outgoing = {
        {.channel = channel, .consumer = "shop/payments", .types = {"OrderConfirmed"}, .early = {}, .memory = 168h}};
    consumer_.feeds = {{.source = "shop/orders",
                        .publisher = producer_.layout,
                        .channel = channel,
                        .types = {"OrderConfirmed"},
                        .early = {}}};
    const base::Sensitive password("only-for-replication");
    if (carrier == Carrier::kReplication) {
      producer_.new_cdc_verifier = QuickVerifier(password);
      consumer_.feeds[0].upstream = Upstream{.host = elsewhere_.host,
                                             .port = elsewhere_.port,
                                             .database = producer_.layout.database,
                                             .ca_pem = elsewhere_.ca_pem,
                                             .user = CdcRoleOf(producer_.layout),
                                             .password = password};
    }
    AtPublisher([&] { Run(engine_.Plan(producer_, Observe(producer_.layout))); });
    producer_.new_cdc_verifier.reset();
    AtPublisher([&] { Converge(producer_, 1); });
    Converge(consumer_, 2);
  }
  void Publish(const std::string& order) {
    Client(there_->ConnectTo(producer_.layout.database, producer_.layout.logins[0], kPassword))
        .Ask("INSERT INTO outbox (aggregatetype, aggregateid, type, payload) VALUES ('Order', '" + order +
             "', 'OrderConfirmed', '{\"total\": 12345678901234567890.10}')");
  }
  std::string Arrived() {
    return Service(consumer_).Ask(
        "SELECT string_agg(aggregateid || ' ' || (payload->>'total'), ', ' ORDER BY position) FROM inbox");
  }

  Ground* there_ = nullptr;
  ServerAccess elsewhere_;
  Store producer_, consumer_;
};

INSTANTIATE_TEST_SUITE_P(, Crossing, testing::ValuesIn(SuperuserSites()), PrintSite);

TEST_P(Crossing, IsByReplicationBetweenMajors) {
  Connect(Carrier::kReplication);
  Publish("1");
  Publish("2");
  const std::string all = "1 12345678901234567890.10, 2 12345678901234567890.10";
  test::Await(20s, [&] { return Arrived() == all; });
  EXPECT_EQ(Arrived(), all);
  EXPECT_TRUE(Observe(consumer_.layout).feeds.at(0).running);
}

TEST_P(Crossing, IsByTheOperatorBetweenMajors) {
  Connect(Carrier::kPolling);
  Publish("1");
  Publish("2");
  const auto done = engine_.Deliver(
      {consumer_.feeds[0].channel->name, elsewhere_, producer_.layout.database, access_, consumer_.layout.database});
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->events, 2);
  EXPECT_EQ(Arrived(), "1 12345678901234567890.10, 2 12345678901234567890.10");
}

}  // namespace
}  // namespace freehold::engines::postgres

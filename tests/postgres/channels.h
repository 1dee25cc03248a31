// Two stores in databases of their own, and a way for events between them.
#pragma once

#include "reconcilers/engines/channel.h"
#include "reconcilers/engines/postgres/names.h"
#include "tests/postgres/server_fixture.h"

namespace freehold::engines::postgres {

using namespace std::chrono_literals;

class Channels : public ServerTest {
 protected:
  Channels() : now_(PartitionStart(168h, base::SystemClock().Now())) {}

  /// Stores in databases of their own, without a way between them.
  void SetUp() override {
    producer_ = NewStore(api::Isolation::kDatabase, "orders");
    producer_.outbox = OutboxWanted{{"OrderCancelled", "OrderConfirmed"}, 168h, now_};
    Settle(producer_);
    consumer_ = NewStore(api::Isolation::kDatabase, "payments");
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

}  // namespace freehold::engines::postgres

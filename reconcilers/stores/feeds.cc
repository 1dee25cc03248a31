#include "reconcilers/stores/feeds.h"

#include <algorithm>
#include <map>

#include "reconcilers/buses/choice.h"
#include "reconcilers/ownership/placement.h"
#include "reconcilers/stores/carrier.h"
#include "reconcilers/stores/desired.h"

namespace freehold::stores {
namespace {

std::optional<engines::Channel> ChannelOf(const api::ServiceDatabase& object, const engines::Place& publisher,
                                          const engines::Place& consumer, const World& world) {
  if (ShareDatabase(publisher, consumer)) return std::nullopt;
  engines::Channel channel{.name = ChannelBetween(publisher, consumer),
                           .carrier = CarrierOf(object, publisher, consumer, world)};
  if (channel.carrier == engines::Carrier::kConnect) {
    channel.link = LinkOf(publisher, buses::ChoiceOf(object, world.buses.All()).bus->meta.name);
  }
  return channel;
}

/// Adds an event to what is carried. `Wanted` has types and those of them that begin early.
template <class Wanted>
void Carry(Wanted& wanted, const api::ConsumedEvent& event) {
  wanted.types.push_back(event.event);
  if (event.start_from == api::StartFrom::kEarliest) wanted.early.push_back(event.event);
}

template <class Wanted>
void Sort(Wanted& wanted) {
  for (auto* types : {&wanted.types, &wanted.early}) {
    std::ranges::sort(*types);
    types->erase(std::ranges::unique(*types).begin(), types->end());
  }
}

bool MayConsumeFrom(const api::ServiceDatabase& consumer, const api::ServiceDatabase& publisher) {
  if (consumer.meta.uid == publisher.meta.uid || consumer.meta.deleted || !consumer.status.store) return false;
  const events::Service service = events::OwnerOf(publisher);
  const events::Service by_name{publisher.meta.ns, publisher.meta.name};
  return std::ranges::any_of(consumer.spec.consumes, [&](const api::ConsumedEvent& consumed) {
    const auto meant = events::Resolve(consumed.from, consumer.meta.ns);
    return meant == service || meant == by_name;
  });
}

}  // namespace

std::optional<engines::Place> PlaceOfStore(const api::ServiceDatabase& object, const World& world) {
  if (const auto& made = object.status.store) {
    api::ServiceDatabase as_made = object;
    if (made->schema == engines::kSharedSchema) as_made.spec.isolation = api::Isolation::kTables;
    auto layout = engines::LayoutOf(as_made.spec.isolation, StoreNameOf(as_made), made->schema, made->database);
    layout.database = made->database;
    return engines::Place{made->server, std::move(layout)};
  }
  const auto servers = world.servers.All();
  const auto server = ownership::PlaceOf(object, servers);
  if (!server) return std::nullopt;
  return engines::Place{(*server)->meta.name, ownership::LayoutFor(object, **server)};
}

std::vector<events::Subscription> SubscriptionsOf(const api::ServiceDatabase& consumer, const World& world) {
  if (consumer.spec.consumes.empty()) return {};
  const auto all = world.databases.All();
  return events::Publishers(all).SubscriptionsOf(consumer);
}

std::vector<engines::FeedWanted> FeedsInto(const engines::Place& here,
                                           const std::vector<events::Subscription>& subscriptions, const World& world) {
  std::map<kube::Name, engines::FeedWanted> feeds;
  for (const auto& subscription : subscriptions) {
    const auto publisher = subscription.store ? world.databases.Find(*subscription.store) : nullptr;
    if (!publisher || publisher->spec.engine != api::EngineKind::kPostgreSQL) continue;
    const auto place = PlaceOfStore(*publisher, world);
    if (!place) continue;
    auto& feed = feeds[*subscription.store];
    feed.source = ToString(subscription.publisher);
    feed.server = place->server;
    feed.publisher = place->layout;
    feed.channel = ChannelOf(*publisher, *place, here, world);
    Carry(feed, subscription.wanted);
  }
  std::vector<engines::FeedWanted> all;
  for (auto& [store, feed] : feeds) {
    Sort(feed);
    all.push_back(std::move(feed));
  }
  return all;
}

std::map<std::string, std::string> PolledInto(const engines::Place& here,
                                              const std::vector<events::Subscription>& subscriptions,
                                              const World& world) {
  std::map<std::string, std::string> polled;
  for (const auto& subscription : subscriptions) {
    const auto publisher = subscription.store ? world.databases.Find(*subscription.store) : nullptr;
    const auto place = publisher ? PlaceOfStore(*publisher, world) : std::nullopt;
    if (!place || ShareDatabase(*place, here)) continue;
    auto why = WhyPolled(*publisher, *place, here, world);
    if (!why.empty()) polled[ToString(subscription.publisher)] = std::move(why);
  }
  return polled;
}

std::vector<engines::OutgoingWanted> OutgoingFrom(const api::ServiceDatabase& publisher, const engines::Place& here,
                                                  const World& world) {
  if (publisher.spec.publishes.empty() || publisher.spec.engine != api::EngineKind::kPostgreSQL) return {};
  const auto all = world.databases.All();
  std::vector<std::shared_ptr<const api::ServiceDatabase>> consumers;
  std::ranges::copy_if(all, std::back_inserter(consumers),
                       [&](const auto& other) { return MayConsumeFrom(*other, publisher); });
  if (consumers.empty()) return {};
  const events::Publishers publishers(all);
  std::map<std::string, engines::OutgoingWanted> outgoing;
  for (const auto& consumer : consumers) {
    const auto there = PlaceOfStore(*consumer, world);
    const auto channel = there ? ChannelOf(publisher, here, *there, world) : std::nullopt;
    if (!channel) continue;
    for (const auto& subscription : publishers.SubscriptionsOf(*consumer)) {
      if (subscription.store != publisher.meta.full_name()) continue;
      auto& wanted = outgoing[channel->name];
      wanted.channel = *channel;
      wanted.consumer = ToString(consumer->meta.full_name());
      wanted.memory = InboxOf(*consumer)->retention;
      wanted.resync = ResyncRequestOf(*consumer);
      Carry(wanted, subscription.wanted);
    }
  }
  std::vector<engines::OutgoingWanted> sorted;
  for (auto& [name, wanted] : outgoing) {
    Sort(wanted);
    sorted.push_back(std::move(wanted));
  }
  return sorted;
}

}  // namespace freehold::stores

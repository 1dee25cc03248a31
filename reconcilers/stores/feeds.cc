#include "reconcilers/stores/feeds.h"

#include <algorithm>
#include <map>

#include "reconcilers/buses/topics.h"
#include "reconcilers/ownership/placement.h"
#include "reconcilers/stores/carrier.h"
#include "reconcilers/stores/desired.h"

namespace freehold::stores {
namespace {

using Subscriptions = std::vector<events::Subscription>;

/// All of one publisher go one way, and where that isn't so, by the inbox. So they do within one database, where the
/// publisher's own transaction writes it: between that and a topic there would be a gap.
bool ByTopic(const Subscriptions& subscriptions, const kube::Name& store, const engines::Place& from,
             const engines::Place& to) {
  return !ShareDatabase(from, to) && std::ranges::all_of(subscriptions, [&](const events::Subscription& subscription) {
    return subscription.store != store || subscription.wanted.deliver == api::Delivery::kTopic;
  });
}

std::optional<engines::Channel> ChannelOf(const api::ServiceDatabase& object, const engines::Place& publisher,
                                          const engines::Place& consumer, bool by_topic, const World& world) {
  if (ShareDatabase(publisher, consumer)) return std::nullopt;
  engines::Channel channel{
      .name = ChannelBetween(publisher, consumer),
      .carrier = by_topic ? TopicCarrierOf(object, publisher, world) : CarrierOf(object, publisher, consumer, world)};
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
  const bool itself = consumer.meta.full_name() == publisher.meta.full_name();
  if (itself || consumer.meta.deleted || !consumer.status.store) return false;
  const events::Service service = events::OwnerOf(publisher);
  const events::Service by_name{publisher.meta.ns, publisher.meta.name};
  return std::ranges::any_of(consumer.spec.consumes, [&](const api::ConsumedEvent& consumed) {
    const auto meant = events::Resolve(consumed.from, consumer.meta.ns);
    return meant == service || meant == by_name;
  });
}

TopicFeed TopicFrom(const api::ServiceDatabase& publisher, engines::FeedWanted feed, const World& world) {
  const auto choice = buses::ChoiceOf(publisher, world.buses.All());
  TopicFeed topic{.feed = std::move(feed),
                  .bus = {},
                  .hindrance = buses::TopicHindrance(ToString(events::OwnerOf(publisher)), choice)};
  if (buses::IsByConnect(choice)) topic.bus = choice.bus;
  if (topic.hindrance.empty() && topic.feed.channel->carrier != engines::Carrier::kConnect) {
    topic.hindrance = "DatabaseServer " + topic.feed.server + " of " + topic.feed.source +
                      " can't feed topics: its admin must be a superuser, and wal_level logical";
  }
  return topic;
}

/// A service has one Secret for Kafka, so it reads topics of one bus: the first publisher's.
void KeepToOneBus(std::vector<TopicFeed>& topics) {
  const auto first = std::ranges::find(topics, "", &TopicFeed::hindrance);
  if (first == topics.end()) return;
  for (auto& topic : topics) {
    if (!topic.hindrance.empty() || topic.bus->meta.name == first->bus->meta.name) continue;
    topic.hindrance = topic.feed.source + " publishes by EventBus " + topic.bus->meta.name +
                      ", and topics of EventBus " + first->bus->meta.name +
                      " are read already: a service reads topics of one Kafka; set deliver: Inbox";
  }
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

Feeds FeedsInto(const engines::Place& here, const Subscriptions& subscriptions, const World& world) {
  std::map<kube::Name, engines::FeedWanted> feeds;
  std::map<kube::Name, std::shared_ptr<const api::ServiceDatabase>> topical;
  for (const auto& subscription : subscriptions) {
    const auto publisher = subscription.store ? world.databases.Find(*subscription.store) : nullptr;
    if (!publisher || publisher->spec.engine != api::EngineKind::kPostgreSQL) continue;
    const auto place = PlaceOfStore(*publisher, world);
    if (!place) continue;
    const bool by_topic = ByTopic(subscriptions, *subscription.store, *place, here);
    if (by_topic) topical[*subscription.store] = publisher;
    auto& feed = feeds[*subscription.store];
    feed.source = ToString(subscription.publisher);
    feed.server = place->server;
    feed.publisher = place->layout;
    feed.channel = ChannelOf(*publisher, *place, here, by_topic, world);
    Carry(feed, subscription.wanted);
  }
  Feeds all;
  for (auto& [store, feed] : feeds) {
    Sort(feed);
    if (const auto publisher = topical.find(store); publisher != topical.end()) {
      all.topics.push_back(TopicFrom(*publisher->second, std::move(feed), world));
    } else {
      all.inbox.push_back(std::move(feed));
    }
  }
  KeepToOneBus(all.topics);
  return all;
}

std::map<std::string, std::string> PolledInto(const engines::Place& here,
                                              const std::vector<events::Subscription>& subscriptions,
                                              const World& world) {
  std::map<std::string, std::string> polled;
  for (const auto& subscription : subscriptions) {
    const auto publisher = subscription.store ? world.databases.Find(*subscription.store) : nullptr;
    const auto place = publisher ? PlaceOfStore(*publisher, world) : std::nullopt;
    if (!place || ShareDatabase(*place, here) || ByTopic(subscriptions, *subscription.store, *place, here)) continue;
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
    const auto subscriptions = publishers.SubscriptionsOf(*consumer);
    const bool by_topic = there && ByTopic(subscriptions, publisher.meta.full_name(), here, *there);
    const auto channel = there ? ChannelOf(publisher, here, *there, by_topic, world) : std::nullopt;
    if (!channel) continue;
    for (const auto& subscription : subscriptions) {
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

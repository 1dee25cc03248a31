#include "reconcilers/stores/event_state.h"

#include <algorithm>

#include "reconcilers/engines/channel.h"

namespace freehold::stores {
namespace {

using api::Reason;

EventState Obstacle(Reason reason, std::string message) {
  return {.obstacle = reason, .message = std::move(message), .transport = {}};
}

bool Brings(const engines::FeedWanted& feed, const events::Subscription& subscription) {
  return feed.source == ToString(subscription.publisher) &&
         std::ranges::count(feed.types, subscription.wanted.event) > 0;
}

const engines::FeedWanted* FeedOf(const events::Subscription& subscription, const engines::Store& store) {
  const auto found =
      std::ranges::find_if(store.feeds, [&](const engines::FeedWanted& feed) { return Brings(feed, subscription); });
  return found == store.feeds.end() ? nullptr : &*found;
}

bool ArrivesInOneDatabase(const events::Subscription& subscription, const engines::StoreSeen& store) {
  return std::ranges::any_of(store.feeds, [&](const engines::FeedSeen& feed) {
    return feed.channel.empty() && feed.source == ToString(subscription.publisher) &&
           std::ranges::count(feed.types, subscription.wanted.event) > 0;
  });
}

bool HasLanding(const engines::FeedWanted& feed, const engines::StoreSeen& store) {
  return std::ranges::any_of(store.feeds, [&](const engines::FeedSeen& seen) {
    return seen.channel == feed.channel->name && seen.source == feed.source;
  });
}

std::optional<EventState> ObstacleInReplication(const std::string& event, const engines::FeedWanted& feed,
                                                const engines::ChannelSeen& channel, const Observed& seen) {
  if (channel.lost) {
    return Obstacle(Reason::kTransportFailing,
                    "the replication slot of " + feed.source +
                        " was lost, since nobody read it for too long; it is made again, and "
                        "the outbox read from where it was");
  }
  const auto landing = std::ranges::find(seen.store.feeds, feed.channel->name, &engines::FeedSeen::channel);
  if (channel.published && landing->running) return std::nullopt;
  if (!seen.trouble.empty()) return Obstacle(Reason::kTransportFailing, seen.trouble);
  return Obstacle(Reason::kTransportPending, event + " comes once its subscription runs");
}

std::optional<EventState> ObstacleByConnect(const std::string& event, const engines::FeedWanted& feed,
                                            const engines::ChannelSeen& channel, const Observed& seen) {
  if (channel.lost) {
    return Obstacle(Reason::kTransportFailing,
                    "the replication slot of " + feed.source +
                        " was lost; it is made again, and the outbox read from where it was");
  }
  if (!seen.trouble.empty()) return Obstacle(Reason::kTransportFailing, seen.trouble);
  if (channel.published && channel.active) return std::nullopt;
  return Obstacle(Reason::kTransportPending, event + " comes once its connector reads the slot");
}

/// What the publisher's end shows.
EventState StateByChannel(const std::string& event, const std::string& type, const engines::FeedWanted& feed,
                          const Observed& seen) {
  const auto look = seen.channels.find(feed.channel->name);
  if (look == seen.channels.end()) return Obstacle(Reason::kTransportPending, event + ": its way was not looked at");
  if (!look->second) {
    return Obstacle(Reason::kTransportFailing,
                    event + ": the publisher's database can't be seen: " + look->second.error().message);
  }
  const engines::ChannelSeen& channel = *look->second;
  if (feed.channel->carrier == engines::Carrier::kReplication) {
    if (auto obstacle = ObstacleInReplication(event, feed, channel, seen)) return std::move(*obstacle);
  }
  if (feed.channel->carrier == engines::Carrier::kConnect) {
    if (auto obstacle = ObstacleByConnect(event, feed, channel, seen)) return std::move(*obstacle);
  }
  if (std::ranges::count(channel.types, TypeOn(*feed.channel, type)) == 0) {
    return Obstacle(Reason::kTransportPending, event + " comes once the publisher's outbox is connected");
  }
  if (channel.parked > 0) {
    return Obstacle(Reason::kEventsParked, std::to_string(channel.parked) + " events of " + feed.source +
                                               " were put aside after five tries, in freehold." + feed.channel->name +
                                               " of database " + feed.publisher.database + ": " + channel.last_error);
  }
  if (!channel.last_error.empty()) {
    return Obstacle(Reason::kTransportFailing, "an event of " + feed.source + " can't be taken: " + channel.last_error);
  }
  if (!seen.trouble.empty()) return Obstacle(Reason::kTransportFailing, seen.trouble);
  return {.obstacle = {}, .message = {}, .transport = ToString(feed.channel->carrier)};
}

EventState StateByTopic(const std::string& event, const std::string& type, const TopicFeed& topic,
                        const Observed& seen) {
  if (!topic.hindrance.empty()) return Obstacle(Reason::kTopicNotPossible, event + ": " + topic.hindrance);
  auto state = StateByChannel(event, type, topic.feed, seen);
  if (state.obstacle || seen.topic_secret) return state;
  return Obstacle(Reason::kTransportPending, event + " can be read once the Secret for Kafka is there");
}

}  // namespace

const TopicFeed* TopicOf(const events::Subscription& subscription, const Desired& desired) {
  const auto found =
      std::ranges::find_if(desired.topics, [&](const TopicFeed& topic) { return Brings(topic.feed, subscription); });
  return found == desired.topics.end() ? nullptr : &*found;
}

EventState StateOf(const events::Subscription& subscription, const Desired& desired, const Observed& seen) {
  if (subscription.fault) return Obstacle(subscription.fault->reason, subscription.fault->message);
  const auto event = subscription.wanted.event + " of " + ToString(subscription.publisher);
  if (const auto* topic = TopicOf(subscription, desired)) {
    return StateByTopic(event, subscription.wanted.event, *topic, seen);
  }
  const auto* feed = FeedOf(subscription, desired.store);
  if (feed && subscription.wanted.deliver == api::Delivery::kTopic) {
    return Obstacle(Reason::kTopicNotPossible, event +
                                                   " comes by the inbox, since both services share a database: set "
                                                   "deliver: Inbox");
  }
  if (!feed) {
    return Obstacle(Reason::kTransportMissing, event + " is not carried: its store is on no server that is known here");
  }
  if (feed->channel && !HasLanding(*feed, seen.store)) {
    return Obstacle(Reason::kTransportPending, event + ": its way is being made");
  }
  if (feed->channel) return StateByChannel(event, subscription.wanted.event, *feed, seen);
  if (ArrivesInOneDatabase(subscription, seen.store)) return {.obstacle = {}, .message = {}, .transport = "Trigger"};
  return Obstacle(Reason::kTransportPending, event + " comes once the publisher's outbox is there");
}

}  // namespace freehold::stores

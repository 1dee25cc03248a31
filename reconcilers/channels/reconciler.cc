#include "reconcilers/channels/reconciler.h"

#include <algorithm>

#include "operator/runtime/log.h"
#include "reconcilers/engines/channel.h"
#include "reconcilers/stores/feeds.h"

namespace freehold::channels {
namespace {

constexpr runtime::log::Logger kLog("channels");
/// What replicates by itself is looked at once in so many intervals.
constexpr int kWatchEvery = 15;
constexpr std::chrono::seconds kGrace{15};
constexpr std::int64_t kRetainedAtMost = std::int64_t{1} << 30;

stores::Sight SightOf(const engines::ChannelSeen& channel) {
  const auto waited = channel.age ? std::chrono::milliseconds(*channel.age) : std::chrono::milliseconds(0);
  return {.lag = std::max(waited, channel.replay_lag),
          .waiting = channel.waiting,
          .parked = channel.parked,
          .retained = channel.retained};
}

}  // namespace

runtime::Outcome Reconciler::Reconcile(const kube::Name& consumer) {
  const auto ways = WaysTo(consumer);
  Stay(consumer, ways);
  bool more = false, polls = false;
  std::string trouble, detail;
  std::vector<stores::Sight> sights;
  for (const Way& way : ways) {
    const bool polled = way.carrier == engines::Carrier::kPolling;
    polls = polls || polled;
    const auto seen = polled ? Poll(way.delivery) : Watch(way);
    if (!seen && seen.error().kind == base::FailureClass::kNotLeader) return runtime::Failed{seen.error()};
    auto& sight = sights.emplace_back(seen ? seen->sight : stores::Sight{});
    sight.server = way.delivery.publisher.name;
    sight.transport = ToString(way.carrier);
    sight.troubled = !seen || !seen->trouble.empty();
    if (!seen) {
      trouble += way.delivery.channel + ": " + seen.error().reason + "; ";
      detail += seen.error().message + "; ";
      continue;
    }
    more = more || seen->more;
    if (!seen->trouble.empty()) trouble += way.delivery.channel + ": " + seen->trouble + "; ";
  }
  parts_.sights.Put(consumer, std::move(sights));
  if (parts_.troubles.Put(consumer, trouble)) {
    if (!trouble.empty()) {
      kLog.Warn("events do not get through", {{"consumer", consumer}, {"trouble", trouble}, {"error", detail}});
    }
    parts_.turned(consumer);
  }
  if (ways.empty()) return runtime::Done{};
  if (more && trouble.empty()) return runtime::Again{.after = {}, .priority = runtime::Priority::kFresh};
  const bool well = !polls && trouble.empty();
  return runtime::Again{.after = well ? UntilAllLook() : interval_, .priority = runtime::Priority::kFresh};
}

std::chrono::milliseconds Reconciler::UntilAllLook() const {
  const auto period = interval_ * kWatchEvery;
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(parts_.clock.Steady().time_since_epoch());
  return period - now % period;
}

std::vector<Reconciler::Way> Reconciler::WaysTo(const kube::Name& consumer) const {
  const auto object = parts_.world.databases.Find(consumer);
  if (!object || object->meta.deleted || !object->status.store || object->spec.consumes.empty()) return {};
  const auto here = stores::PlaceOfStore(*object, parts_.world);
  if (!here) return {};
  const auto to = parts_.board.Find(here->server);
  if (!to || !to->ready()) return {};
  std::vector<Way> ways;
  const auto subscriptions = stores::SubscriptionsOf(*object, parts_.world);
  auto feeds = stores::FeedsInto(*here, subscriptions, parts_.world);
  for (auto& topic : feeds.topics) {
    if (topic.hindrance.empty()) feeds.inbox.push_back(std::move(topic.feed));
  }
  for (const auto& feed : feeds.inbox) {
    const auto from = feed.channel ? parts_.board.Find(feed.server) : std::nullopt;
    if (!from || !from->ready()) continue;
    ways.push_back({feed.channel->carrier,
                    {.channel = SourceOf(*feed.channel),
                     .publisher = from->access,
                     .publisher_database = feed.publisher.database,
                     .consumer = to->access,
                     .consumer_database = here->layout.database},
                    feed.channel->link.empty() ? "" : feed.channel->name});
  }
  return ways;
}

base::Result<Reconciler::Seen> Reconciler::Watch(const Way& watched) {
  const auto& way = watched.delivery;
  const auto channel = looks_.Take(way.publisher, way.publisher_database, way.channel);
  if (!channel) return std::unexpected(channel.error());
  const auto sight = SightOf(*channel);
  const auto trouble = [&](std::string what) { return Seen{.trouble = std::move(what), .sight = sight}; };
  if (channel->types.empty()) return Seen{};  // It is being made, or unmade.
  if (channel->lost) return trouble("its replication slot is lost");
  if (!channel->published) return trouble("its publication or its replication slot is gone");
  if (!watched.sink.empty()) {
    for (const auto& part : {way.channel, watched.sink}) {
      if (auto what = parts_.connector_trouble(part); !what.empty()) return trouble(std::move(what));
    }
  }
  if (IsAbandoned(way.channel, channel->active)) return trouble("nobody reads its replication slot");
  if (channel->retained > kRetainedAtMost) return trouble("its replication slot holds back more than 1 GiB");
  return Seen{.sight = sight};
}

bool Reconciler::IsAbandoned(const std::string& channel, bool active) {
  std::lock_guard lock(mutex_);
  if (active) {
    unread_since_.erase(channel);
    return false;
  }
  const auto now = parts_.clock.Steady();
  return now - unread_since_.try_emplace(channel, now).first->second > kGrace;
}

base::Result<Reconciler::Seen> Reconciler::Poll(const engines::Delivery& way) {
  const auto delivered = Deliver(way);
  if (!delivered) return std::unexpected(delivered.error());
  if (delivered->events > 0) {
    kLog.Debug("events delivered", {{"channel", way.channel}, {"events", delivered->events}});
  }
  const auto sight = SightOfPolled(way);
  if (!sight) return std::unexpected(sight.error());
  return Seen{
      .trouble = delivered->failed > 0 ? "events that can't be taken" : "", .more = delivered->more, .sight = *sight};
}

base::Result<stores::Sight> Reconciler::SightOfPolled(const engines::Delivery& way) {
  const auto now = parts_.clock.Steady();
  {
    std::lock_guard lock(mutex_);
    const auto known = glances_.find(way.channel);
    if (known != glances_.end() && now - known->second.at < interval_ * kWatchEvery) return known->second.sight;
  }
  const auto channel = looks_.Take(way.publisher, way.publisher_database, way.channel);
  if (!channel) return std::unexpected(channel.error());
  std::lock_guard lock(mutex_);
  return glances_.insert_or_assign(way.channel, Glance{now, SightOf(*channel)}).first->second.sight;
}

base::Result<engines::Delivered> Reconciler::Deliver(const engines::Delivery& delivery) {
  const auto waiting = parts_.engine.HasEvents(delivery.publisher, delivery.publisher_database, delivery.channel);
  if (!waiting) return std::unexpected(waiting.error());
  if (!*waiting) return engines::Delivered{};
  base::Result<engines::Delivered> delivered;
  const auto passed = parts_.gate.Pass({"sql", "deliver-events", delivery.channel}, [&]() -> base::Result<void> {
    delivered = parts_.engine.Deliver(delivery);
    if (!delivered) return std::unexpected(delivered.error());
    return {};
  });
  if (!passed) return std::unexpected(passed.error());
  return delivered;
}

void Reconciler::Stay(const kube::Name& consumer, const std::vector<Way>& ways) {
  Stays stays;
  for (const Way& way : ways) {
    if (way.carrier != engines::Carrier::kPolling) continue;
    engines::Layout place;
    place.database = way.delivery.publisher_database;
    stays.push_back(parts_.engine.StayAt(way.delivery.publisher, place));
  }
  std::lock_guard lock(mutex_);
  if (stays.empty()) {
    stays_.erase(consumer);
  } else {
    stays_[consumer] = std::move(stays);
  }
}

}  // namespace freehold::channels

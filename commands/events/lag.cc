#include "commands/events/lag.h"

#include "commands/resource_world.h"
#include "reconcilers/engines/channel.h"
#include "reconcilers/engines/postgres/engine.h"
#include "reconcilers/servers/access.h"
#include "reconcilers/stores/feeds.h"

namespace freehold::commands::events {
namespace {

using reports::FlowLag;

FlowLag ToLag(const base::Result<engines::ChannelSeen>& seen) {
  if (!seen) return {.failure = seen.error().message};
  return {.events = seen->waiting,
          .bytes = seen->published ? seen->written - seen->confirmed : 0,
          .time = std::max<std::chrono::milliseconds>(seen->age.value_or(std::chrono::seconds(0)), seen->replay_lag),
          .parked = seen->parked,
          .failure = {}};
}

class Looker {
 public:
  Looker(const documents::Resources& resources, kube::Reader& reader, const std::string& operator_namespace)
      : world_(resources), reader_(reader), operator_namespace_(operator_namespace) {}

  reports::FlowLags Run() {
    reports::FlowLags lags;
    for (const auto& consumer : world_.databases.All()) {
      const auto here = stores::PlaceOfStore(*consumer, world_.View());
      if (!here) continue;
      const auto subscriptions = stores::SubscriptionsOf(*consumer, world_.View());
      const auto look = [&](const engines::FeedWanted& feed) {
        if (feed.channel) lags[{ToString(consumer->meta.full_name()), feed.source}] = ToLag(LookAt(feed));
      };
      const auto feeds = stores::FeedsInto(*here, subscriptions, world_.View());
      for (const auto& feed : feeds.inbox) look(feed);
      for (const auto& topic : feeds.topics) look(topic.feed);
    }
    return lags;
  }

 private:
  base::Result<engines::ChannelSeen> LookAt(const engines::FeedWanted& feed) {
    const auto& access = AccessTo(feed.server);
    if (!access) return std::unexpected(access.error());
    return engine_.ObserveChannel(*access, feed.publisher.database, SourceOf(*feed.channel));
  }

  const base::Result<engines::ServerAccess>& AccessTo(const std::string& name) {
    const auto known = servers_.find(name);
    if (known != servers_.end()) return known->second;
    const auto server = world_.servers.Find({"", name});
    auto access = server ? servers::AccessOf(*server, reader_, operator_namespace_)
                         : base::Terminal("NotFound", "there is no DatabaseServer " + name);
    return servers_.emplace(name, std::move(access)).first->second;
  }

  const ResourceWorld world_;
  kube::Reader& reader_;
  const std::string operator_namespace_;
  engines::postgres::PostgresEngine engine_;
  std::map<std::string, base::Result<engines::ServerAccess>> servers_;
};

}  // namespace

reports::FlowLags LagsOf(const documents::Resources& resources, kube::Reader& reader,
                         const std::string& operator_namespace) {
  return Looker(resources, reader, operator_namespace).Run();
}

}  // namespace freehold::commands::events

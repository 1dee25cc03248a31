#include "reconcilers/connect/wanted.h"

#include <set>

#include "reconcilers/connect/reports.h"
#include "reconcilers/engines/channel.h"
#include "reconcilers/stores/feeds.h"

namespace freehold::connect {
namespace {

class Collection {
 public:
  Collection(const api::EventBus& bus, const stores::World& world, const servers::Board& board)
      : bus_(bus), workers_(WorkersOf(bus.spec)), world_(world), board_(board) {}

  Wanted Run() {
    for (const auto& object : world_.databases.All()) {
      if (object->meta.deleted || !object->status.store) continue;
      const auto place = stores::PlaceOfStore(*object, world_);
      if (!place) continue;
      if (!object->spec.publishes.empty()) AddSource(*object, *place);
      if (!object->spec.consumes.empty()) AddSinks(*object, *place);
    }
    return std::move(wanted_);
  }

 private:
  void AddSource(const api::ServiceDatabase& object, const engines::Place& place) {
    const auto link = LinkOf(place, bus_.meta.name);
    for (const auto& outgoing : stores::OutgoingFrom(object, place, world_)) {
      if (outgoing.channel.link != link) continue;
      return Add(object, place, link, true);
    }
  }

  void AddSinks(const api::ServiceDatabase& object, const engines::Place& place) {
    const auto subscriptions = stores::SubscriptionsOf(object, world_);
    for (const auto& feed : stores::FeedsInto(place, subscriptions, world_).inbox) {
      if (!feed.channel || feed.channel->carrier != engines::Carrier::kConnect) continue;
      if (feed.channel->link != engines::LinkOf({feed.server, feed.publisher}, bus_.meta.name)) continue;
      Add(object, place, feed.channel->name, false);
    }
  }

  void Add(const api::ServiceDatabase& object, const engines::Place& place, const std::string& part, bool source) {
    const auto server = board_.Find(place.server);
    if (!server || !server->ready()) return wanted_.unknown.push_back(part);
    const auto database = DatabaseAt(server->access, place.layout.database, CdcRoleOf(place.layout));
    wanted_.connectors.push_back(
        {.part = part,
         .source = source,
         .store = object.meta.full_name(),
         .access = server->access,
         .database = database,
         .config = source ? SourceConfig(workers_, part, database) : SinkConfig(workers_, part, database)});
  }

  const api::EventBus& bus_;
  const Workers workers_;
  const stores::World& world_;
  const servers::Board& board_;
  Wanted wanted_;
};

}  // namespace

Wanted WantedOf(const api::EventBus& bus, const stores::World& world, const servers::Board& board) {
  auto wanted = Collection(bus, world, board).Run();
  AddReports(bus, world, board, wanted);
  return wanted;
}

Database DatabaseAt(const engines::ServerAccess& access, const std::string& database, const std::string& role) {
  return {.server = access.name,
          .host = access.host,
          .port = access.port,
          .name = database,
          .tls = access.tls,
          .own_authority = !access.ca_pem.empty(),
          .role = role};
}

Workers WorkersOf(const api::EventBusSpec& spec) {
  const auto of = [](const auto& means) {
    return Workers{.prefix = means.topic_prefix, .secrets_path = means.secrets_path, .partitions = means.partitions};
  };
  return spec.strimzi ? of(*spec.strimzi) : of(*spec.kafka_connect);
}

}  // namespace freehold::connect

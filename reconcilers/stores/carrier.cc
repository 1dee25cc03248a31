#include "reconcilers/stores/carrier.h"

#include <set>

#include "reconcilers/buses/choice.h"
#include "reconcilers/events/graph.h"
#include "reconcilers/ownership/placement.h"
#include "reconcilers/servers/replication.h"
#include "reconcilers/stores/reporting.h"

namespace freehold::stores {
namespace {

using engines::Carrier;

const api::Capabilities* CapabilitiesOf(const api::DatabaseServer& server) {
  return server.status.capabilities ? &*server.status.capabilities : nullptr;
}

/// The services none of whose events the databases carry, whatever the servers can.
class CarriedOtherwise {
 public:
  explicit CarriedOtherwise(const World& world) {
    const auto buses = world.buses.All();
    std::set<events::Service> others;
    for (const auto& object : world.databases.All()) {
      if (object->spec.publishes.empty()) continue;
      const auto choice = buses::ChoiceOf(*object, buses);
      const bool otherwise = buses::IsPolled(choice) || buses::IsByConnect(choice);
      for (const auto& service : {events::OwnerOf(*object), events::Service{object->meta.ns, object->meta.name}}) {
        (otherwise ? services_ : others).insert(service);
      }
    }
    for (const auto& service : others) services_.erase(service);
  }

  bool Has(const std::string& from, const std::string& ns) const {
    return !services_.empty() && services_.contains(events::Resolve(from, ns));
  }

 private:
  std::set<events::Service> services_;
};

/// How many channels there are at most, by what is declared: into stores of one server, and in all.
struct Demand {
  int into = 0, all = 0;
};

Demand DemandOn(const std::string& server, const World& world) {
  Demand demand;
  bool copies = false;
  const auto servers = world.servers.All();
  const CarriedOtherwise otherwise(world);
  for (const auto& object : world.databases.All()) {
    const auto warehouse = WarehouseOf(*object, world);
    if (warehouse) ++demand.all;
    if (warehouse && !warehouse->spec.loader) {
      const auto to = ownership::PlaceOf(*warehouse, servers);
      if (to && (*to)->meta.name == server) ++demand.into;
      copies = true;
    }
    std::set<std::string> publishers;
    for (const auto& consumed : object->spec.consumes) {
      if (!otherwise.Has(consumed.from, object->meta.ns)) publishers.insert(consumed.from);
    }
    if (publishers.empty()) continue;
    const int channels = static_cast<int>(publishers.size());
    demand.all += channels;
    const auto place = ownership::PlaceOf(*object, servers);
    if (place && (*place)->meta.name == server) demand.into += channels;
  }
  // One more for what is copied at the beginning.
  if (copies) ++demand.all, ++demand.into;
  return demand;
}

/// May roles be made that replicate here, and that write there?
bool CanConnect(const std::string& publisher_server, const std::string& consumer_server, const World& world) {
  const auto publisher = world.servers.Find({"", publisher_server});
  const auto consumer = world.servers.Find({"", consumer_server});
  const auto* from = publisher ? CapabilitiesOf(*publisher) : nullptr;
  const auto* to = consumer ? CapabilitiesOf(*consumer) : nullptr;
  return from && to && from->superuser && to->superuser && from->wal_level == "logical";
}

/// Is there room at both for all that is consumed?
std::string ByRoom(const std::string& publisher_server, const api::Capabilities& from,
                   const std::string& consumer_server, const api::Capabilities& to, const World& world) {
  const auto demand = DemandOn(consumer_server, world);
  const auto says = [](const std::string& server, int has, int needed, const char* what) {
    return "DatabaseServer " + server + " has room for " + std::to_string(has) + " of " + std::to_string(needed) +
           ": " + what;
  };
  if (demand.into > to.subscriptions) {
    return says(consumer_server, to.subscriptions, demand.into, "raise max_logical_replication_workers there");
  }
  if (demand.all > from.replication_slots) {
    return says(publisher_server, from.replication_slots, demand.all,
                "raise max_replication_slots and max_wal_senders there");
  }
  return {};
}

/// Why the databases can't carry; empty: they can.
std::string ObstacleBetween(const std::string& publisher_server, const std::string& consumer_server,
                            const World& world) {
  const auto publisher = world.servers.Find({"", publisher_server});
  const auto consumer = world.servers.Find({"", consumer_server});
  if (!publisher || !consumer) {
    return "DatabaseServer " + (publisher ? consumer_server : publisher_server) + " does not exist";
  }
  auto obstacle = servers::ObstacleBetween(*publisher, *consumer);
  if (!obstacle.empty()) return obstacle;
  return ByRoom(publisher_server, *CapabilitiesOf(*publisher), consumer_server, *CapabilitiesOf(*consumer), world);
}

}  // namespace

Carrier CarrierOf(const api::ServiceDatabase& publisher, const engines::Place& from, const engines::Place& to,
                  const World& world) {
  const auto choice = buses::ChoiceOf(publisher, world.buses.All());
  if (buses::IsPolled(choice)) return Carrier::kPolling;
  if (!buses::IsByConnect(choice)) return CarrierBetween(from.server, to.server, world);
  const bool own_database = to.layout.isolation >= api::Isolation::kDatabase;
  return own_database && CanConnect(from.server, to.server, world) ? Carrier::kConnect : Carrier::kPolling;
}

Carrier TopicCarrierOf(const api::ServiceDatabase& publisher, const engines::Place& from, const World& world) {
  const auto choice = buses::ChoiceOf(publisher, world.buses.All());
  return buses::IsByConnect(choice) && CanConnect(from.server, from.server, world) ? Carrier::kConnect
                                                                                   : Carrier::kPolling;
}

std::string WhyPolled(const api::ServiceDatabase& publisher, const engines::Place& from, const engines::Place& to,
                      const World& world) {
  if (CarrierOf(publisher, from, to, world) != Carrier::kPolling) return {};
  const auto choice = buses::ChoiceOf(publisher, world.buses.All());
  if (buses::IsPolled(choice)) return {};
  if (!buses::IsByConnect(choice)) return ObstacleBetween(from.server, to.server, world);
  return CanConnect(from.server, to.server, world)
             ? "Kafka Connect brings events into a database of the consumer's own only"
             : "Kafka Connect takes superusers as admins of both servers, and wal_level = logical at the publisher's";
}

Carrier CarrierBetween(const std::string& publisher_server, const std::string& consumer_server, const World& world) {
  return ObstacleBetween(publisher_server, consumer_server, world).empty() ? Carrier::kReplication : Carrier::kPolling;
}

}  // namespace freehold::stores

#include "reconcilers/stores/carrier.h"

#include <cstdlib>
#include <set>

#include "reconcilers/buses/choice.h"
#include "reconcilers/events/graph.h"
#include "reconcilers/ownership/placement.h"
#include "reconcilers/stores/reporting.h"

namespace freehold::stores {
namespace {

using engines::Carrier;

constexpr int kKnowsSystemAuthorities = 16;

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

/// Does the consumer's server find the authorities that the publisher's certificate is checked against?
bool CanTrust(const api::DatabaseServer& consumer, const api::DatabaseServer& publisher) {
  const bool needs_system = publisher.spec.tls.mode == api::TlsMode::kVerifyFull && !publisher.spec.tls.ca_secret;
  return !needs_system || std::atoi(consumer.status.version.c_str()) >= kKnowsSystemAuthorities;
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

Carrier CarrierBetween(const std::string& publisher_server, const std::string& consumer_server, const World& world) {
  const auto publisher = world.servers.Find({"", publisher_server});
  const auto consumer = world.servers.Find({"", consumer_server});
  if (!publisher || !consumer) return Carrier::kPolling;
  const auto* from = CapabilitiesOf(*publisher);
  const auto* to = CapabilitiesOf(*consumer);
  const bool able = CanConnect(publisher_server, consumer_server, world);
  if (!able || !CanTrust(*consumer, *publisher)) return Carrier::kPolling;
  const auto demand = DemandOn(consumer_server, world);
  const bool room = demand.into <= to->subscriptions && demand.all <= from->replication_slots;
  return room ? Carrier::kReplication : Carrier::kPolling;
}

}  // namespace freehold::stores

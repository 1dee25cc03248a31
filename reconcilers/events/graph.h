// Who publishes, offers and consumes which event, and every other way by which data passes between services. Pure.
#pragma once

#include <compare>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "reconcilers/api/reasons.h"
#include "reconcilers/api/service_database.h"

namespace freehold::events {

using Services = std::span<const std::shared_ptr<const api::ServiceDatabase>>;

/// A bounded context: it may have several stores.
struct Service {
  std::string ns;
  std::string name;
  auto operator<=>(const Service&) const = default;
};

std::string ToString(const Service&);  ///< "shop/catalog"
Service OwnerOf(const api::ServiceDatabase&);
/// "catalog" is meant in namespace `ns`, "other/catalog" elsewhere.
Service Resolve(const std::string& reference, const std::string& ns);

/// What is wrong with one entry of `consumes`.
struct EventFault {
  kube::Name object;
  std::string path;  ///< "spec.consumes[0].event"
  api::Reason reason = api::Reason::kEventNotPublished;
  std::string message;
  bool operator==(const EventFault&) const = default;
};

/// One entry of `consumes` and where the event comes from.
struct Subscription {
  api::ConsumedEvent wanted;
  Service publisher;
  std::optional<kube::Name> store;  ///< the ServiceDatabase whose outbox it is offered from, be there a `fault` or not
  std::optional<EventFault> fault;
};

/// The events that all services publish. Holds the objects it was made from.
class Publishers {
 public:
  explicit Publishers(Services);

  /// One per entry of `consumes`, in that order.
  std::vector<Subscription> SubscriptionsOf(const api::ServiceDatabase& consumer) const;

 private:
  struct Offer {
    std::shared_ptr<const api::ServiceDatabase> object;
    const api::PublishedEvent* event;
    std::shared_ptr<const api::ServiceDatabase> rival;  ///< of the same service, which publishes it, too
  };
  Subscription Subscribe(const api::ServiceDatabase& consumer, std::size_t index) const;
  const Offer* Find(const Service&, const std::string& event) const;
  bool ComesByInboxToo(const api::ServiceDatabase& consumer, const api::ServiceDatabase& publisher) const;

  std::map<Service, std::map<std::string, Offer>> offers_;
};

/// Other stores, none that is being deleted, that consume events of this one's service: "shop/cart".
std::vector<std::string> ConsumersOf(const api::ServiceDatabase&, Services all);

/// How data passes.
enum class Pattern { kEvents, kReadModel, kApiComposition };
std::string ToString(Pattern);  ///< "events", "read model", "API composition"

/// Data of one service that another one uses.
struct Flow {
  Service from, to;
  std::string data;  ///< the event, or the API that is called
  Pattern pattern = Pattern::kEvents;
  std::string why;  ///< of a call
  bool operator==(const Flow&) const = default;
};

struct Graph {
  std::vector<Flow> flows;  ///< between different services, in the order in which they are declared
  std::vector<EventFault> faults;
};

Graph GraphOf(Services);

}  // namespace freehold::events

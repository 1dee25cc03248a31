#include "reconcilers/events/graph.h"

#include <algorithm>

#include "reconcilers/events/payload_fit.h"

namespace freehold::events {
namespace {

bool Offers(const api::PublishedEvent& event, const Service& publisher, const Service& consumer) {
  if (!event.to || publisher == consumer) return true;
  return std::ranges::any_of(
      *event.to, [&](const std::string& reference) { return Resolve(reference, publisher.ns) == consumer; });
}

}  // namespace

std::string ToString(const Service& service) { return service.ns + "/" + service.name; }

Service OwnerOf(const api::ServiceDatabase& object) { return {object.meta.ns, api::ServiceOf(object)}; }

Service Resolve(const std::string& reference, const std::string& ns) {
  const auto slash = reference.find('/');
  if (slash == std::string::npos) return {ns, reference};
  return {reference.substr(0, slash), reference.substr(slash + 1)};
}

std::string ToString(Pattern pattern) {
  switch (pattern) {
    case Pattern::kEvents:
      return "events";
    case Pattern::kReadModel:
      return "read model";
    case Pattern::kApiComposition:
      return "API composition";
  }
  return {};
}

Publishers::Publishers(Services services) {
  const auto add = [&](const Service& known_as, const std::shared_ptr<const api::ServiceDatabase>& object) {
    auto& events = offers_[known_as];
    for (const api::PublishedEvent& event : object->spec.publishes) {
      const auto [entry, first] = events.emplace(event.event, Offer{object, &event, nullptr});
      Offer& known = entry->second;
      const bool rivals = !first && known.object->meta.full_name() != object->meta.full_name() &&
                          OwnerOf(*known.object) == OwnerOf(*object);
      if (!rivals) continue;
      const bool older = object->meta.created < known.object->meta.created;
      known = older ? Offer{object, &event, known.object} : Offer{known.object, known.event, object};
    }
  };
  for (const auto& object : services) add(OwnerOf(*object), object);
  // A ServiceDatabase may be meant by its own name, too, where no service is called so.
  for (const auto& object : services) {
    const Service by_name{object->meta.ns, object->meta.name};
    if (by_name != OwnerOf(*object)) add(by_name, object);
  }
}

const Publishers::Offer* Publishers::Find(const Service& service, const std::string& event) const {
  const auto events = offers_.find(service);
  if (events == offers_.end()) return nullptr;
  const auto offer = events->second.find(event);
  return offer == events->second.end() ? nullptr : &offer->second;
}

bool Publishers::ComesByInboxToo(const api::ServiceDatabase& consumer, const api::ServiceDatabase& publisher) const {
  return std::ranges::any_of(consumer.spec.consumes, [&](const api::ConsumedEvent& other) {
    if (other.deliver != api::Delivery::kInbox) return false;
    const auto* offer = Find(Resolve(other.from, consumer.meta.ns), other.event);
    return offer && offer->object->meta.full_name() == publisher.meta.full_name();
  });
}

Subscription Publishers::Subscribe(const api::ServiceDatabase& consumer, std::size_t index) const {
  const api::ConsumedEvent& wanted = consumer.spec.consumes[index];
  Subscription subscription{wanted, Resolve(wanted.from, consumer.meta.ns), std::nullopt, std::nullopt};
  const auto fault = [&](const char* field, api::Reason reason, std::string message) {
    const std::string path = "spec.consumes[" + std::to_string(index) + "]." + field;
    subscription.fault = EventFault{consumer.meta.full_name(), path, reason, std::move(message)};
    return subscription;
  };

  const std::string publisher = ToString(subscription.publisher);
  if (!offers_.contains(subscription.publisher)) {
    return fault("from", api::Reason::kEventNotPublished,
                 "there is no service " + publisher + " to publish " + wanted.event + "; correct `from` or declare it");
  }
  const Offer* offer = Find(subscription.publisher, wanted.event);
  if (!offer) {
    return fault("event", api::Reason::kEventNotPublished,
                 publisher + " does not publish " + wanted.event + "; add it there or correct the name");
  }
  if (offer->rival) {
    // The older one goes on delivering, to those who may have it.
    const bool offered = Offers(*offer->event, OwnerOf(*offer->object), OwnerOf(consumer));
    if (offered) subscription.store = offer->object->meta.full_name();
    return fault("event", api::Reason::kEventPublishedTwice,
                 publisher + " publishes " + wanted.event + " in two stores, " + offer->object->meta.name + " and " +
                     offer->rival->meta.name + "; keep it in one of them");
  }
  subscription.publisher = OwnerOf(*offer->object);
  if (!Offers(*offer->event, subscription.publisher, OwnerOf(consumer))) {
    return fault("event", api::Reason::kEventNotOffered,
                 publisher + " publishes " + wanted.event + " but does not offer it to " + ToString(OwnerOf(consumer)) +
                     "; add it to `to` there");
  }
  subscription.store = offer->object->meta.full_name();
  if (wanted.deliver == api::Delivery::kTopic && ComesByInboxToo(consumer, *offer->object)) {
    return fault("deliver", api::Reason::kTopicNotPossible,
                 "another event of " + publisher +
                     " is delivered to the inbox, and all of one publisher go one way: set "
                     "the same deliver for all of them");
  }
  if (!wanted.into || !offer->event->schema) return subscription;
  for (std::size_t column = 0; column < wanted.into->columns.size(); ++column) {
    const auto mismatch = MismatchOf(*offer->event->schema, wanted.into->columns[column]);
    if (!mismatch) continue;
    return fault(("into.columns[" + std::to_string(column) + "].path").c_str(), api::Reason::kPayloadMismatch,
                 "by the schema of " + wanted.event + " at " + publisher + ", " + *mismatch +
                     "; correct the column, or ask for another schema");
  }
  return subscription;
}

std::vector<Subscription> Publishers::SubscriptionsOf(const api::ServiceDatabase& consumer) const {
  std::vector<Subscription> subscriptions;
  for (std::size_t index = 0; index < consumer.spec.consumes.size(); ++index) {
    subscriptions.push_back(Subscribe(consumer, index));
  }
  return subscriptions;
}

std::vector<std::string> ConsumersOf(const api::ServiceDatabase& object, Services all) {
  const Service service = OwnerOf(object);
  std::vector<std::string> consumers;
  for (const auto& other : all) {
    if (other->meta.uid == object.meta.uid || other->meta.deleted) continue;
    const bool reads = std::ranges::any_of(other->spec.consumes, [&](const api::ConsumedEvent& consumed) {
      return Resolve(consumed.from, other->meta.ns) == service;
    });
    if (reads) consumers.push_back(ToString(other->meta.full_name()));
  }
  return consumers;
}

Graph GraphOf(Services services) {
  const Publishers publishers(services);
  Graph graph;
  const auto add = [&](Flow flow) {
    if (flow.from == flow.to || std::ranges::find(graph.flows, flow) != graph.flows.end()) return;
    graph.flows.push_back(std::move(flow));
  };
  for (const auto& object : services) {
    const Service consumer = OwnerOf(*object);
    for (const Subscription& subscription : publishers.SubscriptionsOf(*object)) {
      if (subscription.fault) graph.faults.push_back(*subscription.fault);
      const bool copy = subscription.wanted.pattern == api::ConsumePattern::kReadModel;
      add({subscription.publisher, consumer, subscription.wanted.event, copy ? Pattern::kReadModel : Pattern::kEvents,
           ""});
    }
    for (const api::Call& call : object->spec.calls) {
      add({Resolve(call.service, object->meta.ns), consumer, call.api, Pattern::kApiComposition, call.why});
    }
  }
  return graph;
}

}  // namespace freehold::events

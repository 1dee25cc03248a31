#include "reconcilers/buses/topics.h"

#include <algorithm>

namespace freehold::buses {

std::string TopicOf(const api::EventBusSpec& bus, const std::string& channel) {
  return TopicPrefixOf(bus) + "." + channel;
}

std::string ReaderOf(const api::EventBusSpec& bus, const kube::Name& consumer) {
  auto prefix = TopicPrefixOf(bus);
  if (bus.strimzi) std::ranges::replace(prefix, '_', '-');
  return prefix + "." + consumer.ns + "." + consumer.name;
}

std::string TopicHindrance(const std::string& publisher, const Choice& choice) {
  if (!IsByConnect(choice)) {
    const auto by = !choice.missing.empty() ? "EventBus " + choice.missing + ", which isn't there"
                    : choice.bus ? "EventBus " + choice.bus->meta.name + " of type " + ToString(choice.bus->spec.type)
                                 : "the databases themselves";
    return publisher + " publishes by " + by +
           ": let it use an EventBus of type KafkaConnect or Strimzi, or set deliver: Inbox";
  }
  if (KnowsBrokers(choice.bus->spec)) return {};
  const auto field = choice.bus->spec.strimzi ? "strimzi.kafka" : "kafkaConnect.brokers";
  return "EventBus " + choice.bus->meta.name + " of " + publisher + " does not say where Kafka is: set " + field +
         " there, or deliver: Inbox here";
}

}  // namespace freehold::buses

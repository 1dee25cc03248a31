// Users and ACLs as KafkaUser resources, which Strimzi's user operator keeps in Kafka.
// https://strimzi.io/docs/operators/latest/configuring#type-KafkaUser-reference
#pragma once

#include "operator/kube/client.h"
#include "reconcilers/topics/realm.h"

namespace freehold::topics {

const kube::ResourceType& KafkaUserType();
const kube::ResourceType& KafkaType();

/// The KafkaUser of a grant as an object to apply. Pure. REQUIRES: the bus has strimzi.kafka.
base::Json KafkaUserOf(const api::EventBus&, const Grant&);

/// What a KafkaUser grants, of resources and operations that are known here. Pure.
std::vector<kafka::Acl> AclsOfUser(const base::Json& user);

class StrimziRealm final : public Realm {
 public:
  /// All of it outlives the realm. REQUIRES: the bus has strimzi.kafka.
  StrimziRealm(const api::EventBus& bus, kube::Reader& reader, kube::Writer& writer)
      : bus_(bus), reader_(reader), writer_(writer) {}

  /// As the Kafka's status tells it.
  Result<credentials::BrokersEndpoint> Endpoint() override;
  Result<std::vector<std::string>> Leaving(const std::vector<Grant>&) override;
  Result<void> Remove(const std::string& reader, const Do&) override;
  Result<std::optional<credentials::TopicLogin>> Keep(const Grant&, const Do&) override;

 private:
  const std::string& ns() const { return bus_.spec.strimzi->ns; }

  const api::EventBus& bus_;
  kube::Reader& reader_;
  kube::Writer& writer_;
  std::map<std::string, base::Json> users_;  ///< of this bus, by name
};

}  // namespace freehold::topics

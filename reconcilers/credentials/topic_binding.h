// The Secret by which a service reads topics, in the form of the Service Binding specification. Where Kafka's clients
// have a property for an entry it is called as the property, so that the entries can be handed on as they are.
// https://servicebinding.io/spec/core/1.1.0/#well-known-secret-entries
// https://kafka.apache.org/documentation/#consumerconfigs
#pragma once

#include <optional>
#include <vector>

#include "reconcilers/credentials/secret_form.h"

namespace freehold::credentials {

/// Where Kafka is.
struct BrokersEndpoint {
  std::vector<std::string> bootstrap_servers;
  std::string security_protocol;  ///< "SASL_SSL"
  std::string ca_pem;             ///< empty: none is needed
};

struct TopicLogin {
  std::string username;
  base::Sensitive password;
};

/// The entries: type, provider, bootstrap-servers, bootstrap.servers, security.protocol, topics, group.id and what a
/// reader must set to miss nothing; with a login username, password, sasl.mechanism and sasl.jaas.config; certificates.
SecretEntries TopicEntries(const BrokersEndpoint&, const std::optional<TopicLogin>&, const std::string& group,
                           const std::vector<std::string>& topics);

/// The Secret as an object to apply: type servicebinding.io/kafka.
base::Json TopicSecretObject(const kube::Name&, const kube::OwnerReference& owner, const SecretEntries&);

/// Is it one of those, and of this owner?
bool IsTopicSecret(const base::Json& secret, const std::string& owner_uid);

}  // namespace freehold::credentials

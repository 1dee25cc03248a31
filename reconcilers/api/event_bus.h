// EventBus (bus): by which means events travel from one database to another. Cluster-scoped; written by the platform
// team.
#pragma once

#include "reconcilers/api/database_server.h"

namespace freehold::api {

enum class BusType {
  kPostgreSQL,    ///< the databases themselves, where they can
  kKafkaConnect,  ///< Debezium, Kafka, and a sink into the inbox, by Connect's REST interface
  kStrimzi,       ///< the same, by KafkaConnector resources
  kPolling,       ///< the operator
};
std::string ToString(BusType);
/// Do connectors of Kafka Connect carry its events?
inline bool IsOnConnect(BusType type) { return type == BusType::kKafkaConnect || type == BusType::kStrimzi; }

/// How clients speak to brokers, in Kafka's own words.
enum class SecurityProtocol { kSaslSsl, kSaslPlaintext };
std::string ToString(SecurityProtocol);

/// Where services that read topics themselves find Kafka.
struct KafkaBrokersSpec {
  std::vector<std::string> bootstrap_servers;  ///< "host:port"
  SecurityProtocol security_protocol = SecurityProtocol::kSaslSsl;
  std::optional<SecretKey> ca_secret;       ///< absent: the CAs of the system
  std::optional<std::string> admin_secret;  ///< keys username, password; absent: users and ACLs are others' business
  std::vector<std::string> platform_users;  ///< whose rights in Kafka are no finding
  bool operator==(const KafkaBrokersSpec&) const = default;
};

struct KafkaConnectSpec {
  std::string url;                             ///< of Connect's REST interface
  std::optional<std::string> auth_secret;      ///< keys username, password; in the operator's namespace
  std::optional<SecretKey> ca_secret;          ///< absent: the CAs of the system
  std::string topic_prefix = "freehold";       ///< of topics and connectors: what has it is Freehold's
  std::string secrets_path = "/opt/freehold";  ///< where the workers have the Secret freehold-connect mounted
  int partitions = 3;                          ///< of each topic
  std::optional<KafkaBrokersSpec> brokers{};   ///< absent: no service reads topics itself
  bool operator==(const KafkaConnectSpec&) const = default;
};

/// A Kafka that Strimzi keeps, where services that read topics themselves find it.
struct StrimziKafkaSpec {
  std::string cluster;   ///< the Kafka, in the namespace of the KafkaConnect
  std::string listener;  ///< which of its listeners; one with SCRAM-SHA-512
  bool operator==(const StrimziKafkaSpec&) const = default;
};

struct StrimziSpec {
  std::string cluster;                         ///< the KafkaConnect
  std::string ns;                              ///< of it, of its connectors, and of the Secret freehold-connect
  std::string topic_prefix = "freehold";       ///< as in KafkaConnectSpec
  std::string secrets_path = "/opt/freehold";  ///< as in KafkaConnectSpec
  int partitions = 3;                          ///< as in KafkaConnectSpec
  std::optional<StrimziKafkaSpec> kafka{};     ///< absent: no service reads topics itself
  bool operator==(const StrimziSpec&) const = default;
};

struct EventBusSpec {
  BusType type = BusType::kPostgreSQL;
  std::optional<KafkaConnectSpec> kafka_connect;
  std::optional<StrimziSpec> strimzi;
  bool is_default = false;
  bool operator==(const EventBusSpec&) const = default;
};

struct EventBusStatus {
  std::int64_t observed_generation = 0;
  std::vector<kube::Condition> conditions;
  int publishers = 0;  ///< how many stores publish by it
  bool operator==(const EventBusStatus&) const = default;
};

struct EventBus {
  kube::ObjectMeta meta;
  EventBusSpec spec;
  EventBusStatus status;
};

const kube::ResourceType& EventBusType();

/// What names of topics and connectors begin with. REQUIRES: IsOnConnect.
const std::string& TopicPrefixOf(const EventBusSpec&);
/// Does it say where services find Kafka?
bool KnowsBrokers(const EventBusSpec&);

}  // namespace freehold::api

// The kind EventBus: its tables, and how the outside sees it.
#include "reconcilers/api/common_tables.h"
#include "reconcilers/api/kind_frames.h"
#include "reconcilers/api/kinds.h"
#include "reconcilers/api/schema/object.h"
#include "reconcilers/api/secret_key_table.h"
#include "reconcilers/api/sorts.h"

namespace freehold::api {

template <>
struct schema::Words<BusType> {
  static constexpr std::array kWords{std::pair{BusType::kPostgreSQL, "PostgreSQL"},
                                     std::pair{BusType::kKafkaConnect, "KafkaConnect"},
                                     std::pair{BusType::kStrimzi, "Strimzi"}, std::pair{BusType::kPolling, "Polling"}};
};

template <>
struct schema::Words<SecurityProtocol> {
  static constexpr std::array kWords{std::pair{SecurityProtocol::kSaslSsl, "SASL_SSL"},
                                     std::pair{SecurityProtocol::kSaslPlaintext, "SASL_PLAINTEXT"}};
};

template <>
struct schema::Table<KafkaBrokersSpec> {
  static const auto& Fields() {
    using Spec = KafkaBrokersSpec;
    static const auto fields = std::make_tuple(
        Field("bootstrapServers", &Spec::bootstrap_servers,
              "Where clients begin, as host:port, of a listener with SCRAM-SHA-512.",
              Rules().Required().Items(1, 16).Each(Rules().Is(HostAndPort()))),
        Field("securityProtocol", &Spec::security_protocol, "How they speak there, by Kafka's own word."),
        Field("caSecret", &Spec::ca_secret, "Where the CA's certificate of SASL_SSL is, in PEM.",
              Rules().AbsentMeans("the CAs of the system")),
        Field("adminSecret", &Spec::admin_secret,
              "The Secret with username and password of an administrator of Kafka, in the operator's namespace. With "
              "it Freehold keeps a user, its password and its ACLs for each service that reads topics.",
              Rules().Is(SecretName()).AbsentMeans("users and ACLs are kept by others: see freehold events acls")),
        Field("platformUsers", &Spec::platform_users,
              "Users of Kafka that are the platform's own, such as that of Connect's workers: an audit takes their "
              "rights "
              "for no finding.",
              Rules().UpTo(64).Set().Each(Rules().Is(Prose(253)))));
    return fields;
  }
};

template <>
struct schema::Table<StrimziKafkaSpec> {
  static const auto& Fields() {
    using Spec = StrimziKafkaSpec;
    static const auto fields =
        std::make_tuple(Field("cluster", &Spec::cluster, "The Kafka, in the namespace of the KafkaConnect.",
                              Rules().Required().Is(ObjectName())),
                        Field("listener", &Spec::listener,
                              "The name of its listener that services use: one with authentication scram-sha-512.",
                              Rules().Required().Is(ObjectName())));
    return fields;
  }
};

/// What there is to know of the workers, however connectors come to them.
template <class Spec>
auto WorkersFields() {
  using schema::Field, schema::Rules;
  return std::make_tuple(
      Field("topicPrefix", &Spec::topic_prefix,
            "What the names of topics and connectors begin with. Connectors that have it and that nobody asks for are "
            "removed, so no two installations of Freehold may share one.",
            Rules().Immutable().Is(TopicPrefix())),
      Field("secretsPath", &Spec::secrets_path,
            "Where the workers have the Secret freehold-connect mounted, which holds the passwords of the roles they "
            "use: the one of the operator's namespace, with Strimzi the one of the KafkaConnect's. The workers need a "
            "config provider named dir, of class DirectoryConfigProvider.",
            Rules().Is(DirectoryPath())),
      Field("partitions", &Spec::partitions,
            "How many partitions a new topic has. The events of an aggregate are in one of them.",
            Rules().Between(1, 1000)));
}

template <>
struct schema::Table<KafkaConnectSpec> {
  static const auto& Fields() {
    using Spec = KafkaConnectSpec;
    static const auto fields = std::tuple_cat(
        std::make_tuple(
            Field("url", &Spec::url, "Where the workers' REST interface is: http://connect.kafka:8083.",
                  Rules().Required().Is(HttpUrl())),
            Field("authSecret", &Spec::auth_secret,
                  "The Secret with username and password for it. It is looked for in the operator's namespace only.",
                  Rules().Is(SecretName()).AbsentMeans("none is asked for")),
            Field("caSecret", &Spec::ca_secret, "Where the CA's certificate of an https URL is, in PEM.",
                  Rules().AbsentMeans("the CAs of the system"))),
        WorkersFields<Spec>(),
        std::make_tuple(Field("brokers", &Spec::brokers,
                              "Where services find Kafka that read topics themselves (consumes[].deliver: Topic).",
                              Rules().AbsentMeans("none does"))));
    return fields;
  }
};

template <>
struct schema::Table<StrimziSpec> {
  static const auto& Fields() {
    using Spec = StrimziSpec;
    static const auto fields = std::tuple_cat(
        std::make_tuple(
            Field("cluster", &Spec::cluster,
                  "The KafkaConnect that runs the connectors. It needs the annotation "
                  "strimzi.io/use-connector-resources: \"true\".",
                  Rules().Required().Immutable().Is(ObjectName())),
            Field("namespace", &Spec::ns, "The namespace of that KafkaConnect. The KafkaConnector resources go there.",
                  Rules().Required().Immutable().Is(ObjectName()))),
        WorkersFields<Spec>(),
        std::make_tuple(Field("kafka", &Spec::kafka,
                              "Where services find Kafka that read topics themselves (consumes[].deliver: Topic). "
                              "Freehold makes a KafkaUser for each.",
                              Rules().AbsentMeans("none does"))));
    return fields;
  }
};

template <>
struct schema::Table<EventBusSpec> {
  static const auto& Fields() {
    using Spec = EventBusSpec;
    static const auto fields = std::make_tuple(
        Field(
            "type", &Spec::type,
            "By what events travel between databases. PostgreSQL: logical replication, where both servers can, and "
            "otherwise the controller. KafkaConnect: Debezium's connector for PostgreSQL with its outbox router, "
            "Kafka, and "
            "Debezium's JDBC sink into the inbox, by Connect's REST interface. Strimzi: the same, by KafkaConnector "
            "resources that Strimzi's operator keeps. Polling: always the controller; nothing is asked of the servers.",
            Rules().Changing("self == oldSelf || !(self in ['KafkaConnect', 'Strimzi'] || oldSelf in ['KafkaConnect', "
                             "'Strimzi'])",
                             "a bus can't become one of type KafkaConnect or Strimzi or stop being one: make another, "
                             "and have it named in spec.bus or be the default")),
        Field("kafkaConnect", &Spec::kafka_connect, "For type KafkaConnect, which needs it: where Connect is."),
        Field("strimzi", &Spec::strimzi, "For type Strimzi, which needs it: the KafkaConnect that Strimzi keeps."),
        Field("default", &Spec::is_default,
              "Used by every store that publishes events and names no bus. Of several the oldest is the default."));
    return fields;
  }
  static std::vector<StructRule<EventBusSpec>> Conditions() {
    return {{"(self.type == 'KafkaConnect') == has(self.kafkaConnect)",
             "type KafkaConnect needs kafkaConnect, and no other type has it", "kafkaConnect",
             [](const EventBusSpec& spec) {
               return (spec.type == BusType::kKafkaConnect) == spec.kafka_connect.has_value();
             }},
            {"(self.type == 'Strimzi') == has(self.strimzi)", "type Strimzi needs strimzi, and no other type has it",
             "strimzi",
             [](const EventBusSpec& spec) { return (spec.type == BusType::kStrimzi) == spec.strimzi.has_value(); }}};
  }
};

template <>
struct schema::Table<EventBusStatus> {
  static const auto& Fields() {
    using Status = EventBusStatus;
    static const auto fields = std::tuple_cat(
        StatusHead<Status>(), std::make_tuple(Field("publishers", &Status::publishers,
                                                    "How many stores publish their events by it.", Rules().Shown())));
    return fields;
  }
};

const schema::KindFrame& EventBusFrame() {
  static const schema::KindFrame frame{
      {kGroup, kVersion, "eventbuses", "EventBus", false},
      "eventbus",
      "bus",
      "By which means events travel from one database to another. Kept by the platform team; where there is none, the "
      "databases carry them as with type PostgreSQL.",
      {schema::ConditionColumn("Ready", "Whether it is in use as declared."),
       {"Type", "string", ".spec.type", "By what events travel."},
       {"Default", "boolean", ".spec.default", "Whether stores that name no bus use it."},
       {"Publishers", "integer", ".status.publishers", "How many stores publish by it."},
       {"Reason", "string", ".status.conditions[?(@.type==\"Ready\")].reason", "Why it is, or is not, ready.", true},
       schema::AgeColumn()},
      {}};
  return frame;
}

const kube::ResourceType& EventBusType() { return EventBusFrame().type; }
std::string ToString(BusType type) { return schema::WordOf(type); }
std::string ToString(SecurityProtocol protocol) { return schema::WordOf(protocol); }

const std::string& TopicPrefixOf(const EventBusSpec& spec) {
  return spec.strimzi ? spec.strimzi->topic_prefix : spec.kafka_connect->topic_prefix;
}

bool KnowsBrokers(const EventBusSpec& spec) {
  return (spec.kafka_connect && spec.kafka_connect->brokers) || (spec.strimzi && spec.strimzi->kafka);
}

Reading<EventBus> ParseEventBus(const Json& object) { return schema::ParseObject<EventBus>(object, EventBusFrame()); }
base::Result<EventBus> ReadEventBus(const Json& object) { return schema::ReadObject<EventBus>(object); }
Json ToJson(const EventBus& object) { return schema::WriteObject(object, EventBusFrame()); }
Json ToJson(const EventBusSpec& spec) { return schema::Codec<EventBusSpec>::Write(spec); }
Json ToJson(const EventBusStatus& status) { return schema::Codec<EventBusStatus>::Write(status); }
Json StatusObject(const kube::ObjectMeta& meta, const EventBusStatus& status) {
  return schema::WriteStatus(meta, status, EventBusFrame());
}
Json EventBusCrd() { return schema::CrdOf<EventBus>(EventBusFrame()); }

}  // namespace freehold::api

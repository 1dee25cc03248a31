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
        WorkersFields<Spec>());
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
        WorkersFields<Spec>());
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

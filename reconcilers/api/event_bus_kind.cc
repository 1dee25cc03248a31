// The kind EventBus: its tables, and how the outside sees it.
#include "reconcilers/api/common_tables.h"
#include "reconcilers/api/kind_frames.h"
#include "reconcilers/api/kinds.h"
#include "reconcilers/api/schema/object.h"
#include "reconcilers/api/sorts.h"

namespace freehold::api {

template <>
struct schema::Words<BusType> {
  static constexpr std::array kWords{std::pair{BusType::kPostgreSQL, "PostgreSQL"},
                                     std::pair{BusType::kPolling, "Polling"}};
};

template <>
struct schema::Table<EventBusSpec> {
  static const auto& Fields() {
    using Spec = EventBusSpec;
    static const auto fields = std::make_tuple(
        Field("type", &Spec::type,
              "By what events travel between databases. PostgreSQL: logical replication, where both servers can, and "
              "otherwise the controller. Polling: always the controller; nothing is asked of the servers."),
        Field("default", &Spec::is_default,
              "Used by every store that publishes events and names no bus. Of several the oldest is the default."));
    return fields;
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

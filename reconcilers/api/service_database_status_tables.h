// The tables of a ServiceDatabase's status.
#pragma once

#include "reconcilers/api/common_tables.h"
#include "reconcilers/api/service_database.h"

namespace freehold::api::schema {

template <>
struct Words<Assurance> {
  static constexpr std::array kWords{std::pair{Assurance::kWeak, "Weak"}, std::pair{Assurance::kMedium, "Medium"},
                                     std::pair{Assurance::kStrong, "Strong"}};
};

template <>
struct Words<CredentialPhase> {
  static constexpr std::array kWords{
      std::pair{CredentialPhase::kAbsent, "Absent"}, std::pair{CredentialPhase::kStable, "Stable"},
      std::pair{CredentialPhase::kPrepared, "Prepared"}, std::pair{CredentialPhase::kSwitched, "Switched"},
      std::pair{CredentialPhase::kDraining, "Draining"}};
};

template <>
struct Table<StoreStatus> {
  static const auto& Fields() {
    static const auto fields =
        std::make_tuple(Field("server", &StoreStatus::server, "The DatabaseServer on which the store is."),
                        Field("database", &StoreStatus::database, "The database in which the store is."),
                        Field("schema", &StoreStatus::schema, "The schema in which the service's objects are."),
                        Field("fingerprint", &StoreStatus::fingerprint,
                              "Digest of what was wanted and seen when the store was last in sync; while it is "
                              "unchanged nothing is done."));
    return fields;
  }
};

template <>
struct Table<CredentialStatus> {
  static const auto& Fields() {
    static const auto fields = std::make_tuple(
        Field("login", &CredentialStatus::login, "The login that the Secret names now."),
        Field(
            "phase", &CredentialStatus::phase,
            "Where a rotation stands. Stable: one login works. Prepared: the other has its new password. Switched: the "
            "Secret names it. Draining: the previous one still works.",
            Rules().Shown()),
        Field("rotatedAt", &CredentialStatus::rotated_at, "When the password was last changed."),
        Field("rotateAt", &CredentialStatus::rotate_at, "When it will be changed next."),
        Field("overlapUntil", &CredentialStatus::overlap_until, "Draining: when the previous login ends."),
        Field("rotateRequest", &CredentialStatus::rotate_request,
              "The value of the annotation freehold.dev/rotate that was last answered."));
    return fields;
  }
};

template <>
struct Table<ProjectionStatus> {
  static const auto& Fields() {
    using Status = ProjectionStatus;
    static const auto fields = std::make_tuple(
        Field("table", &Status::table, "The copy.", Rules().Required()),
        Field("state", &Status::state,
              "Current: it holds what arrived, failed events aside. Otherwise the reason why it does not."),
        Field("failedEvents", &Status::failed_events, "How many events in the inbox could not be applied."),
        Field("lastError", &Status::last_error, "What was wrong with the last of them. No value of it is told."),
        Field("lastEvent", &Status::last_event, "Its id."),
        Field("behindSince", &Status::behind_since,
              "When the oldest event arrived that is not in the copy. Absent: all are."));
    return fields;
  }
};

template <>
struct Table<TopicStatus> {
  static const auto& Fields() {
    static const auto fields = std::make_tuple(
        Field("name", &TopicStatus::name, "The topic.", Rules().Required()),
        Field("group", &TopicStatus::group, "The consumer group that the service may use, and no other."),
        Field("secret", &TopicStatus::secret, "The Secret by which it reads, in the form of Service Binding."));
    return fields;
  }
};

template <>
struct Table<ConsumeStatus> {
  static const auto& Fields() {
    static const auto fields =
        std::make_tuple(Field("event", &ConsumeStatus::event, "The event.", Rules().Required()),
                        Field("from", &ConsumeStatus::from, "The publisher, as namespace/name.", Rules().Required()),
                        Field("transport", &ConsumeStatus::transport, "By what it travels."),
                        Field("state", &ConsumeStatus::state, "Whether it flows."),
                        Field("into", &ConsumeStatus::into, "The copy that is kept of it, and whether it is current."),
                        Field("topic", &ConsumeStatus::topic, "With deliver Topic: where the service reads it."));
    return fields;
  }
};

template <>
struct Table<ServiceDatabaseStatus> {
  static const auto& Fields() {
    using Status = ServiceDatabaseStatus;
    static const auto fields = std::tuple_cat(
        StatusHead<Status>(),
        std::make_tuple(Field("assurance", &Status::assurance,
                              "How strong the isolation is in fact. Strong: a server of its own. Medium: a database of "
                              "its own. Weak: "
                              "names of objects, function source and NOTIFY can be seen by neighbours."),
                        NameReference("binding", &Status::binding,
                                      "The Secret with the credentials, for the Service Binding specification."),
                        Field("store", &Status::store, "Where the store is."),
                        Field("credentials", &Status::credentials, "Which login is in use and when it changes."),
                        Field("consumes", &Status::consumes, "The events that are consumed and whether they arrive.",
                              Rules().KeyedBy({"event", "from"})),
                        Field("resyncRequest", &Status::resync_request,
                              "The value of the annotation freehold.dev/resync that was last answered.")));
    return fields;
  }
};

}  // namespace freehold::api::schema

// Words and tables of what several kinds share.
#pragma once

#include "reconcilers/api/common.h"
#include "reconcilers/api/schema/codec.h"

namespace freehold::api::schema {

template <>
struct Words<EngineKind> {
  static constexpr std::array kWords{std::pair{EngineKind::kPostgreSQL, "PostgreSQL"},
                                     std::pair{EngineKind::kMySQL, "MySQL"},
                                     std::pair{EngineKind::kMongoDB, "MongoDB"},
                                     std::pair{EngineKind::kRedis, "Redis"},
                                     std::pair{EngineKind::kElasticsearch, "Elasticsearch"},
                                     std::pair{EngineKind::kClickHouse, "ClickHouse"},
                                     std::pair{EngineKind::kCassandra, "Cassandra"},
                                     std::pair{EngineKind::kNeo4j, "Neo4j"}};
};

template <>
struct Words<Isolation> {
  static constexpr std::array kWords{std::pair{Isolation::kTables, "Tables"}, std::pair{Isolation::kSchema, "Schema"},
                                     std::pair{Isolation::kDatabase, "Database"},
                                     std::pair{Isolation::kInstance, "Instance"}};
};

template <>
struct Words<DeletionPolicy> {
  static constexpr std::array kWords{std::pair{DeletionPolicy::kRetain, "Retain"},
                                     std::pair{DeletionPolicy::kDelete, "Delete"},
                                     std::pair{DeletionPolicy::kOrphan, "Orphan"}};
};

template <>
struct Words<kube::Condition::Status> {
  using Status = kube::Condition::Status;
  static constexpr std::array kWords{std::pair{Status::kTrue, "True"}, std::pair{Status::kFalse, "False"},
                                     std::pair{Status::kUnknown, "Unknown"}};
};

template <>
struct Table<LabelSelector> {
  static const auto& Fields() {
    static const auto fields =
        std::make_tuple(Field("matchLabels", &LabelSelector::match_labels,
                              "Labels that a namespace must have, all of them. Empty: every namespace.",
                              Rules().UpTo(32).Each(Rules().Is({0, 63, {}}))));
    return fields;
  }
};

template <>
struct Table<kube::Condition> {
  static const auto& Fields() {
    using kube::Condition;
    static const auto fields = std::make_tuple(
        Field("type", &Condition::type, "What is told: Ready, Isolated, Reconciling, Stalled …",
              Rules().Required().Is(Prose(316))),
        Field("status", &Condition::status, "Whether it holds: True, False or Unknown.", Rules().Required()),
        Field("reason", &Condition::reason, "Why, in one word. All of them are in docs/reference/conditions.md.",
              Rules().Required().Is(Prose(1024))),
        Field("message", &Condition::message, "Why, for people, with the remedy.",
              Rules().Required().Is({0, 32768, {}})),
        Field("observedGeneration", &Condition::observed_generation, "The generation of the spec that this is about."),
        Field("lastTransitionTime", &Condition::last_transition, "Since when `status` is what it is.",
              Rules().Required()));
    return fields;
  }

 private:
  static Text Prose(std::size_t max_length) { return {1, max_length, {}}; }
};

/// The two fields of status that every kind has.
template <class Status>
auto StatusHead() {
  return std::make_tuple(
      Field("observedGeneration", &Status::observed_generation, "The generation of the spec that this status is about.",
            Rules().Shown()),
      Field("conditions", &Status::conditions, "What holds and what does not, in the form that all of Kubernetes uses.",
            Rules().UpTo(16).KeyedBy({"type"})));
}

}  // namespace freehold::api::schema

// ServiceDatabase (sdb): one store that one service owns.
#pragma once

#include <memory>

#include "reconcilers/api/common.h"
#include "reconcilers/api/payload_schema.h"

namespace freehold::api {

struct OwnedAggregate {
  std::string aggregate;
  std::vector<std::string> tables;
  bool operator==(const OwnedAggregate&) const = default;
};

struct PublishedEvent {
  std::string event;
  std::optional<std::vector<std::string>> to;  ///< absent: any service
  std::optional<PayloadSchema> schema{};       ///< absent: any payload
  bool operator==(const PublishedEvent&) const = default;
};

enum class ConsumePattern { kEventCarriedState, kReadModel };
std::string ToString(ConsumePattern);

/// With which event a new consumer begins.
enum class StartFrom { kNow, kEarliest };
std::string ToString(StartFrom);

/// Where a consumer finds an event.
enum class Delivery {
  kInbox,  ///< in the table that Freehold keeps in its store
  kTopic,  ///< in Kafka, which the service reads itself
};
std::string ToString(Delivery);

/// What a column of a projection holds.
enum class ColumnType { kText, kNumeric, kBigint, kInteger, kBoolean, kTimestamptz, kDate, kUuid, kJsonb };
std::string ToString(ColumnType);

struct ProjectedColumn {
  std::string name;
  std::string path;  ///< "$.price.amount" of the payload, or a field of the event itself: see EventPath
  ColumnType type = ColumnType::kText;
  bool operator==(const ProjectedColumn&) const = default;
};

/// What an event does to the row of its key.
enum class ProjectionOperation { kUpsert, kDelete };
std::string ToString(ProjectionOperation);

/// A read-only copy that is kept from events.
struct Projection {
  std::string table;
  std::string key;  ///< one of the columns
  std::vector<ProjectedColumn> columns;
  ProjectionOperation operation = ProjectionOperation::kUpsert;
  bool operator==(const Projection&) const = default;
};

struct ConsumedEvent {
  std::string event;
  std::string from;  ///< "catalog" or "other-namespace/catalog"
  ConsumePattern pattern = ConsumePattern::kEventCarriedState;
  StartFrom start_from = StartFrom::kNow;
  std::optional<Projection> into{};
  Delivery deliver = Delivery::kInbox;
  bool operator==(const ConsumedEvent&) const = default;
};

struct Call {
  std::string service;
  std::string api;
  std::string why;
  bool operator==(const Call&) const = default;
};

struct OutboxSpec {
  Duration retention = std::chrono::hours(168);
  bool operator==(const OutboxSpec&) const = default;
};

struct InboxSpec {
  Duration retention = std::chrono::hours(168);
  bool operator==(const InboxSpec&) const = default;
};

/// What becomes of a row in the warehouse that the service deletes.
enum class ReportedDeletes { kDelete, kKeep, kMark };
std::string ToString(ReportedDeletes);

struct ReportedTable {
  std::string name;
  std::vector<std::string> exclude;
  ReportedDeletes deletes = ReportedDeletes::kDelete;
  bool operator==(const ReportedTable&) const = default;
};

struct ReportingSpec {
  std::string warehouse;
  std::vector<ReportedTable> tables;
  bool operator==(const ReportingSpec&) const = default;
};

struct CredentialsSpec {
  std::optional<std::string> secret_name;  ///< absent: "<metadata.name>.freehold"
  Duration rotate_every = std::chrono::hours(720);
  Duration overlap = std::chrono::hours(24);
  bool operator==(const CredentialsSpec&) const = default;
};

struct StoreLimits {
  std::optional<int> connections;
  std::optional<Duration> statement_timeout;
  bool operator==(const StoreLimits&) const = default;
};

/// As written: what the user left out is absent or at its default. Derived names are had from the functions below.
struct ServiceDatabaseSpec {
  std::optional<std::string> service;
  std::optional<std::vector<std::string>> service_accounts;
  EngineKind engine = EngineKind::kPostgreSQL;
  Isolation isolation = Isolation::kDatabase;
  std::optional<std::string> server;
  std::optional<std::string> bus;
  std::optional<std::string> name;
  std::vector<OwnedAggregate> owns;
  std::vector<PublishedEvent> publishes;
  std::vector<ConsumedEvent> consumes;
  std::vector<Call> calls;
  std::optional<OutboxSpec> outbox;
  std::optional<InboxSpec> inbox;
  std::optional<ReportingSpec> reporting;
  CredentialsSpec credentials;
  StoreLimits limits;
  std::vector<std::string> extensions;
  bool adopt = false;
  DeletionPolicy deletion_policy = DeletionPolicy::kRetain;
  bool operator==(const ServiceDatabaseSpec&) const = default;
};

enum class Assurance { kWeak, kMedium, kStrong };
enum class CredentialPhase { kAbsent, kStable, kPrepared, kSwitched, kDraining };
std::string ToString(Assurance);
std::string ToString(CredentialPhase);

struct StoreStatus {
  std::string server, database, schema;
  /// Digest of what was wanted and what was seen when this object was last in sync.
  std::string fingerprint;
  bool operator==(const StoreStatus&) const = default;
};

struct CredentialStatus {
  std::string login;
  CredentialPhase phase = CredentialPhase::kAbsent;
  std::optional<base::Timestamp> rotated_at;
  std::optional<base::Timestamp> rotate_at;
  std::optional<base::Timestamp> overlap_until;  ///< Draining: when the previous login ends
  std::string rotate_request;                    ///< the value of freehold.dev/rotate that was last answered
  bool operator==(const CredentialStatus&) const = default;
};

struct ProjectionStatus {
  std::string table, state;
  int failed_events = 0;
  std::string last_error, last_event;
  /// Of the oldest event that is not in the copy: when it arrived.
  std::optional<base::Timestamp> behind_since;
  bool operator==(const ProjectionStatus&) const = default;
};

/// By what a service reads Kafka itself.
struct TopicStatus {
  std::string name, group, secret;
  bool operator==(const TopicStatus&) const = default;
};

struct ConsumeStatus {
  std::string event, from, transport, state;
  std::optional<ProjectionStatus> into{};
  std::optional<TopicStatus> topic{};
  bool operator==(const ConsumeStatus&) const = default;
};

struct ServiceDatabaseStatus {
  std::int64_t observed_generation = 0;
  std::vector<kube::Condition> conditions;
  std::optional<Assurance> assurance;
  std::optional<std::string> binding;  ///< binding.name
  std::optional<StoreStatus> store;
  std::optional<CredentialStatus> credentials;
  std::vector<ConsumeStatus> consumes;
  std::string resync_request;  ///< the value of freehold.dev/resync that was last answered
  bool operator==(const ServiceDatabaseStatus&) const = default;
};

struct ServiceDatabase {
  kube::ObjectMeta meta;
  ServiceDatabaseSpec spec;
  ServiceDatabaseStatus status;
};

const kube::ResourceType& ServiceDatabaseType();

// Derived names: pure, the one place where defaults that depend on other fields are computed.

std::string ServiceOf(const ServiceDatabase&);                       ///< spec.service or metadata.name
std::vector<std::string> ServiceAccountsOf(const ServiceDatabase&);  ///< or [<service>]
/// The physical name: spec.name, or with '-' turned into '_' "<service>_db" (Database, Instance) or "<service>".
std::string StoreNameOf(const ServiceDatabase&);
/// The schema of the service's objects: the service with '-' turned into '_'; in Schema mode the physical name.
std::string SchemaOf(const ServiceDatabase&);
std::string SecretNameOf(const ServiceDatabase&);  ///< or "<metadata.name>.freehold"
/// Does it read some of what it consumes from Kafka itself?
bool ReadsTopics(const ServiceDatabase&);
/// The Secret by which it does: "<metadata.name>.kafka.freehold".
std::string TopicSecretOf(const ServiceDatabase&);
/// All Secrets that it claims.
std::vector<std::string> SecretsOf(const ServiceDatabase&);
/// Is its Secret named other than with the reserved suffix, so that only the CredentialIndex protects it?
bool NeedsIndex(const ServiceDatabase&);
/// The outbox it has: spec.outbox, or the default one when `publishes` is not empty.
std::optional<OutboxSpec> OutboxOf(const ServiceDatabase&);
/// The inbox it has: spec.inbox, or the default one when `consumes` is not empty.
std::optional<InboxSpec> InboxOf(const ServiceDatabase&);
/// Is the event processed by Freehold alone? Then it is marked as processed when it is in the copy.
bool IsProcessedByProjection(const ConsumedEvent&);
/// "outbox" and "inbox": made by the operator in every store that needs one, also where the schema is shared.
bool IsOwnInEveryStore(const std::string& table);
/// The tables of `owns`, those aside.
std::vector<std::string> OwnedTablesOf(const ServiceDatabase&);
Assurance AssuranceOf(Isolation);
/// The value of freehold.dev/resync; empty: none was ever asked for.
std::string ResyncRequestOf(const ServiceDatabase&);
/// Does it bear freehold.dev/confirm-delete with its own name?
bool IsDeletionConfirmed(const ServiceDatabase&);

}  // namespace freehold::api

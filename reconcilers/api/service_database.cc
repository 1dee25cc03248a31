#include "reconcilers/api/service_database.h"

#include <algorithm>

#include "reconcilers/api/finalizer.h"

namespace freehold::api {
namespace {

std::string Underscored(std::string name) {
  std::ranges::replace(name, '-', '_');
  return name;
}

}  // namespace

std::string ServiceOf(const ServiceDatabase& object) { return object.spec.service.value_or(object.meta.name); }

std::vector<std::string> ServiceAccountsOf(const ServiceDatabase& object) {
  return object.spec.service_accounts.value_or(std::vector{ServiceOf(object)});
}

std::string StoreNameOf(const ServiceDatabase& object) {
  if (object.spec.name) return *object.spec.name;
  const bool own_database = object.spec.isolation >= Isolation::kDatabase;
  return Underscored(ServiceOf(object)) + (own_database ? "_db" : "");
}

std::string SchemaOf(const ServiceDatabase& object) {
  return object.spec.isolation == Isolation::kSchema ? StoreNameOf(object) : Underscored(ServiceOf(object));
}

std::string SecretNameOf(const ServiceDatabase& object) {
  return object.spec.credentials.secret_name.value_or(object.meta.name + kReservedSuffix);
}

bool ReadsTopics(const ServiceDatabase& object) {
  return std::ranges::any_of(object.spec.consumes,
                             [](const ConsumedEvent& consumed) { return consumed.deliver == Delivery::kTopic; });
}

std::string TopicSecretOf(const ServiceDatabase& object) { return object.meta.name + ".kafka" + kReservedSuffix; }

std::vector<std::string> SecretsOf(const ServiceDatabase& object) {
  std::vector secrets{SecretNameOf(object)};
  if (ReadsTopics(object)) secrets.push_back(TopicSecretOf(object));
  return secrets;
}

bool NeedsIndex(const ServiceDatabase& object) { return !SecretNameOf(object).ends_with(kReservedSuffix); }

std::optional<OutboxSpec> OutboxOf(const ServiceDatabase& object) {
  if (object.spec.outbox) return object.spec.outbox;
  return object.spec.publishes.empty() ? std::nullopt : std::optional<OutboxSpec>(OutboxSpec{});
}

std::optional<InboxSpec> InboxOf(const ServiceDatabase& object) {
  if (object.spec.inbox) return object.spec.inbox;
  return object.spec.consumes.empty() ? std::nullopt : std::optional<InboxSpec>(InboxSpec{});
}

bool IsProcessedByProjection(const ConsumedEvent& consumed) {
  return consumed.into && consumed.pattern == ConsumePattern::kReadModel;
}

bool IsOwnInEveryStore(const std::string& table) { return table == "outbox" || table == "inbox"; }

std::vector<std::string> OwnedTablesOf(const ServiceDatabase& object) {
  std::vector<std::string> tables;
  for (const auto& owned : object.spec.owns) {
    for (const auto& table : owned.tables) {
      if (!IsOwnInEveryStore(table)) tables.push_back(table);
    }
  }
  return tables;
}

Assurance AssuranceOf(Isolation isolation) {
  switch (isolation) {
    case Isolation::kInstance:
      return Assurance::kStrong;
    case Isolation::kDatabase:
      return Assurance::kMedium;
    case Isolation::kSchema:
    case Isolation::kTables:
      return Assurance::kWeak;
  }
  return Assurance::kWeak;
}

std::string ResyncRequestOf(const ServiceDatabase& object) {
  const auto request = object.meta.annotations.find(kResyncAnnotation);
  return request == object.meta.annotations.end() ? "" : request->second;
}

bool IsDeletionConfirmed(const ServiceDatabase& object) { return IsDeletionConfirmed(object.meta); }

}  // namespace freehold::api

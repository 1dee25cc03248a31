// The kind ServiceDatabase as the outside sees it.
#include "reconcilers/api/kind_frames.h"
#include "reconcilers/api/kinds.h"
#include "reconcilers/api/schema/object.h"
#include "reconcilers/api/service_database_spec_tables.h"
#include "reconcilers/api/service_database_status_tables.h"

namespace freehold::api {
namespace {

// What StoreNameOf and ServiceOf compute, in CEL.
const std::string kService = "(has(self.spec.service) ? self.spec.service : self.metadata.name)";
const std::string kUnderscored = kService + ".replace('-', '_')";
const std::string kDerivedName =
    "(" + kUnderscored + " + (self.spec.isolation in ['Database', 'Instance'] ? '_db' : ''))";

std::string BeginsReserved(const std::string& text) {
  std::string cel;
  for (const std::string& prefix : ReservedPrefixes()) {
    cel += (cel.empty() ? "" : " || ") + text + ".startsWith(" + schema::CelQuoted(prefix) + ")";
  }
  return "(" + cel + ")";
}

/// Only names that are derived: one that is written is checked where it stands.
bool HasSoundDerivedName(const ServiceDatabase& object) {
  return object.spec.name || (StoreNameOf(object).size() <= kLongestStoreName && !IsReserved(StoreNameOf(object)));
}

bool HasSoundService(const ServiceDatabase& object) {
  const auto rules = ServiceName().rules;
  return object.spec.service ||
         std::ranges::all_of(rules, [&](const auto& rule) { return rule.holds(object.meta.name); });
}

bool HasSoundSchema(const ServiceDatabase& object) {
  return object.spec.isolation <= Isolation::kSchema || !IsReserved(SchemaOf(object));
}

}  // namespace

template <>
struct schema::Table<ServiceDatabase> {
  static std::vector<StructRule<ServiceDatabase>> Conditions() {
    const std::string reserved = CelList(ReservedNames());
    return {
        {"has(self.spec.service) || self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",
         "metadata.name can't name a service (lower case letters, digits and '-', beginning with a letter): set "
         "spec.service",
         "spec", HasSoundService},
        {"has(self.spec.name) || (size(" + kDerivedName + ") <= " + std::to_string(kLongestStoreName) + " && !(" +
             kDerivedName + " in " + reserved + ") && !" + BeginsReserved(kDerivedName) + ")",
         "the physical name that follows from the service is reserved or longer than " +
             std::to_string(kLongestStoreName) + " bytes: set spec.name",
         "spec", HasSoundDerivedName},
        {"self.spec.isolation in ['Tables', 'Schema'] || !(" + kUnderscored + " in " + reserved + " || " +
             BeginsReserved(kUnderscored) + ")",
         "the schema that follows from the service has a reserved name: name the service otherwise", "spec",
         HasSoundSchema},
    };
  }
};

const schema::KindFrame& ServiceDatabaseFrame() {
  static const schema::KindFrame frame{
      {kGroup, kVersion, "servicedatabases", "ServiceDatabase", true},
      "servicedatabase",
      "sdb",
      "A store that one service owns and nobody else can open. Its login is in the Secret that status.binding names.",
      {schema::ConditionColumn("Ready", "Whether the store is as declared and the Secret's login works."),
       schema::ConditionColumn("Isolated", "Whether nobody but its service can reach the store, on evidence."),
       {"Server", "string", ".status.store.server", "The DatabaseServer on which it is."},
       {"Store", "string", ".status.store.database", "The database in which it is."},
       {"Isolation", "string", ".spec.isolation", "How far it is apart from other stores."},
       {"Assurance", "string", ".status.assurance", "How strong that is in fact."},
       {"Events", "string", ".status.conditions[?(@.type==\"EventsReady\")].status",
        "Whether the events arrive that it consumes."},
       {"Reporting", "string", ".status.conditions[?(@.type==\"ReportingReady\")].status",
        "Whether the warehouse has what spec.reporting lists."},
       {"Schema", "string", ".status.store.schema", "The schema of the service's objects.", true},
       {"Secret", "string", ".status.binding.name", "The Secret with the credentials.", true},
       {"Login", "string", ".status.credentials.login", "The login in use.", true},
       {"Reason", "string", ".status.conditions[?(@.type==\"Ready\")].reason", "Why it is, or is not, ready.", true},
       schema::AgeColumn()},
      {{"servicebinding.io/provisioned-service", "true"}}};
  return frame;
}

const kube::ResourceType& ServiceDatabaseType() { return ServiceDatabaseFrame().type; }
std::string ToString(StartFrom from) { return schema::WordOf(from); }
std::string ToString(Delivery delivery) { return schema::WordOf(delivery); }
std::string ToString(ConsumePattern pattern) { return schema::WordOf(pattern); }
std::string ToString(ReportedDeletes deletes) { return schema::WordOf(deletes); }
std::string ToString(ColumnType type) { return schema::WordOf(type); }
std::string ToString(ProjectionOperation operation) { return schema::WordOf(operation); }
std::string ToString(Assurance assurance) { return schema::WordOf(assurance); }
std::string ToString(CredentialPhase phase) { return schema::WordOf(phase); }

Reading<ServiceDatabase> ParseServiceDatabase(const Json& object) {
  return schema::ParseObject<ServiceDatabase>(object, ServiceDatabaseFrame());
}
base::Result<ServiceDatabase> ReadServiceDatabase(const Json& object) {
  return schema::ReadObject<ServiceDatabase>(object);
}
Json ToJson(const ServiceDatabase& object) { return schema::WriteObject(object, ServiceDatabaseFrame()); }
Json ToJson(const ServiceDatabaseSpec& spec) { return schema::Codec<ServiceDatabaseSpec>::Write(spec); }
Json ToJson(const ServiceDatabaseStatus& status) { return schema::Codec<ServiceDatabaseStatus>::Write(status); }
Json StatusObject(const kube::ObjectMeta& meta, const ServiceDatabaseStatus& status) {
  return schema::WriteStatus(meta, status, ServiceDatabaseFrame());
}
Json ServiceDatabaseCrd() { return schema::CrdOf<ServiceDatabase>(ServiceDatabaseFrame()); }

}  // namespace freehold::api

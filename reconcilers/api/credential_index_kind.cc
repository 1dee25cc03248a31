// The kind CredentialIndex: its tables, and how the outside sees it.
#include "reconcilers/api/kind_frames.h"
#include "reconcilers/api/kinds.h"
#include "reconcilers/api/schema/object.h"
#include "reconcilers/api/sorts.h"

namespace freehold::api {

template <>
struct schema::Table<IndexedCredential> {
  static const auto& Fields() {
    static const auto fields = std::make_tuple(
        Field("serviceDatabase", &IndexedCredential::service_database,
              "The ServiceDatabase of this namespace that owns the Secret.", Rules().Required().Is(Prose(63))),
        Field("serviceAccounts", &IndexedCredential::service_accounts,
              "The ServiceAccounts of this namespace whose Pods may use the Secret.",
              Rules().Required().UpTo(32).Set().Each(Rules().Is(Prose(253)))));
    return fields;
  }
};

template <>
struct schema::Table<CredentialIndexSpec> {
  static const auto& Fields() {
    static const auto fields =
        std::make_tuple(Field("credentials", &CredentialIndexSpec::credentials,
                              "The credential Secrets of this namespace, by name.", Rules().Shown()));
    return fields;
  }
};

const schema::KindFrame& CredentialIndexFrame() {
  static const schema::KindFrame frame{
      {kGroup, kVersion, "credentialindexes", "CredentialIndex", true},
      "credentialindex",
      "cidx",
      "Which ServiceAccounts of a namespace may use which credential Secrets. The controller writes one per namespace, "
      "named default, from its ServiceDatabases; nobody else may. Admission policies of the API server judge Pods and "
      "their templates by it.",
      {schema::AgeColumn()},
      {}};
  return frame;
}

const kube::ResourceType& CredentialIndexType() { return CredentialIndexFrame().type; }

base::Result<CredentialIndex> ReadCredentialIndex(const Json& object) {
  return schema::ReadObject<CredentialIndex>(object);
}
Json ToJson(const CredentialIndex& object) { return schema::WriteObject(object, CredentialIndexFrame()); }
Json CredentialIndexCrd() { return schema::CrdOf<CredentialIndex>(CredentialIndexFrame()); }

}  // namespace freehold::api

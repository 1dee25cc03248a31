// CredentialIndex (cidx): which ServiceAccounts of a namespace may use which credential Secrets. Written by the
// controller only; read by the API server's admission policies, which therefore hold while the controller is down.
#pragma once

#include "reconcilers/api/common.h"

namespace freehold::api {

/// Who may use one Secret.
struct IndexedCredential {
  std::string service_database;  ///< the ServiceDatabase of the namespace that owns the Secret
  std::vector<std::string> service_accounts;
  bool operator==(const IndexedCredential&) const = default;
};

struct CredentialIndexSpec {
  std::map<std::string, IndexedCredential> credentials;  ///< by name of the Secret
  bool operator==(const CredentialIndexSpec&) const = default;
};

struct CredentialIndex {
  kube::ObjectMeta meta;
  CredentialIndexSpec spec;
};

const kube::ResourceType& CredentialIndexType();

/// Each namespace has one, of this name; the policies look for no other.
inline constexpr const char* kIndexName = "default";

/// The label of namespaces whose Pods are judged by their index, and its value.
inline constexpr const char* kIndexedLabel = "freehold.dev/credentials";
inline constexpr const char* kIndexed = "indexed";

}  // namespace freehold::api

// The credential Secret, in the form of the Service Binding specification.
// https://servicebinding.io/spec/core/1.1.0/#well-known-secret-entries
#pragma once

#include <map>
#include <optional>
#include <string>

#include "operator/base/json.h"
#include "operator/kube/object.h"
#include "reconcilers/credentials/rotation.h"
#include "reconcilers/credentials/secret_form.h"

namespace freehold::credentials {

/// What a client needs to reach the store, the credential aside.
struct Endpoint {
  std::string host;
  int port = 5432;
  std::string database;
  std::string schema;
  std::string sslmode;  ///< libpq's word: "verify-full", "require", "disable"
  std::string ca_pem;   ///< empty: none is needed
  bool operator==(const Endpoint&) const = default;
};

/// The entries: type, provider, host, port, database, username, password, uri, jdbc-url, schema, sslmode, certificates.
std::map<std::string, base::Sensitive> Entries(const Endpoint&, const std::string& login,
                                               const base::Sensitive& password);

/// The Secret as an object to apply: type servicebinding.io/postgresql, owned by the ServiceDatabase, labelled.
base::Json SecretObject(const kube::Name&, const kube::OwnerReference& owner, const Endpoint&, const Issued&);

/// The Secret as it was found.
struct SecretSeen {
  kube::ObjectMeta meta;
  bool ours = false;             ///< its type is ours, and its controller is the ServiceDatabase asked for
  std::optional<Issued> issued;  ///< when it is ours and whole: its content is what was written, to the byte
  bool current = false;          ///< its content and label are what SecretObject would write now
};

/// Pure. Terminal "InvalidObject" when it is no Secret.
base::Result<SecretSeen> ReadSecret(const base::Json& object, const std::string& owner_uid, const Endpoint&);

}  // namespace freehold::credentials

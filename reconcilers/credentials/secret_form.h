// What all Secrets for services have in common.
#pragma once

#include <map>
#include <string>

#include "operator/base/json.h"
#include "operator/base/sensitive.h"
#include "operator/kube/object.h"

namespace freehold::credentials {

using SecretEntries = std::map<std::string, base::Sensitive>;

/// The Secret as an object to apply: labelled, with its owner as controller.
base::Json SecretForm(const kube::Name&, const kube::OwnerReference& owner, const char* type, const SecretEntries&,
                      const base::Json& annotations);

/// What is in a Secret; what isn't base64 is passed over.
SecretEntries EntriesOf(const base::Json& secret);
/// SHA-256 of all entries, each with its length, so that no two contents have one text.
std::string DigestOf(const SecretEntries&);

/// Is it of that type, and that owner its controller?
bool IsOurs(const base::Json& secret, const kube::ObjectMeta&, const char* type, const std::string& owner_uid);

const kube::ResourceType& SecretType();

}  // namespace freehold::credentials

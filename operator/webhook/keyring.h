// The Secret in which a webhook's certificates are kept, so that all replicas serve the same.
//
//   tls.crt, tls.key    what is served
//   next.crt, next.key  what will be served next; absent most of the time
//   ca.crt              the authorities of both, and of those before that have not ended
#pragma once

#include <optional>
#include <string>

#include "operator/kube/object.h"
#include "operator/serve/certificate.h"
#include "operator/webhook/renewal.h"

namespace freehold::webhook {

struct Keyring {
  serve::Identity current;
  std::optional<serve::Identity> next;
  std::string authorities;
  std::string resource_version;  ///< of the Secret; empty: there is none
};

const kube::ResourceType& SecretType();

/// An entry that isn't there is empty. Terminal "InvalidObject" when it is no object.
base::Result<Keyring> ReadKeyring(const base::Json& secret);
/// The whole Secret, to be created.
base::Json SecretOf(const Keyring&, const kube::Name&);
/// A JSON patch that makes the Secret hold this, and fails when somebody else has written it meanwhile.
base::Json PatchTo(const Keyring&);

/// None when the certificate can't be read, isn't that of the key, or none of the authorities vouches for it.
std::optional<Held> HeldOf(const serve::Identity&, const std::string& authorities);

/// Everything anew: what was trusted before is no longer.
Keyring IssuedAnew(const Keyring&, const std::vector<std::string>& names, const Schedule&, base::Timestamp now);
/// With a next one, whose authority stands beside those that have not ended.
Keyring WithNext(const Keyring&, const std::vector<std::string>& names, const Schedule&, base::Timestamp now);
/// The next one is the current one.  REQUIRES: there is a next one.
Keyring Promoted(const Keyring&);

}  // namespace freehold::webhook

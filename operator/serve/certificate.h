// X.509: certificates that the operator makes for itself, and what others say.
#pragma once

#include <string>
#include <vector>

#include "operator/base/clock.h"
#include "operator/serve/tls.h"

namespace freehold::serve {

/// What a certificate says of itself.
struct CertificateFacts {
  base::Timestamp not_before{};
  base::Timestamp not_after{};
  std::vector<std::string> names;  ///< of the server: DNS names and IP addresses, as they are written, sorted
  bool operator==(const CertificateFacts&) const = default;
};

/// A serving certificate and the one authority that vouches for it.
struct Issued {
  Identity identity;
  std::string authority;  ///< PEM
};

/// Makes both. The authority's key is thrown away at once: nobody will ever have another certificate of it.
/// `names` are DNS names and IP addresses.  REQUIRES: `names` is not empty, from < to.
Issued Issue(const std::vector<std::string>& names, base::Timestamp from, base::Timestamp to);

/// Terminal "InvalidTls" when the certificate or key can't be read, or they don't belong together.
base::Result<CertificateFacts> ReadIdentity(const Identity&);

/// Terminal "InvalidTls" when it is no PEM certificate.
base::Result<CertificateFacts> ReadCertificate(const std::string& pem);

/// Does this authority vouch for that certificate, whatever the time is? False when either can't be read.
bool IsSignedBy(const std::string& certificate_pem, const std::string& authority_pem);

/// The certificates of a PEM text one by one, each as it is written; anything else in it is left out.
std::vector<std::string> CertificatesOf(const std::string& bundle);

}  // namespace freehold::serve
